#include "worker/service.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/async/rethrow.hpp"
#include "common/base/limits.hpp"
#include "common/program/reload.hpp"
#include "common/queue/adapter/redis_job_queue.hpp"
#include "common/quota/adapter/quota_listener.hpp"
#include "common/redis/tcp_client.hpp"
#include "common/redis/tcp_subscriber.hpp"
#include "common/telemetry/admin.hpp"
#include "common/telemetry/log.hpp"
#include "common/telemetry/metrics.hpp"
#include "common/telemetry/readiness.hpp"
#include "worker/shard.hpp"
#include "worker/sinks.hpp"

namespace claimferry::worker {
namespace {

// An event loop that has not turned for so long is dead: the longest bounded step is far shorter.
constexpr Duration beat_missed_after = std::chrono::seconds(15);
constexpr Duration look_interval = std::chrono::milliseconds(20);

Payers load_payers(const config::Config& config) {
  Payers payers;
  for (const config::PayerConfig& payer : config.payers) {
    auto secrets = program::value_or_throw(config::read_client_secrets(payer.client_secret_file));
    payers.add(std::make_unique<Payer>(payer, std::move(secrets)));
  }
  return payers;
}

// What is there to share out, the first shards get one more.
unsigned share_of(unsigned total, unsigned shards, unsigned index) {
  return std::max(1U, total / shards + (index < total % shards ? 1 : 0));
}

class Service {
 public:
  explicit Service(const program::Invocation& invocation)
      : invocation_(invocation),
        config_(invocation.config),
        endpoint_(program::value_or_throw(program::redis_endpoint(config_.redis))),
        log_("worker", telemetry::parse_log_level(config_.telemetry.log_level).value()),
        log_observer_(log_),
        metrics_("worker", config_.payer_names()),
        observer_({&metrics_, &log_observer_, &readiness_}),
        vault_(program::value_or_throw(vault::KeyRing::load(config_.vault.key_file))),
        payers_(load_payers(config_)),
        sinks_(config_, clock_),
        admin_(config_.telemetry.admin_listen,
               {[this] { return metrics_.render(); }, [this] { return why_not_live(); },
                [this] { return why_not_ready(); }, &observer_}) {}

  int run() {
    program::on_termination(io_, [this] { terminate(); });
    boost::asio::co_spawn(io_, begin(), [this](std::exception_ptr error) {
      rethrow(error);
      if (exit_status_ != program::succeeded) {
        io_.stop();
      }
    });
    io_.run();
    say("stopped", "");
    return exit_status_;
  }

 private:
  void say(std::string_view what, const std::string& detail) {
    observer_.on(telemetry::ProcessEvent{what, detail});
  }

  awaitable<void> begin() {
    say("started", "version " CLAIMFERRY_VERSION);
    const auto sink = sinks_.make(executor_of(io_), random_);
    auto usable = co_await sink->open();
    if (usable) {
      usable = co_await check_redis();
    }
    if (!usable) {
      const Failure& failure = usable.failure();
      std::fprintf(stderr, "claimferry-worker: %s\n", failure.detail.c_str());
      exit_status_ = program::failed;
      co_return;
    }
    if (!terminating_) {
      start_shards();
    }
  }

  quota::PayerGate* gate_of(const PayerName& name) {
    Payer* payer = payers_.find(name);
    return payer == nullptr ? nullptr : &payer->gate;
  }

  void look_for_cancels() {
    for (const auto& shard : shards_) {
      shard->look_for_cancels();
    }
  }

  awaitable<Result<void>> check_redis() {
    redis::TcpClient client(executor_of(io_), endpoint_, random_);
    queue::RedisJobQueue queue(client, random_);
    co_return co_await program::wait_for_redis(queue, observer_, random_);
  }

  void start_shards() {
    boost::asio::co_spawn(io_, quota_listener_.run(), rethrow);
    watch_files();
    boost::asio::co_spawn(io_, files_.run(), rethrow);
    const Process process{config_, endpoint_, payers_, sinks_, vault_, observer_};
    const std::string name = "worker-" + random_.hex(4);
    const unsigned count = config_.worker.shards;
    for (unsigned index = 0; index < count; ++index) {
      const auto id = WorkerId::parse(name + "-" + std::to_string(index));
      WorkerLoop::Share share{id.value(), share_of(config_.worker.slots, count, index),
                              share_of(config_.worker.requests_in_flight_max, count, index)};
      shards_.push_back(std::make_unique<Shard>(process, std::move(share)));
    }
    // What may still fail comes before the first thread: a process that cannot begin must end.
    admin_.set_started();
    program::write_ready_file(invocation_.ready_file, admin_.url());
    for (auto& shard : shards_) {
      shard->start();
    }
    shards_running_ = true;
    say("ready", admin_.url());
  }

