#include "scheduler/enroll/service.hpp"

#include <atomic>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>

#include "common/async/rethrow.hpp"
#include "common/base/limits.hpp"
#include "common/http/beast_client.hpp"
#include "common/http/url.hpp"
#include "common/members/adapter/member_stores.hpp"
#include "common/program/reload.hpp"
#include "common/queue/adapter/redis_job_queue.hpp"
#include "common/quota/adapter/quota_listener.hpp"
#include "common/quota/adapter/redis_fleet_quota.hpp"
#include "common/redis/tcp_client.hpp"
#include "common/redis/tcp_subscriber.hpp"
#include "common/telemetry/admin.hpp"
#include "common/telemetry/log.hpp"
#include "common/telemetry/metrics.hpp"
#include "common/telemetry/readiness.hpp"
#include "common/telemetry/trouble_report.hpp"
#include "scheduler/enroll/redis_registry.hpp"
#include "scheduler/enroll/router.hpp"

namespace claimferry::enroll {
namespace {

constexpr Duration beat_interval = std::chrono::seconds(1);
constexpr Duration beat_missed_after = std::chrono::seconds(15);
constexpr Duration redis_look_interval = std::chrono::seconds(2);
constexpr unsigned connections_max = 4;  // to the database of members
constexpr Duration look_interval = std::chrono::milliseconds(20);
// A callback under way holds a code that is worth one use: its exchange, and then its storing.
constexpr Duration drain_max =
    Duration(limits::exchange_deadline) + Duration(limits::registration_patience);

http::ClientOptions client_options(const config::Config& config) {
  http::ClientOptions options;
  for (const config::PayerConfig& payer : config.payers) {
    for (const std::string& text : {payer.auth_root, payer.token_url}) {
      if (const auto url = http::Url::parse(text); url && !payer.ca_file.empty()) {
        options.ca_files[url->origin()] = payer.ca_file;
      }
    }
  }
  return options;
}

class Service {
 public:
  explicit Service(const program::Invocation& invocation)
      : invocation_(invocation),
        config_(invocation.config),
        endpoint_(program::value_or_throw(program::redis_endpoint(config_.redis))),
        log_("enroll", telemetry::parse_log_level(config_.telemetry.log_level).value()),
        log_observer_(log_),
        metrics_("enroll", config_.payer_names()),
        observer_({&metrics_, &log_observer_, &readiness_}),
        vault_(program::value_or_throw(vault::KeyRing::load(config_.vault.key_file))),
        keys_(program::value_or_throw(ApiKeys::load(config_.enroll.api_key_file))),
        login_(program::value_or_throw(program::record_login(config_.sink))),
        client_(std::make_unique<redis::TcpClient>(io_->get_executor(), endpoint_, random_)),
        http_(io_->get_executor(), clock_, client_options(config_)),
        queue_(*client_, random_),
        stores_(std::make_unique<members::MemberStores>(io_->get_executor(), *client_, login_,
                                                        connections_max, clock_, random_)),
        members_(*client_),
        pending_(*client_),
        quota_(*client_),
        registry_(
            {clock_, random_, sleeper_, stores_->register_or(queue_), stores_->tokens(), vault_}),
        payers_({io_->get_executor(), clock_, random_, sleeper_, quota_, http_, observer_},
                "enroll-" + random_.hex(4)),
        discovery_(clock_, payers_),
        exchange_(clock_, payers_),
        enroller_({clock_, random_, pending_, registry_, exchange_, discovery_, vault_, observer_},
                  config_),
        router_({clock_, enroller_, members_, stores_->erasure(), keys_, observer_},
                config_.enroll),
        admin_(config_.telemetry.admin_listen,
               {[this] { return metrics_.render(); }, [this] { return why_not_live(); },
                [this] { return why_not_ready(); }, &observer_}) {
    for (const config::PayerConfig& payer : config_.payers) {
      payers_.add_payer(payer);
      exchange_.add_payer(
          payer, program::value_or_throw(config::read_client_secrets(payer.client_secret_file)));
    }
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service() {
    server_.reset();
    http_.close();
    subscriber_.reset();
    stores_.reset();
    client_.reset();
    io_.reset();
  }

  int run() {
    program::on_termination(*io_, [this] { terminate(); });
    boost::asio::co_spawn(*io_, begin(), [this](std::exception_ptr error) {
      rethrow(error);
      if (exit_status_ != program::succeeded) {
        io_->stop();
      }
    });
    io_->run();
    say("stopped", "");
    return exit_status_;
  }

 private:
  void say(std::string_view what, const std::string& detail) {
    observer_.on(telemetry::ProcessEvent{what, detail});
  }

  awaitable<void> begin() {
    say("started", "version " CLAIMFERRY_VERSION);
    auto usable = co_await program::wait_for_redis(queue_, observer_, random_);
    if (usable) {
      usable = co_await program::wait_for_members(*stores_, observer_, random_);
    }
    if (!usable) {
      std::fprintf(stderr, "claimferry-enroll: %s\n", usable.failure().detail.c_str());
      exit_status_ = program::failed;
      co_return;
    }
    if (terminating_) {
      co_return;
    }
    http::ServerOptions options;
    options.setting = "enroll.listen";
    options.body_bytes_max = limits::enroll_body_bytes_max;
    options.connections_max = limits::enroll_connections_max;
    options.connections_per_address_max =
        config_.enroll.behind_proxy ? 0 : limits::enroll_connections_per_address_max;
    options.on_throw = [this](const std::string& type) {
      observer_.on(telemetry::HandlerThrew{"enroll", type});
    };
    server_ = std::make_unique<http::Server>(
        io_->get_executor(), config_.enroll.listen,
        [this](http::ServerRequest request) { return answer(std::move(request)); },
        std::move(options));
    boost::asio::co_spawn(*io_, listener_.run(), rethrow);
    watch_files();
    boost::asio::co_spawn(*io_, files_.run(), rethrow);
    boost::asio::co_spawn(*io_, beat(), rethrow);
    boost::asio::co_spawn(*io_, look_at_redis(), rethrow);
    admin_.set_started();
    program::write_ready_file(invocation_.ready_file, admin_.url(), {{"enroll", server_->url()}});
    serving_ = true;
    say("ready", server_->url());
  }

  // All of it is read on this loop alone.
  void watch_files() {
    files_.add("vault.key_file", config_.vault.key_file,
               [this] { return program::reload_keys(vault_, config_.vault.key_file); });
    program::watch_redis(files_, config_.redis, endpoint_);
    program::watch_password(files_, "sink.password_file", config_.sink.password_file,
                            login_ ? login_->password : LiveSecret());
    files_.add("enroll.api_key_file", config_.enroll.api_key_file, [this]() -> Result<void> {
      auto keys = ApiKeys::load(config_.enroll.api_key_file);
      if (!keys) {
        return std::move(keys.failure());
      }
      keys_ = std::move(*keys);
      return {};
    });
    for (const config::PayerConfig& payer : config_.payers) {
      files_.add("payer." + payer.name.str() + ".client_secret_file", payer.client_secret_file,
                 [this, &payer]() -> Result<void> {
                   auto secrets = config::read_client_secrets(payer.client_secret_file);
                   if (!secrets) {
                     return std::move(secrets.failure());
                   }
                   exchange_.add_payer(payer, std::move(*secrets));
                   return {};
                 });
    }
  }

  awaitable<http::Page> answer(http::ServerRequest request) {
    ++under_way_;
    const std::shared_ptr<void> over(nullptr, [this](void*) { --under_way_; });
    co_return co_await router_.answer(std::move(request));
  }

  awaitable<void> beat() {
    while (!terminating_) {
      last_beat_us_ = clock_.steady().time_since_epoch().count();
      co_await sleeper_.sleep(beat_interval);
    }
  }

  // Between requests nobody else would hear that Redis is away, and /readyz has to say it.
  awaitable<void> look_at_redis() {
    telemetry::TroubleReport away(observer_, "redis");
    while (!terminating_) {
      redis::Command ping{"PING"};
      const auto answer = co_await client_->command(std::move(ping));
      if (answer) {
        away.end();
      } else {
        away.begin(answer.failure());
      }
      co_await sleeper_.sleep(redis_look_interval);
    }
  }

  void terminate() {
    terminating_ = true;
    say("draining", "");
    boost::asio::co_spawn(*io_, drain(), [this](std::exception_ptr error) {
      rethrow(error);
      io_->stop();
    });
  }

  awaitable<void> drain() {
    files_.stop();
    server_.reset();
    listener_.stop();
    const SteadyTime give_up_at = clock_.steady() + drain_max;
    while (under_way_ > 0 && clock_.steady() < give_up_at) {
      co_await sleeper_.sleep(look_interval);
    }
  }

  std::string why_not_live() const {
    const SteadyTime beat{std::chrono::microseconds(last_beat_us_.load())};
    const bool stuck = serving_ && !terminating_ && clock_.steady() - beat > beat_missed_after;
    return stuck ? "the event loop does not turn" : "";
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
  ApiKeys keys_;
  std::optional<postgres::Login> login_;
  // Sockets go before it, and what cut-off coroutines still give back to goes after it.
  std::unique_ptr<boost::asio::io_context> io_ = std::make_unique<boost::asio::io_context>(1);
  std::unique_ptr<redis::TcpClient> client_;
  http::BeastClient http_;
  queue::RedisJobQueue queue_;
  std::unique_ptr<members::MemberStores> stores_;
  queue::MemberDirectory members_;
  queue::EnrolmentStore pending_;
  quota::RedisFleetQuota quota_;
  RedisRegistry registry_;
  PayerAccess payers_;
  DiscoveryCache discovery_;
  CodeExchange exchange_;
  Enroller enroller_;
  Router router_;
  program::FileWatch files_{sleeper_, observer_};
  std::unique_ptr<redis::TcpSubscriber> subscriber_ =
      std::make_unique<redis::TcpSubscriber>(io_->get_executor(), endpoint_);
  quota::QuotaListener listener_{clock_,
                                 random_,
                                 sleeper_,
                                 *subscriber_,
                                 [this](const PayerName& payer) { return payers_.gate_of(payer); },
                                 [] {}};
  std::unique_ptr<http::Server> server_;
  unsigned under_way_ = 0;
  std::atomic<std::int64_t> last_beat_us_{0};  // written by the loop, read by the admin thread
  std::atomic<bool> serving_{false};           // likewise
  std::atomic<bool> terminating_{false};       // likewise
  int exit_status_ = program::succeeded;
  telemetry::Admin admin_;  // last: it asks the others
};

}  // namespace

int run_service(const program::Invocation& invocation) {
  return Service(invocation).run();
}

}  // namespace claimferry::enroll
