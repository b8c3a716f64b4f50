#include "tests/world/world.hpp"

#include <boost/asio/io_context.hpp>

#include "common/base/encoding.hpp"
#include "tests/sandbox/judge/ledger_reader.hpp"
#include "tests/world/host.hpp"
#include "tests/world/queue_state.hpp"

namespace claimferry::world {
namespace {

using namespace std::chrono_literals;
using Moment = MemoryRedis::Moment;

constexpr WallTime begin_at{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
constexpr Duration trouble_lasts = 10min;
// Beyond the trouble: an hour for a refused resource, backoffs of a quarter of one, some sweeps.
constexpr Duration must_settle_within = 12h;
constexpr std::uint64_t commands_max = 2'000'000;
constexpr unsigned jobs_running_max = 3;

config::Config make_config() {
  config::Config config;
  config.worker.slots = 3;
  config.worker.requests_in_flight_max = 2;
  config.scheduler.interval = 3min;
  config.scheduler.sweep_interval = 5min;
  config::PayerConfig& payer = config.payers.emplace_back(*PayerName::parse("aetna-sandbox"));
  payer.auth_root = "https://payer.test/fhirdemo";
  payer.resource_base = "https://payer.test" + std::string(sandbox::resource_base_path);
  payer.token_url = "https://payer.test" + std::string(sandbox::token_path);
  payer.client_id = "client";
  payer.allow_path_prefixes = {"/fhirdemo/"};
  payer.jobs_running_max = jobs_running_max;
  payer.request_timeout = 30s;
  return config;
}

vault::Vault make_vault() {
  return vault::Vault(*vault::KeyRing::parse(
      Secret("k1:" + to_base64(std::string(vault::key_bytes, 'k'))), "world"));
}

sandbox::ModelOptions payer_options(std::uint64_t seed) {
  sandbox::ModelOptions options;
  options.seed = seed;
  options.client.id = "client";
  options.client.secret = "client-secret";
  options.site.origin = "https://payer.test";
  options.site.foreign_origin = "https://elsewhere.test";
  return options;
}

// Drops everything: what is counted and told has its own tests.
class Silence final : public telemetry::Observer {
 public:
  void on(const telemetry::Event&) noexcept override {}
};

class World {
 public:
  explicit World(const WorldOptions& options)
      : scenario_(*options.scenario),
        planted_(options.planted),
        random_(options.seed * 0x9E3779B97F4A7C15ULL + 1),
        config_(make_config()),
        payer_(payer_options(random_.next())),
        redis_([this] { return wall_us(); }),
        around_{io_->get_executor(),
                time_,
                redis_,
                sink_,
                payer_,
                vault_,
                config_,
                observer_,
                [this](Port port, Moment moment) { return fate(port, moment); },
                [this] { after_redis_command(); },
                [this](bool is_worker) { replace_later(is_worker); }} {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() { io_.reset(); }  // cut-off coroutines go before what they refer to

  WorldReport run() {
    spawn(enrol());
    spawn(trouble());
    while (report_.problem.empty() && !settled()) {
      io_->restart();
      io_->poll();
      if (!report_.problem.empty() || settled()) {
        break;
      }
      if (!time_.anyone_asleep()) {
        fail("everybody waits for something that never comes");
      } else if (elapsed() > trouble_lasts + must_settle_within) {
        fail("not settled long after the trouble: " + what_is_missing());
      } else {
        time_.advance_to_next();
      }
    }
    if (report_.problem.empty()) {
      judge();
    }
    report_.simulated = elapsed();
    report_.requests = payer_.violations().requests;
    return report_;
  }

 private:
  std::int64_t wall_us() const {
    return std::chrono::microseconds(time_.wall().time_since_epoch()).count();
  }
  Duration elapsed() const { return std::chrono::floor<Duration>(time_.steady() - began_); }
  void fail(const std::string& what) {
    if (report_.problem.empty()) {
      report_.problem = what;
    }
  }
  void spawn(awaitable<void> work) {
    boost::asio::co_spawn(*io_, std::move(work), [this](std::exception_ptr error) {
      try {
        if (error) {
          std::rethrow_exception(error);
        }
      } catch (const std::exception& what) {
        fail(std::string("exception: ") + what.what());
      }
    });
  }
  bool one_in(std::uint64_t n) { return random_.below(n) == 0; }
  Duration up_to(Duration most) {
    return Duration(
        1 + static_cast<Duration::rep>(random_.below(static_cast<std::uint64_t>(most.count()))));
  }

  // ---- the beginning
  awaitable<void> enrol() {
    MemoryRedis client(redis_);
    queue::RedisJobQueue queue(client, random_);
    const PayerName payer = config_.payers.front().name;
    const auto members = 2 + random_.below(4);
    for (std::uint64_t at = 0; at < members; ++at) {
      sandbox::MemberSpec spec;
      spec.seed = random_.next();
      spec.eobs = static_cast<unsigned>(random_.below(60));
      spec.lines_per_eob_max = 2;
      const auto enrolled = payer_.enrol(spec, time_.wall());
      const auto id = MemberId::parse(enrolled.member).value();
      const auto sealed = [&](std::string_view field, const std::string& plain) {
        return vault_.seal({payer, id, std::string(field)}, Secret(plain));
      };
      queue::SealedMember member{id, payer, sealed("patient", enrolled.patient),
                                 sealed("refresh_token", enrolled.refresh_token)};
      auto added = co_await queue.add_member(std::move(member));
      if (!added) {
        fail("a member could not be added: " + added.failure().detail);
      }
      members_.push_back(id);
    }
    const unsigned workers = scenario_.many_workers ? 2 : 1;
    for (unsigned number = 0; number < workers; ++number) {
      start_host(true);
    }
    start_host(false);
  }

  void start_host(bool is_worker) {
    const std::uint64_t seed = random_.next();
    if (is_worker) {
      auto host = std::make_unique<WorkerHost>(around_, seed, ++hosts_started_);
      host->start();
      hosts_.push_back(std::move(host));
    } else {
      auto host = std::make_unique<SchedulerHost>(around_, seed);
      host->start();
      hosts_.push_back(std::move(host));
    }
  }

  // ---- the trouble
  Surroundings::Fate fate(Port port, Moment moment) {
    Surroundings::Fate fate;
    if (port == Port::redis && time_.steady() < redis_back_at_ && moment == Moment::before) {
      fate.answer = Failure{FailureKind::local, "redis_unreachable", "Redis is away"};
      return fate;
    }
    if (!troubled_) {
      return fate;
    }
    fate.die = random_.unit() < scenario_.crash;
    const bool away = random_.unit() < (port == Port::redis  ? scenario_.redis_failure
                                        : port == Port::sink ? scenario_.sink_failure
                                                             : 0);
    if (away && port == Port::redis) {
      fate.answer = Failure{FailureKind::local,
                            moment == Moment::before ? "redis_unreachable" : "redis_timeout",
                            "Redis did not answer"};
    } else if (away && moment == Moment::before) {
      fate.answer = Failure{FailureKind::local, "sink_unavailable", "the sink is away"};
    }
    return fate;
  }

  awaitable<void> trouble() {
    troubled_ = true;
    if (scenario_.payer != nullptr) {
      scenario_.payer(payer_.modes(), payer_.faults());
    }
    if (scenario_.limits) {
      sandbox::LimitSettings limit;
      limit.kind = one_in(2) ? sandbox::LimitKind::token_bucket : sandbox::LimitKind::fixed_window;
      limit.rate = 1 + static_cast<double>(random_.below(4));
      limit.burst = 3;
      limit.retry_after = static_cast<sandbox::RetryAfter>(random_.below(3));
      payer_.limit().configure(limit);
    }
    while (elapsed() < trouble_lasts) {
      co_await time_.sleep(up_to(20s));
      act();
    }
    troubled_ = false;
    payer_.faults() = sandbox::Faults();
    payer_.modes() = sandbox::Modes();
    payer_.limit().configure(sandbox::LimitSettings());
    calm_since_ = time_.wall();
    calm_ = true;
  }

  void act() {
    if (scenario_.pauses && one_in(3)) {
      random_host().pause_until(time_.steady() + up_to(100s));
    }
    if (scenario_.drains && one_in(4)) {
      drain_one();
    }
    if (scenario_.restarts && one_in(5)) {
      redis_.lose_scripts();
      redis_back_at_ = time_.steady() + up_to(40s);
    }
    if (scenario_.failovers && one_in(4)) {
      spawn(fail_over());
    }
    if (scenario_.clock_steps && one_in(4)) {
      const auto step = up_to(one_in(4) ? Duration(1h) : Duration(2min));
      time_.step_wall(one_in(2) ? step : -step);
    }
    if (scenario_.adjustments && one_in(2)) {
      const auto member = random_.below(payer_.members().size());
      one_in(3) ? payer_.members().withdraw(member, 1) : payer_.members().adjust(member, 1);
    }
  }

  Host& random_host() { return *hosts_[random_.below(hosts_.size())]; }

  // The last second is what an asynchronous replica may lack.
  awaitable<void> fail_over() {
    const auto replica = redis_.keys().save();
    co_await time_.sleep(up_to(1s));
    redis_.keys().restore(replica);
    redis_.lose_scripts();
    fence_before_ = 0;
    failed_over_ = true;
    redis_back_at_ = time_.steady() + up_to(5s);
  }

  void drain_one() {
    for (auto& host : hosts_) {
      if (host->is_worker() && !host->dead() && !host->draining() && one_in(2)) {
        host->begin_draining();  // a process is told to end once
        spawn(drain(static_cast<WorkerHost&>(*host)));
        return;
      }
    }
  }
  awaitable<void> drain(WorkerHost& host) {
    co_await host.drain();
    if (!host.dead()) {
      host.kill();
      start_host(true);
    }
  }

  void replace_later(bool is_worker) {
    ++report_.deaths;
    spawn(replace(is_worker));
  }
  awaitable<void> replace(bool is_worker) {
    co_await time_.sleep(up_to(30s));
    start_host(is_worker);
  }

  // ---- the watch
  void after_redis_command() {
    if (++report_.redis_commands > commands_max) {
      fail("too many Redis commands: something spins");
    }
    if (planted_ != Planted::none && report_.redis_commands > 2) {
      plant();
    }
    if (redis_.keys().writes() == writes_seen_) {
      return;
    }
    writes_seen_ = redis_.keys().writes();
    const std::map<std::string, unsigned> caps{{"aetna-sandbox", jobs_running_max}};
    const auto state = read_queue_state(redis_.keys(), caps);
    for (const std::string& broken : queue::broken_invariants(state, fence_before_)) {
      fail(broken);
    }
    fence_before_ = state.fence;
  }

  // Breaks one thing, as soon as there is something to break.
  void plant() {
    const auto state = read_queue_state(redis_.keys(), {});
    const std::string root = "cf:{0}:";
    std::vector<std::string> command;
    const std::string job = state.running.empty() ? "" : *state.running.begin();
    const std::string member = job.empty() ? "" : state.jobs.at(job).member;
    switch (planted_) {
      case Planted::i1:
        command = {"ZADD", root + "ready:aetna-sandbox:routine", "1", member};
        break;
      case Planted::i2:
        command = {"HDEL", root + "busy", member};
        break;
      case Planted::i3:
        command = {"ZADD", root + "delayed", "1", job};
        break;
      case Planted::i4:
        command = {"DEL", root + "uniq"};
        break;
      case Planted::i5:
        command = {"HSET", root + "load", "aetna-sandbox", "-100"};
        break;
      case Planted::i6:
        command = {"SET", root + "fence", "1"};
        break;
      case Planted::i7:
        command = {"DEL", root + "due"};
        break;
      case Planted::none:
      case Planted::lost_claim:
      case Planted::wrong_claim:
        return;
    }
    if (!job.empty()) {
      redis_.keys().call(command);
    }
  }

  // ---- the end
  bool settled() {
    if (!calm_ || members_.empty()) {
      return false;
    }
    if (settled_at_commands_ == report_.redis_commands) {
      return false;  // nothing happened since the last look
    }
    settled_at_commands_ = report_.redis_commands;
    return what_is_missing().empty();
  }

  std::string member_field(const MemberId& member, const std::string& name) {
    const auto reply = redis_.keys().call({"HGET", "cf:{0}:member:" + member.str(), name});
    return reply.text() == nullptr ? "" : *reply.text();
  }

  // Two sweeps must have ended since the trouble did (the second began in calm), unless the member
  // must consent again.
  std::string what_is_missing() {
    for (const MemberId& member : members_) {
      const auto swept = std::strtoll(member_field(member, "last_sweep").c_str(), nullptr, 10);
      const std::string state = member_field(member, "state");
      const bool excused = (failed_over_ && state == "reconsent") || refresh_lost(member);
      std::set<long long>& sweeps = sweeps_in_calm_[member.str()];
      if (calm_ && swept > calm_since_.time_since_epoch().count()) {
        sweeps.insert(swept);
      }
      if (!excused && sweeps.size() < 2) {
        return "a member is " + state + ", its job " + live_job(member);
      }
    }
    return "";
  }

  // Two answers to a refresh were lost: nothing is sent any more, and the member must consent
  // again.
  bool refresh_lost(const MemberId& member) {
    for (const auto& [id, job] : read_queue_state(redis_.keys(), {}).jobs) {
      const auto code = redis_.keys().call({"HGET", "cf:{0}:job:" + id, "code"});
      if (job.member == member.str() && job.state == "dead" && code.text() != nullptr &&
          *code.text() == "refresh_lost") {
        return true;
      }
    }
    return false;
  }

  std::string live_job(const MemberId& member) {
    for (const auto& [id, job] : read_queue_state(redis_.keys(), {}).jobs) {
      if (job.member == member.str() && job.state != "done" && job.state != "dead") {
        const auto code = redis_.keys().call({"HGET", "cf:{0}:job:" + id, "code"});
        return job.state + " " + (code.text() == nullptr ? "" : *code.text());
      }
    }
    return "none";
  }

  void judge() {
    spoil_sink();
    for (std::size_t index = 0; index < members_.size(); ++index) {
      if ((failed_over_ && member_field(members_[index], "state") == "reconsent") ||
          refresh_lost(members_[index])) {
        continue;
      }
      judge_member(index);
    }
    const sandbox::Violations& held = payer_.violations();
    const bool may_reuse = failed_over_;  // Redis forgot that it was used
    if ((held.refresh_reused > 0 && !may_reuse) || held.tokens_elsewhere > 0 ||
        held.unknown_parameters > 0 ||
        (held.requests_during_retry_after > 0 && !scenario_.many_workers)) {
      fail("the payer would hold against us: " + sandbox::describe(held));
    }
  }

  void spoil_sink() {
    if (planted_ == Planted::lost_claim) {
      sink_.forget_a_claim();
    }
    if (planted_ == Planted::wrong_claim) {
      sink_.falsify_a_claim();
    }
  }

  void judge_member(std::size_t index) {
    const auto ledger = sandbox::parse_ledger(payer_.ledger_line(index)).front();
    const auto found = sink_.members().find(ledger.member);
    if (found == sink_.members().end()) {
      fail("a member is not in the sink");
      return;
    }
    const MemorySink::Resources& held = found->second.resources;
    std::size_t known = 0;
    for (const auto& truth : ledger.resources) {
      const auto place = held.find({truth.type, truth.id});
      known += place == held.end() ? 0 : 1;
      if (truth.withdrawn) {
        continue;
      }
      if (place == held.end() || place->second.absent) {
        fail("lost: " + truth.type + "/" + truth.id);
      } else if (std::ranges::find(truth.acceptable_hashes, to_hex(place->second.content_hash)) ==
                 truth.acceptable_hashes.end()) {
        fail("wrong bytes: " + truth.type + "/" + truth.id);
      }
    }
    if (known != held.size()) {
      fail("the sink holds what the payer never sent");
    }
  }

  const Scenario& scenario_;
  const Planted planted_;
  SeededRandom random_;
  VirtualTime time_{begin_at};
  const SteadyTime began_ = time_.steady();
  const config::Config config_;
  const vault::Vault vault_ = make_vault();
  sandbox::Model payer_;
  MemoryRedisServer redis_;
  MemorySink sink_;
  Silence observer_;
  std::unique_ptr<boost::asio::io_context> io_ = std::make_unique<boost::asio::io_context>(1);
  Surroundings around_;
  std::vector<std::unique_ptr<Host>> hosts_;  // the dead stay, their coroutines refer to them
  std::vector<MemberId> members_;
  unsigned hosts_started_ = 0;
  bool troubled_ = false;
  bool calm_ = false;
  bool failed_over_ = false;
  WallTime calm_since_{};
  SteadyTime redis_back_at_{};
  std::uint64_t fence_before_ = 0;
  std::uint64_t writes_seen_ = 0;
  std::uint64_t settled_at_commands_ = 0;
  std::map<std::string, std::set<long long>> sweeps_in_calm_;  // when each ended, by member
  WorldReport report_;
};

}  // namespace

WorldReport run_world(const WorldOptions& options) {
  return World(options).run();
}

}  // namespace claimferry::world
