// Watch: looks at Redis after every command that changed something: invariants I1–I7, the sink's
// half of I6, due times that come in time, and that a process which ends hands back what it holds.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "tests/world/memory_sink.hpp"
#include "tests/world/queue_state.hpp"

namespace claimferry::world {

class Watch {
 public:
  struct Duty {
    Keyspace& keys;
    const MemorySink& sink;
    std::map<std::string, unsigned> jobs_running_max;
    bool strict_drains;  // nothing else goes wrong: a job that is handed back is ready or done
    std::function<void(const std::string& what)> fail;
  };
  explicit Watch(Duty duty) : duty_(std::move(duty)), picture_(duty_.jobs_running_max) {}

  void after_redis_command();
  void sink_took(const claims::SyncKey& key);
  // Redis lost writes: its fences may begin again lower, never the sink's.
  void redis_lost_writes() noexcept { fence_before_ = 0; }
  std::size_t jobs_of(const std::string& worker) { return running_of(worker).size(); }
  void drain_begins(const std::string& worker);
  void drain_ended(const std::string& worker);
  // The whole picture, ended jobs included.
  void look_at_everything();

 private:
  struct Held {  // a job of a worker that ends
    std::string worker;
    std::string counters;
  };
  std::vector<std::string> running_of(const std::string& worker);
  void check(const queue::QueueState& state);
  void nothing_comes_back(const queue::QueueState& state);
  void check_handed_back(const std::string& job, const Held& held);
  void check_cursor(const std::string& job);
  std::string job_field(const std::string& job, const std::string& name);
  std::string counters(const std::string& job);

  Duty duty_;
  QueuePicture picture_;
  std::uint64_t fence_before_ = 0;
  std::map<std::string, std::uint64_t> sink_fences_;  // by member
  std::map<std::string, Held> draining_;              // by job
};

}  // namespace claimferry::world
