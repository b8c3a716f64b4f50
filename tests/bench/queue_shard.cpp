#include "tests/bench/queue_shard.hpp"

#include <chrono>

#include <boost/asio/co_spawn.hpp>

#include "common/base/limits.hpp"
#include "tests/bench/queue_work.hpp"

namespace claimferry::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// As a worker's: how long it waits for work that gave no hint, and after a claim in vain.
constexpr Duration poll = 1s;
constexpr Duration shortest_wait = 100ms;

double milliseconds_since(steady_clock::time_point begun) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - begun).count();
}

}  // namespace

QueueShard::QueueShard(const redis::Endpoint& redis, unsigned number, Options options,
                       QueueRun& run)
    : worker_(WorkerId::parse("worker-0a1b2c3d-" + std::to_string(number)).value()),
      options_(std::move(options)),
      run_(run),
      producers_(options_.producers),
      redis_(std::make_unique<redis::TcpClient>(io_->get_executor(), redis, random_)),
      queue_(*redis_, random_) {}

QueueShard::~QueueShard() {
  if (thread_.joinable()) {
    io_->stop();
    thread_.join();
  }
  redis_.reset();
  io_.reset();
}

void QueueShard::start() {
  spawn(take_in());
  if (options_.listens) {
    spawn(listen());
  }
  for (const MemberId& member : options_.members) {
    spawn(produce(member));
  }
  thread_ = std::thread([this] {
    try {
      io_->run();
    } catch (...) {
      error_ = std::current_exception();
      run_.end();
    }
  });
}

void QueueShard::join() {
  thread_.join();
  if (error_) {
    std::rethrow_exception(error_);
  }
}

void QueueShard::spawn(awaitable<void> coroutine) {
  boost::asio::co_spawn(*io_, std::move(coroutine), [](std::exception_ptr error) {
    if (error) {
      std::rethrow_exception(error);
    }
  });
}

awaitable<void> QueueShard::take_in() {
  while (true) {
    const unsigned free = options_.slots - running_;
    Duration wait = poll;
    if (free > 0) {
      const auto begun = steady_clock::now();
      auto request =
          claim_request(worker_, std::min(free, static_cast<unsigned>(limits::script_items_max)));
      const auto reply = value_of(co_await queue_.claim(std::move(request)));
      if (reply.leases.empty()) {
        run_.empty_claims.fetch_add(1, std::memory_order_relaxed);
        wait = shortest_wait;
      } else {
        run_.claims.fetch_add(1, std::memory_order_relaxed);
        claim_milliseconds_.push_back(milliseconds_since(begun));
        wait = Duration::zero();
      }
      for (const queue::Lease& lease : reply.leases) {
        ++running_;
        spawn(drive(lease.ref));
      }
    }
    if (wait > Duration::zero()) {
      co_await alarm_.wait(sleeper_, wait);
    }
  }
}

awaitable<void> QueueShard::drive(queue::JobRef job) {
  value_of(co_await finish(queue_, job));
  --running_;
  alarm_.ring();
  if (run_.left_to_finish.fetch_sub(1, std::memory_order_relaxed) == 1) {
    run_.end();
    co_return;
  }
  spawn(produce(job.member));
}

awaitable<void> QueueShard::produce(MemberId member) {
  const auto turn = co_await producers_.take();
  if (run_.left_to_enqueue.fetch_sub(1, std::memory_order_relaxed) <= 0) {
    co_return;
  }
  const auto enqueued = value_of(co_await enqueue_routine(queue_, std::move(member)));
  if (!enqueued.is_new) {
    throw std::runtime_error("a member that is free already has a job");
  }
}

awaitable<void> QueueShard::listen() {
  while (true) {
    if (value_of(co_await queue_.wait_for_work(5s))) {
      alarm_.ring();
    }
  }
}

}  // namespace claimferry::bench
