// QueueShard: one shard of a worker without the work: a thread, an io_context, one TcpClient. It
// claims into free slots as worker::Intake does, finishes job by job as the driver does, and
// enqueues the member again, so that members go round until all of the run's jobs were enqueued.
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "common/async/alarm.hpp"
#include "common/async/permits.hpp"
#include "common/queue/adapter/redis_job_queue.hpp"
#include "common/redis/tcp_client.hpp"

namespace claimferry::bench {

// What the shards of a run share. Written and read by all of them.
struct QueueRun {
  std::atomic<long> left_to_enqueue;
  std::atomic<long> left_to_finish;
  std::atomic<std::uint64_t> claims{0};        // calls that brought jobs
  std::atomic<std::uint64_t> empty_claims{0};  // and those that brought none
  std::function<void()> end = {};              // stops every shard
};

class QueueShard {
 public:
  struct Options {
    unsigned slots = 32;      // jobs running at once
    unsigned producers = 32;  // calls of enqueue at once
    bool listens = true;      // for hints, on a connection of its own, as a worker's shard does
    std::vector<MemberId> members = {};  // those it enqueues first
  };

  QueueShard(const redis::Endpoint& redis, unsigned number, Options options, QueueRun& run);
  QueueShard(const QueueShard&) = delete;
  QueueShard& operator=(const QueueShard&) = delete;
  ~QueueShard();

  void start();
  void stop() { io_->stop(); }  // from any thread
  // Waits for the thread. Throws what went wrong in it.
  void join();
  // Milliseconds from a claim's call to its jobs, of those that brought some. After join().
  const std::vector<double>& claim_milliseconds() const noexcept { return claim_milliseconds_; }

 private:
  awaitable<void> take_in();
  awaitable<void> drive(queue::JobRef job);
  awaitable<void> produce(MemberId member);
  awaitable<void> listen();
  void spawn(awaitable<void> coroutine);

  const WorkerId worker_;
  const Options options_;
  QueueRun& run_;
  SystemRandom random_;
  TimerSleeper sleeper_;
  // Coroutines that are cut off with the io_context still give back what they hold of these.
  Permits producers_;
  Alarm alarm_;
  unsigned running_ = 0;
  std::vector<double> claim_milliseconds_;
  std::unique_ptr<boost::asio::io_context> io_ = std::make_unique<boost::asio::io_context>(1);
  std::unique_ptr<redis::TcpClient> redis_;
  queue::RedisJobQueue queue_;
  std::exception_ptr error_;
  std::thread thread_;
};

}  // namespace claimferry::bench
