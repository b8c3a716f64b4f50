#include "worker/shard.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "common/async/rethrow.hpp"
#include "common/base/thread_name.hpp"
#include "common/http/beast_client.hpp"
#include "common/http/url.hpp"
#include "common/members/adapter/member_stores.hpp"
#include "common/queue/adapter/redis_job_queue.hpp"
#include "common/quota/adapter/redis_fleet_quota.hpp"
#include "common/redis/tcp_client.hpp"
#include "worker/measured_sink.hpp"

namespace claimferry::worker {
namespace {

constexpr Duration beat_interval = std::chrono::seconds(1);
constexpr unsigned token_connections = 2;
constexpr Duration hint_timeout = std::chrono::seconds(5);

http::ClientOptions client_options(const config::Config& config, unsigned requests_in_flight) {
  http::ClientOptions options;
  options.connections_per_origin_max = requests_in_flight;
  options.body_bytes_in_flight_max = config.worker.body_bytes_in_flight_max / config.worker.shards;
  options.idle_connections_max = config.worker.requests_in_flight_max;
  for (const config::PayerConfig& payer : config.payers) {
    for (const std::string& text : {payer.resource_base, payer.token_url}) {
      if (const auto url = http::Url::parse(text); url && !payer.ca_file.empty()) {
        options.ca_files[url->origin()] = payer.ca_file;
      }
    }
  }
  return options;
}

}  // namespace

// Members go in reverse order, but for the destructor's: sockets before the io_context, the loop,
// whose permits cut-off coroutines still give back, after it.
struct Shard::Core {
  SystemClock clock;
  SystemRandom random;
  TimerSleeper sleeper;
  std::unique_ptr<boost::asio::io_context> io = std::make_unique<boost::asio::io_context>(1);
  std::unique_ptr<redis::TcpClient> redis;
  std::unique_ptr<http::BeastClient> http;
  std::unique_ptr<queue::RedisJobQueue> queue;
  std::unique_ptr<quota::RedisFleetQuota> quota;
  std::unique_ptr<members::MemberStores> stores;
  std::shared_ptr<claims::ClaimSink> sink;
  std::unique_ptr<WorkerLoop> loop;
  telemetry::Observer& observer;
  std::promise<void> ended;
  std::atomic<std::int64_t> last_beat_us{0};
  bool draining = false;

  Core(const Process& process, WorkerLoop::Share share)
      : redis(std::make_unique<redis::TcpClient>(io->get_executor(), process.redis, random)),
        http(std::make_unique<http::BeastClient>(
            io->get_executor(), clock, client_options(process.config, share.requests_in_flight))),
        queue(std::make_unique<queue::RedisJobQueue>(*redis, random)),
        quota(std::make_unique<quota::RedisFleetQuota>(*redis)),
        stores(std::make_unique<members::MemberStores>(
            io->get_executor(), *redis, process.sinks.login(), token_connections, clock, random)),
        sink(std::make_shared<MeasuredSink>(process.sinks.make(io->get_executor(), random), clock,
                                            process.observer)),
        loop(std::make_unique<WorkerLoop>(
            io->get_executor(),
            WorkerLoop::Ports{clock, random, sleeper, *queue, *quota, stores->tokens(), *http,
                              *sink, process.vault, process.observer},
            process.payers, process.config, std::move(share))),
        observer(process.observer) {
    note_beat();
  }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  ~Core() {
    http->close();
    stores.reset();
    redis.reset();
    sink.reset();
    io.reset();
  }

  void note_beat() {
    last_beat_us.store(clock.steady().time_since_epoch().count(), std::memory_order_relaxed);
  }

  awaitable<void> beat() {
    while (true) {
      note_beat();
      const SteadyTime asleep = clock.steady();
      co_await sleeper.sleep(beat_interval);
      const auto slept = std::chrono::floor<Duration>(clock.steady() - asleep);
      observer.on(telemetry::LoopLagged{std::max(slept - beat_interval, Duration::zero())});
    }
  }

  // Hints shorten the wait for work; without them the loop polls.
  awaitable<void> listen_for_work() {
    while (!draining) {
      auto hint = co_await queue->wait_for_work(hint_timeout);
      if (!hint) {
        co_await sleeper.sleep(beat_interval);
      } else if (*hint) {
        loop->wake();
      }
    }
  }

  awaitable<void> drain(Duration at_most) {
    draining = true;
    co_await loop->drain(at_most);
    io->stop();
  }

  void run() {
    boost::asio::co_spawn(*io, beat(), rethrow);
    boost::asio::co_spawn(*io, listen_for_work(), rethrow);
    loop->start();
    io->run();
    ended.set_value();
  }
};

Shard::Shard(const Process& process, WorkerLoop::Share share)
    : core_(std::make_unique<Core>(process, std::move(share))) {}

Shard::~Shard() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Shard::start() {
  thread_ = std::thread([this] {
    name_this_thread("shard");
    core_->run();
  });
}

void Shard::look_for_cancels() {
  boost::asio::post(*core_->io, [core = core_.get()] { core->loop->look_for_cancels(); });
}

std::future<void> Shard::drain(Duration at_most) {
  auto ended = core_->ended.get_future();
  boost::asio::co_spawn(*core_->io, core_->drain(at_most), rethrow);
  return ended;
}

SteadyTime Shard::last_beat() const noexcept {
  return SteadyTime(std::chrono::microseconds(core_->last_beat_us.load(std::memory_order_relaxed)));
}

}  // namespace claimferry::worker
