// SqliteWriter: the thread that owns the connection. Tasks queue up; those that wait together share
// one transaction. A task that fails takes only itself back; a transaction that is lost (at its
// commit, or by a full disk in its midst) fails them all with one failure, and nothing is stored.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "common/claims/adapter/sqlite_store.hpp"

namespace claimferry::claims {

class SqliteWriter {
 public:
  struct Task {
    // Runs inside the transaction, on the writer's thread.
    std::function<Result<void>(SqliteStore&)> work;
    // Called on the writer's thread when the outcome is durable, or known to have failed.
    std::function<void(Result<void>)> done;
    // Where there is one: outside of a transaction, once the work is durable. Its failure is the
    // task's.
    std::function<Result<void>(SqliteStore&)> afterwards = nullptr;
  };

  explicit SqliteWriter(std::filesystem::path path);
  SqliteWriter(const SqliteWriter&) = delete;
  SqliteWriter& operator=(const SqliteWriter&) = delete;
  ~SqliteWriter();

  void submit(Task task);

 private:
  void run();
  void perform(const std::vector<Task>& group);
  Result<void> perform_together(const std::vector<Task>& group,
                                std::vector<Result<void>>& outcomes);
  Result<void> perform_part(const Task& task, Result<void>& outcome);
  Result<void> ensure_open();

  const std::filesystem::path path_;
  std::unique_ptr<SqliteStore> store_;  // the writer thread's own

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Task> waiting_;  // written by shards, taken by the writer: under mutex_
  bool stopping_ = false;     // under mutex_
  std::thread thread_;
};

}  // namespace claimferry::claims
