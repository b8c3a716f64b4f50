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
    std::vector<Task> batch;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) {
        return;
      }
      while (!waiting_.empty() && batch.size() < limits::sink_group_max) {
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
    }
    perform(std::move(batch));
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

void SqliteWriter::perform(std::vector<Task> batch) {
  auto ready = ensure_open();
  if (ready) {
    ready = store_->begin();
  }
  std::vector<Result<void>> outcomes;
  for (const Task& task : batch) {
    Result<void> outcome = ready;
    if (ready) {
      outcome = store_->savepoint();
      outcome = outcome ? task.work(*store_) : outcome;
      if (outcome) {
        outcome = store_->release();
      } else {
        store_->roll_back_part();
      }
    }
    outcomes.push_back(std::move(outcome));
  }
  if (ready) {
    const Result<void> committed = store_->commit_transaction();
    if (!committed) {
      store_->roll_back();
      outcomes.assign(outcomes.size(), committed);
    }
  }
  for (std::size_t at = 0; at < batch.size(); ++at) {
    batch[at].done(std::move(outcomes[at]));
  }
}

}  // namespace claimferry::claims