  void watch_files() {
    files_.add("vault.key_file", config_.vault.key_file,
               [this] { return program::reload_keys(vault_, config_.vault.key_file); });
    program::watch_redis(files_, config_.redis, endpoint_);
    program::watch_password(files_, "sink.password_file", config_.sink.password_file,
                            sinks_.login() ? sinks_.login()->password : LiveSecret());
    for (const config::PayerConfig& each : config_.payers) {
      Payer* const payer = payers_.find(each.name);
      files_.add("payer." + each.name.str() + ".client_secret_file", each.client_secret_file,
                 [payer]() -> Result<void> {
                   auto secrets = config::read_client_secrets(payer->config.client_secret_file);
                   if (!secrets) {
                     return std::move(secrets.failure());
                   }
                   payer->client_secrets.replace(std::move(*secrets));
                   return {};
                 });
    }
  }

  void terminate() {
    terminating_ = true;
    files_.stop();
    say("draining", "");
    if (!shards_running_) {
      io_.stop();
      return;
    }
    boost::asio::co_spawn(io_, drain_shards(), [this](std::exception_ptr error) {
      rethrow(error);
      io_.stop();
    });
  }

  awaitable<void> drain_shards() {
    quota_listener_.stop();
    std::vector<std::future<void>> ends;
    ends.reserve(shards_.size());
    for (auto& shard : shards_) {
      ends.push_back(shard->drain(config_.worker.drain));
    }
    const Duration longest = std::max(config_.worker.drain, Duration(limits::refresh_drain_max));
    const auto deadline = clock_.steady() + longest + limits::flush_time;
    for (auto& end : ends) {
      while (end.wait_for(Duration(0)) != std::future_status::ready) {
        if (clock_.steady() > deadline) {
          say("stopped", "some jobs are left to their leases");
          std::_Exit(program::succeeded);
        }
        co_await sleeper_.sleep(look_interval);
      }
    }
    // Nothing is left to lose; a look-up that the resolver cannot break off must not hold the end.
    program::end_within(limits::flush_time, exit_status_);
    shards_.clear();
  }

  // Runs on the admin thread: shards_ is complete before shards_running_ is set.
  std::string why_not_live() const {
    if (!shards_running_ || terminating_) {
      return "";
    }
    for (const auto& shard : shards_) {
      if (clock_.steady() - shard->last_beat() > beat_missed_after) {
        return "an event loop does not turn";
      }
    }
    return "";
  }
  std::string why_not_ready() const {
    return terminating_ ? "draining" : readiness_.why_not_ready();
  }

  const program::Invocation& invocation_;
  const config::Config& config_;
  SystemClock clock_;
  SystemRandom random_;
  TimerSleeper sleeper_;
  redis::Endpoint endpoint_;
  telemetry::Log log_;
  telemetry::LogObserver log_observer_;
  telemetry::Metrics metrics_;
  telemetry::Readiness readiness_;
  telemetry::FanOut observer_;
  vault::Vault vault_;
  Payers payers_;
  Sinks sinks_;
  boost::asio::io_context io_{1};
  redis::TcpSubscriber subscriber_{executor_of(io_), endpoint_};
  quota::QuotaListener quota_listener_{clock_,
                                       random_,
                                       sleeper_,
                                       subscriber_,
                                       [this](const PayerName& name) { return gate_of(name); },
                                       [this] { look_for_cancels(); }};
  program::FileWatch files_{sleeper_, observer_};
  std::vector<std::unique_ptr<Shard>> shards_;
  std::atomic<bool> shards_running_{false};  // written by main, read by the admin thread
  std::atomic<bool> terminating_{false};     // likewise
  int exit_status_ = program::succeeded;
  telemetry::Admin admin_;  // last: it asks the others
};

}  // namespace

int run_service(const program::Invocation& invocation) {
  return Service(invocation).run();
}

}  // namespace claimferry::worker
