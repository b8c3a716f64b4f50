// StoreWriter: the thread that owns a store's connection. Tasks queue up; those that wait together
// share one transaction. A task that fails takes only itself back; a transaction that is lost (at
// its commit, or by a full disk in its midst) fails them all with one failure, and nothing is
// stored.
#pragma once

#include <concepts>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/limits.hpp"
#include "common/base/result.hpp"
#include "common/base/thread_name.hpp"

namespace claimferry::claims {

// A store that has something to do though no task comes: within rest(), by tend().
template <class Store>
concept TendedStore = requires(Store& store) {
  { store.rest() } -> std::same_as<Duration>;
  store.tend();
};

template <class Store>
class StoreWriter {
 public:
  struct Task {
    // Runs inside the transaction, on the writer's thread.
    std::function<Result<void>(Store&)> work;
    // Called on the writer's thread when the outcome is durable, or known to have failed.
    std::function<void(Result<void>)> done;
    // Where there is one: outside of a transaction, once the work is durable. Its failure is the
    // task's.
    std::function<Result<void>(Store&)> afterwards = nullptr;
  };
  using Open = std::function<Result<std::unique_ptr<Store>>()>;

  // Of a store that could not be opened it tries again with the next task: a full or unmounted disk
  // heals.
  StoreWriter(const char* thread_name, Open open)
      : open_(std::move(open)), thread_([this, thread_name] { run(thread_name); }) {}
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;
  ~StoreWriter() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    arrived_.notify_one();
    thread_.join();
  }

  // Bounded by the callers: a job waits for its page, so there are never more tasks than jobs.
  void submit(Task task) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(task));
    }
    arrived_.notify_one();
  }

 private:
  void run(const char* thread_name) {
    name_this_thread(thread_name);
    while (true) {
      std::vector<Task> group;
      {
        std::unique_lock lock(mutex_);
        if (!wait_for_work(lock)) {
          lock.unlock();
          tend();
          continue;
        }
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

  // False: none came, and the store wants to be tended.
  bool wait_for_work(std::unique_lock<std::mutex>& lock) {
    const auto is_ready = [this] { return stopping_ || !waiting_.empty(); };
    if constexpr (TendedStore<Store>) {
      if (store_ != nullptr) {
        return arrived_.wait_for(lock, store_->rest(), is_ready);
      }
    }
    arrived_.wait(lock, is_ready);
    return true;
  }
  void tend() {
    if constexpr (TendedStore<Store>) {
      store_->tend();
    }
  }

  Result<void> ensure_open() {
    if (store_ == nullptr) {
      auto store = open_();
      if (!store) {
        return std::move(store.failure());
      }
      store_ = std::move(*store);
    }
    return {};
  }

  void perform(const std::vector<Task>& group) {
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
  Result<void> perform_together(const std::vector<Task>& group,
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
  Result<void> perform_part(const Task& task, Result<void>& outcome) {
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

  const Open open_;
  std::unique_ptr<Store> store_;  // the writer thread's own

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Task> waiting_;  // written by shards, taken by the writer: under mutex_
  bool stopping_ = false;     // under mutex_
  std::thread thread_;
};

}  // namespace claimferry::claims
