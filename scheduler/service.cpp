#include "scheduler/service.hpp"

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <unistd.h>

#include "common/async/rethrow.hpp"
#include "common/async/sleeper.hpp"
#include "common/audit/adapter/file_audit_store.hpp"
#include "common/audit/adapter/redis_audit_stream.hpp"
#include "common/members/adapter/member_stores.hpp"
#include "common/program/reload.hpp"
#include "common/queue/adapter/redis_job_queue.hpp"
#include "common/queue/adapter/redis_queue_upkeep.hpp"
#include "common/redis/tcp_client.hpp"
#include "common/telemetry/admin.hpp"
#include "common/telemetry/log.hpp"
#include "common/telemetry/metrics.hpp"
#include "common/telemetry/readiness.hpp"
#include "scheduler/library_keeper.hpp"
#include "scheduler/member_keeper.hpp"
#include "scheduler/queue_watch.hpp"
#include "scheduler/scheduler_loop.hpp"

namespace claimferry::scheduler {
namespace {

constexpr Duration tick = std::chrono::milliseconds(500);
constexpr Duration watch_interval = std::chrono::seconds(5);
constexpr Duration beat_missed_after = std::chrono::seconds(60);
constexpr Duration end_time = std::chrono::seconds(3);  // for what stands when the loop is over

// 12 s by default: short enough that a member waits little for a new leader, long enough that a
// slow answer of Redis does not make one.
Duration leader_lease(Duration job_lease) {
  return std::clamp<Duration>(job_lease * 2 / 5, std::chrono::seconds(1), std::chrono::seconds(15));
}

// Names the process for people and, by its random end, for Redis.
std::string holder_name(Random& random) {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  return std::string(host) + "-" + std::to_string(getpid()) + "-" + random.hex(4);
}

queue::Retention retention_of(const config::RetentionConfig& config) {
  return {config.dormant_after, config.dormant_notice, config.erase_after_withdrawal};
}

class Service {
 public:
  explicit Service(const program::Invocation& invocation)
      : invocation_(invocation),
        config_(invocation.config),
        log_("scheduler", telemetry::parse_log_level(config_.telemetry.log_level).value()),
        log_observer_(log_),
        metrics_("scheduler", config_.payer_names()),
        observer_({&metrics_, &log_observer_, &readiness_}),
        endpoint_(program::value_or_throw(program::redis_endpoint(config_.redis))),
        client_(std::make_unique<redis::TcpClient>(executor_of(io_), endpoint_, random_)),
        queue_(*client_, random_),
        upkeep_(*client_, random_),
        members_(*client_),
        audit_stream_(*client_),
        audit_store_({config_.audit.path, config_.audit.keep}, clock_),
        audit_({clock_, sleeper_, audit_stream_, audit_store_, observer_}),
        watch_({clock_, queue_, *client_, metrics_}, config_.worker),
        loop_({clock_, random_, sleeper_, queue_, upkeep_, members_, audit_, observer_},
              config_.scheduler,
              {holder_name(random_), leader_lease(config_.queue.lease), tick,
               retention_of(config_.retention)}),
        library_(executor_of(io_), endpoint_, sleeper_, observer_,
                 [this] { return loop_.leads(); }),
        login_(program::value_or_throw(program::record_login(config_.sink))),
        stores_(executor_of(io_), *client_, login_, 1, clock_, random_),
        recorder_(*client_, stores_.pool()),
        keeper_(recorder_, sleeper_, observer_, [this] { return loop_.leads(); }),
        admin_(config_.telemetry.admin_listen,
               {[this] { return metrics_.render(); }, [this] { return why_not_live(); },
                [this] { return why_not_ready(); }, &observer_}) {
    note_beat();
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service() { client_.reset(); }

  int run() {
    program::on_termination(io_, [this] {
      say("draining", "");
      stopping_ = true;
      loop_.stop();
      library_.stop();
      keeper_.stop();
      files_.stop();
      if (!looping_) {
        io_.stop();
      }
    });
    boost::asio::co_spawn(io_, work(), [this](std::exception_ptr error) {
      rethrow(error);
      io_.stop();
    });
    io_.run();
    say("stopped", "");
    // Nothing is left to lose; a disk that hangs with the audit must not hold the end.
    program::end_within(end_time, exit_status_);
    return exit_status_;
  }

 private:
  void say(std::string_view what, const std::string& detail) {
    observer_.on(telemetry::ProcessEvent{what, detail});
  }
  void note_beat() { last_beat_us_ = clock_.steady().time_since_epoch().count(); }

  awaitable<void> work() {
    say("started", "version " CLAIMFERRY_VERSION);
    auto usable = co_await program::wait_for_redis(queue_, observer_, random_);
    if (usable && !stores_.are_recorded()) {  // a database may come later
      usable = co_await program::wait_for_members(stores_, observer_, random_);
    }
    if (!usable) {
      const Failure& failure = usable.failure();
      std::fprintf(stderr, "claimferry-scheduler: %s\n", failure.detail.c_str());
      exit_status_ = program::failed;
      co_return;
    }
    program::watch_redis(files_, config_.redis, endpoint_);
    program::watch_password(files_, "sink.password_file", config_.sink.password_file,
                            login_ ? login_->password : LiveSecret());
    boost::asio::co_spawn(io_, files_.run(), rethrow);
    boost::asio::co_spawn(io_, watch(), rethrow);
    boost::asio::co_spawn(io_, library_.run(), rethrow);
    if (stores_.are_recorded()) {
      boost::asio::co_spawn(io_, keeper_.run(), rethrow);
    }
    admin_.set_started();
    program::write_ready_file(invocation_.ready_file, admin_.url());
    say("ready", admin_.url());
    looping_ = true;
    if (!stopping_) {
      co_await loop_.run();
    }
  }

  awaitable<void> watch() {
    while (!stopping_) {
      note_beat();
      co_await watch_.look();
      co_await sleeper_.sleep(watch_interval);
    }
  }

  std::string why_not_live() const {
    const SteadyTime beat{std::chrono::microseconds(last_beat_us_.load())};
    const bool stuck = looping_ && clock_.steady() - beat > beat_missed_after;
    return stuck ? "the event loop does not turn" : "";
  }

  std::string why_not_ready() const { return stopping_ ? "draining" : readiness_.why_not_ready(); }

  const program::Invocation& invocation_;
  const config::Config& config_;
  SystemClock clock_;
  SystemRandom random_;
  TimerSleeper sleeper_;
  telemetry::Log log_;
  telemetry::LogObserver log_observer_;
  telemetry::Metrics metrics_;
  telemetry::Readiness readiness_;
  telemetry::FanOut observer_;
  boost::asio::io_context io_{1};
  redis::Endpoint endpoint_;
  std::unique_ptr<redis::TcpClient> client_;  // goes before io_, with its sockets
  queue::RedisJobQueue queue_;
  queue::RedisQueueUpkeep upkeep_;
  queue::MemberDirectory members_;
  audit::RedisAuditStream audit_stream_;
  audit::FileAuditStore audit_store_;
  AuditDrain audit_;
  QueueWatch watch_;
  SchedulerLoop loop_;
  LibraryKeeper library_;
  std::optional<postgres::Login> login_;
  members::MemberStores stores_;
  members::MemberRecorder recorder_;
  MemberKeeper keeper_;
  program::FileWatch files_{sleeper_, observer_};
  std::atomic<std::int64_t> last_beat_us_{0};  // written by the loop, read by the admin thread
  std::atomic<bool> looping_{false};           // likewise
  std::atomic<bool> stopping_{false};          // likewise
  int exit_status_ = program::succeeded;
  telemetry::Admin admin_;  // last: it asks the others
};

}  // namespace

int run_service(const program::Invocation& invocation) {
  return Service(invocation).run();
}

}  // namespace claimferry::scheduler
