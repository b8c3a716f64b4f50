#include "common/claims/adapter/sqlite_writer.hpp"

#include "common/base/limits.hpp"
#include "common/base/thread_name.hpp"

namespace claimferry::claims {

SqliteWriter::SqliteWriter(std::filesystem::path path)
    : path_(std::move(path)), thread_([this] { run(); }) {}

SqliteWriter::~SqliteWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

// Bounded by the callers: a job waits for its page, so there are never more tasks than jobs.
void SqliteWriter::submit(Task task) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(task));
  }
  arrived_.notify_one();
}

void SqliteWriter::run() {
  name_this_thread("sqlite-writer");
  while (true) {
    std::vector<Task> group;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) {
        return;
      }
      while (!waiting_.empty() && group.size() < limits::sink_group_max) {
        group.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
    }
    perform(group);
  }
}

// A file that could not be opened is tried again with the next task: a full or unmounted disk
// heals.
Result<void> SqliteWriter::ensure_open() {
  if (store_ == nullptr) {
    auto store = SqliteStore::open(path_);
    if (!store) {
      return std::move(store.failure());
    }
    store_ = std::move(*store);
  }
  return {};
}

void SqliteWriter::perform(const std::vector<Task>& group) {
  std::vector<Result<void>> outcomes;
  const Result<void> durable = perform_together(group, outcomes);
  for (std::size_t at = 0; at < group.size(); ++at) {
    if (durable && outcomes[at] && group[at].afterwards) {
      outcomes[at] = group[at].afterwards(*store_);
    }
    group[at].done(durable ? outcomes[at] : durable);
  }
}

// Fails when nothing of the group is stored.
Result<void> SqliteWriter::perform_together(const std::vector<Task>& group,
                                            std::vector<Result<void>>& outcomes) {
  if (auto ready = ensure_open(); !ready) {
    return ready;
  }
  if (auto begun = store_->begin(); !begun) {
    return begun;
  }
  for (const Task& task : group) {
    auto whole = perform_part(task, outcomes.emplace_back());
    if (!whole) {
      store_->roll_back();
      return whole;
    }
  }
  auto committed = store_->commit_transaction();
  if (!committed) {
    store_->roll_back();
  }
  return committed;
}

// Fails when the transaction is lost: what came after it would be committed without what came
// before, each statement on its own.
Result<void> SqliteWriter::perform_part(const Task& task, Result<void>& outcome) {
  outcome = store_->savepoint();
  if (outcome) {
    outcome = task.work(*store_);
  }
  if (outcome) {
    outcome = store_->release();
  }
  if (outcome) {
    return {};
  }
  return store_->in_transaction() ? store_->roll_back_part() : outcome;
}

}  // namespace claimferry::claims
