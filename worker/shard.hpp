// Shard: one thread, one io_context, its own Redis and HTTP connections, and the loop that works on
// them. Nothing crosses between shards but atomics and post.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include "common/config/config.hpp"
#include "common/redis/endpoint.hpp"
#include "worker/sinks.hpp"
#include "worker/worker_loop.hpp"

namespace claimferry::worker {

// What every shard of a process shares. All of it outlives the shards.
struct Process {
  const config::Config& config;
  const redis::Endpoint& redis;
  Payers& payers;
  const Sinks& sinks;
  const vault::Vault& vault;
  telemetry::Observer& observer;
};

class Shard {
 public:
  // share: this shard's part of the process's slots and requests in flight. Throws
  // std::runtime_error when the payers' trust anchors cannot be read.
  Shard(const Process& process, WorkerLoop::Share share);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard();  // after the future of drain() was ready, or before start()

  void start();
  // From any thread: a job was cancelled somewhere.
  void look_for_cancels();
  // From any thread, once. The future is ready when every job was handed back and the thread ends;
  // what refuses to end within `at_most` is left to its lease.
  std::future<void> drain(Duration at_most);
  // When the event loop last turned: liveness. Written by the shard, read by the admin thread.
  SteadyTime last_beat() const noexcept;

 private:
  struct Core;
  std::unique_ptr<Core> core_;
  std::thread thread_;
};

}  // namespace claimferry::worker
