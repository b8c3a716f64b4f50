#include "tests/world/world.hpp"

#include <boost/asio/io_context.hpp>

#include "common/base/encoding.hpp"
#include "common/queue/adapter/enrolment.hpp"
#include "common/queue/adapter/redis_token_store.hpp"
#include "tests/world/audit_judge.hpp"
#include "tests/world/consents.hpp"
#include "tests/world/judge.hpp"
#include "tests/world/request_watch.hpp"
#include "tests/world/script_edits.hpp"
#include "tests/world/trouble.hpp"

namespace claimferry::world {
namespace {

using namespace std::chrono_literals;

constexpr WallTime begin_at{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
constexpr std::uint64_t commands_max = 200'000;
constexpr unsigned jobs_running_max = 3;
constexpr unsigned requests_in_flight_max = 2;
constexpr unsigned sweeps_in_calm = 2;

// In half of the worlds the payer's limit is known, and lower than what is wanted now and then.
void set_quota(config::PayerConfig& payer, Random& random) {
  if (random.below(2) == 0) {
    payer.quota_rate = 2 + static_cast<double>(random.below(20));
    payer.quota_burst = 1 + static_cast<double>(random.below(4));
  }
}

config::Config make_config(Random& random) {
  config::Config config;
  config.worker.slots = 3;
  config.worker.requests_in_flight_max = requests_in_flight_max;
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
  set_quota(payer, random);
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

class World {
 public:
  explicit World(const WorldOptions& options)
      : scenario_(*options.scenario),
        random_(options.seed * 0x9E3779B97F4A7C15ULL + 1),
        payer_(payer_options(random_.next())),
        redis_([this] { return redis_us(); }),
        spoiled_(sink_, options.planted == nullptr ? SinkBug::none : options.planted->sink),
        watch_({redis_.keys(),
                sink_,
                {{"aetna-sandbox", jobs_running_max}},
                is_strict(),
                [this](const std::string& what) { fail(what); }}),
        judge_({truth_, sink_, redis_.keys(), report_.tally,
                [this](const std::string& what) { fail(what); },
                [this](const std::string& job, bool refused) { consent_ended(job, refused); }}),
        requests_(time_, config_.payers.front(), redis_remembers(), judge_,
                  [this](const std::string& what) { fail(what); }),
        around_(surroundings()),
        operators_(redis_, random_, report_.tally, judge_.members()),
        hosts_(around_, random_, watch_, report_.tally,
               [this](awaitable<void> work) { spawn(std::move(work)); }),
        trouble_(reach()) {
    around_.two_releases = scenario_.two_releases;
    around_.names_client_once = options.planted != nullptr && options.planted->names_client_in_body;
    if (const PlantedBug* bug = options.planted; bug != nullptr && !bug->edits.empty()) {
      redis_.edit_scripts(
          [bug](std::string source) { return edited(bug->edits, std::move(source)); });
    } else if (scenario_.two_leaders) {
      redis_.edit_scripts(
          [](std::string source) { return edited(everyone_leads(), std::move(source)); });
    }
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() { io_.reset(); }  // cut-off coroutines go before what they refer to

  WorldReport run() {
    spawn(live());
    while (report_.problem.empty() && !settled_) {
      io_->restart();
      io_->poll();
      if (calm_ && all_are_swept()) {
        settled_ = true;
      } else if (!time_.anyone_asleep()) {
        fail("everybody waits for something that never comes");
      } else if (calm_ && since_calm() > scenario_.settles_within) {
        fail("not settled long after the trouble: " + what_is_missing());
      } else {
        time_.advance_to_next();
      }
    }
    if (report_.problem.empty()) {
      watch_.look_at_everything();
      judge_.judge_at_the_end();
      payer_holds_nothing_against_us();
      judge_the_audit();
      count_jobs();
      nothing_happened_that_must_not();
    }
    report_.simulated = std::chrono::floor<Duration>(time_.steady() - began_);
    report_.settled_after = calm_ ? since_calm() : Duration::zero();
    report_.requests = payer_.violations().requests;
    return report_;
  }

 private:
  Surroundings surroundings() {
    return {executor_of(*io_),
            time_,
            redis_,
            spoiled_,
            audit_,
            payer_,
            vault_,
            config_,
            requests_,
            [this](Port port, MemoryRedis::Moment moment) { return trouble_.fate(port, moment); },
            [this] { after_redis_command(); },
            [this](const claims::SyncKey& key) { watch_.sink_took(key); },
            [this](const sandbox::PayerRequest& request, const sandbox::Answer& answer) {
              consents_.answered(request, answer);
            },
            [this](bool is_worker) {
              ++report_.tally[Strike::deaths];
              hosts_.replace_later(is_worker);
            },
            [this] { return trouble_.redis_forgot(); },
            [this](const std::string& what) { fail(what); }};
  }
  Trouble::Reach reach() {
    return {scenario_,
            random_,
            time_,
            redis_,
            redis_clock_,
            payer_,
            around_.payer_clock,
            truth_,
            hosts_,
            watch_,
            report_.tally,
            [this](awaitable<void> work) { spawn(std::move(work)); },
            [this] { return ask_for_backfill(); },
            operators_};
  }
  // Nothing but drains: what a drain does can be told to the letter.
  bool is_strict() const {
    return scenario_.drains && scenario_.crash == 0 && scenario_.redis_failure == 0 &&
           !scenario_.pauses;
  }

  bool redis_remembers() const {
    const bool wiped = scenario_.wipes || scenario_.failovers;
    return config_.payers.front().quota_rate > 0 && !wiped && !scenario_.clock_steps;
  }

  std::int64_t redis_us() const {
    const WallTime at = time_.wall() + redis_clock_;
    return std::chrono::microseconds(at.time_since_epoch()).count();
  }
  Duration since_calm() const { return std::chrono::floor<Duration>(time_.steady() - calm_since_); }
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

  awaitable<void> live() {
    trouble_.prepare();
    const auto members = (scenario_.surge ? 8 : 2) + random_.below(4);
    for (std::uint64_t at = 0; at < members; ++at) {
      sandbox::MemberSpec spec;
      spec.seed = random_.next();
      spec.eobs = static_cast<unsigned>(random_.below(60));
      spec.lines_per_eob_max = 2;
      const auto enrolled = payer_.enrol(spec, around_.payer_now());
      judge_.add_member(enrolled.member);
      co_await add_member(enrolled.member, enrolled.patient, enrolled.refresh_token);
    }
    hosts_.start(true);
    if (scenario_.many_workers) {
      hosts_.start(true);
    }
    hosts_.start(false);
    if (scenario_.schedulers) {
      hosts_.start(false);
    }
    spawn(look_after_consents());
    co_await trouble_.make();
    calm_since_ = time_.steady();
    calm_ = true;
    judge_.calm_begins();
  }

  // ---- the operator
  awaitable<void> add_member(std::string member, std::string patient, std::string refresh_token) {
    MemoryRedis client(redis_);
    queue::RedisJobQueue queue(client, random_);
    const PayerName payer = config_.payers.front().name;
    const auto id = MemberId::parse(member).value();
    queue::RedisTokenStore tokens(client);
    queue::Enrolment enrolment(queue, tokens, vault_);
    queue::NewMember renewed{id, payer, Secret(patient), Secret(refresh_token)};
    auto added = co_await enrolment.add(std::move(renewed));
    if (!added) {
      fail("a member could not be added: " + added.failure().detail);
    }
    consents_.enrolled(member, patient, refresh_token);
    for (const char* history : {"cf:{0}:done", "cf:{0}:dead"}) {
      const Reply ended = redis_.keys().call({"ZRANGE", history, "0", "-1"});
      for (const Reply& job : *ended.array()) {
        if (member_of(*job.text()) == member) {
          ended_before_renewal_.insert(*job.text());
        }
      }
    }
  }
  std::string member_of(const std::string& job) {
    const Reply reply = redis_.keys().call({"HGET", "cf:{0}:job:" + job, "member"});
    return reply.text() == nullptr ? "" : *reply.text();
  }

  // Whoever is parked, or gone with a lost Redis, consents anew.
  awaitable<void> look_after_consents() {
    while (true) {
      const Duration pause = up_to(random_, 1min);
      co_await time_.sleep(pause);
      for (std::size_t index = 0; index < judge_.members().size(); ++index) {
        const std::string member = judge_.members()[index];
        const std::string state = member_field(member, "state");
        if (state == "erasing") {
          continue;
        }
        if (state == "erased") {
          judge_.begins_anew(member);
        }
        const bool is_parked = state == "reconsent" && !scenario_.surge;
        if (state.empty() || state == "erased" || is_parked || must_consent_.contains(member)) {
          must_consent_.erase(member);
          const std::string token = payer_.grants().reopen(index, around_.payer_now());
          co_await add_member(member, payer_.members().at(index).patient_id, token);
        }
      }
    }
  }

  awaitable<void> ask_for_backfill() {
    MemoryRedis client(redis_);
    queue::RedisJobQueue queue(client, random_);
    const auto& members = judge_.members();
    const auto member = MemberId::parse(members[random_.below(members.size())]).value();
    const char* windows[] = {"2025-01-01..", "2024-01-01..2025-06-30", "2023-01-01..", "sweep"};
    const auto window = queue::Window::parse(windows[random_.below(std::size(windows))]).value();
    // A member that is parked or gone is refused: that is the answer, too.
    auto asked =
        co_await queue.enqueue(member, queue::JobKind::backfill, window, queue::Lane::backfill);
    static_cast<void>(asked);
  }

  // ---- the watch
  void after_redis_command() {
    if (++report_.redis_commands > commands_max) {
      fail("too many Redis commands: something spins");
    }
    watch_.after_redis_command();
  }

  // A payer that forgives one lost answer takes two of a member before the consent is in doubt;
  // where Redis' clock jumps, the late retry may come too soon to be forgiven.
  // A kill or a pause between the note of a refresh and the request is as good as a lost answer:
  // nobody can tell them apart.
  void consent_ended(const std::string& job, bool refused) {
    const std::string member = member_of(job);
    if (member.empty() || (scenario_.surge && refused)) {
      return;  // Redis forgot the job; or it comes back by itself
    }
    must_consent_.insert(member);
    if (trouble_.redis_forgot()) {
      return;  // maybe a token that it had stored
    }
    const Tally& tally = report_.tally;
    const auto never_left =
        static_cast<std::int64_t>(tally[Strike::deaths] + tally[Strike::pauses]);
    // Told when the member had consented again already.
    const std::int64_t before =
        ended_before_renewal_.contains(job) ? consents_.doubts_before(member) : 0;
    const std::int64_t in_doubt =
        before + (refused ? consents_.lost(member) : consents_.in_vain(member) + never_left);
    const bool one_is_forgiven = scenario_.payer_forgives && !scenario_.clock_steps;
    if (in_doubt < (one_is_forgiven ? 2 : 1)) {
      fail("a member must consent again, and " + std::to_string(in_doubt) + " answers were lost");
    }
  }

  std::string member_field(const std::string& member, const std::string& name) {
    const auto reply = redis_.keys().call({"HGET", "cf:{0}:member:" + member, name});
    return reply.text() == nullptr ? "" : *reply.text();
  }

  // ---- the end
  bool all_are_swept() {
    return std::ranges::all_of(judge_.members(), [this](const std::string& member) {
      return judge_.calm_sweeps(member) >= sweeps_in_calm &&
             !member_field(member, "state").starts_with("eras");
    });
  }

  std::string what_is_missing() {
    for (const std::string& member : judge_.members()) {
      if (judge_.calm_sweeps(member) < sweeps_in_calm) {
        return member + " is " + member_field(member, "state") + ", its jobs:" + live_jobs(member);
      }
    }
    return "";
  }

  std::string live_jobs(const std::string& member) {
    QueuePicture picture({});
    std::string jobs;
    for (const auto& [id, job] : picture.look_at_everything(redis_.keys()).jobs) {
      if (job.member == member && job.state != "done" && job.state != "dead") {
        const auto code = redis_.keys().call({"HGET", "cf:{0}:job:" + id, "code"});
        jobs += " " + job.state + " " + (code.text() == nullptr ? "" : *code.text());
      }
    }
    return jobs;
  }

  void payer_holds_nothing_against_us() {
    const sandbox::Violations& held = payer_.violations();
    const auto lost =
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, consents_.lost_by_all()));
    report_.tally[Strike::refreshes_lost] += lost;
    // Redis forgot that a token was used, or believes that it was long ago.
    const bool forgot = trouble_.redis_forgot() || scenario_.clock_steps;
    // Who hears nothing of Redis, or stands still, learns of a quiet by its own 429.
    const bool may_be_deaf = scenario_.pauses || scenario_.crash > 0 || scenario_.restarts ||
                             scenario_.redis_failure > 0 || trouble_.redis_forgot();
    const std::uint64_t strays =
        scenario_.many_workers && may_be_deaf ? held.status_429 * requests_in_flight_max : 0;
    if ((held.refresh_reused > 0 && !forgot) || (held.refresh_retried_late > lost && !forgot) ||
        held.tokens_elsewhere > 0 || held.unknown_parameters > 0 || held.codes_reused > 0 ||
        held.credentials_in_body > 0 || held.pkce_missing > 0 || held.aud_wrong > 0 ||
        held.requests_during_retry_after > strays) {
      fail("the payer would hold against us: " + sandbox::describe(held));
    }
  }

  void count_jobs() {
    QueuePicture picture({});
    const auto& state = picture.look_at_everything(redis_.keys());
    const auto counter = [&](const std::string& id, const char* name) -> std::uint64_t {
      const auto reply = redis_.keys().call({"HGET", "cf:{0}:job:" + id, name});
      return reply.text() == nullptr ? 0 : std::strtoull(reply.text()->c_str(), nullptr, 10);
    };
    for (const auto& [id, job] : state.jobs) {
      report_.tally[Strike::retried] += counter(id, "attempts");
      report_.tally[Strike::snoozed] += counter(id, "snoozes");
    }
    report_.tally[Strike::dead] += state.dead.size();
    for (const auto& [id, job] : state.jobs) {
      const auto outcome = redis_.keys().call({"HGET", "cf:{0}:job:" + id, "outcome"});
      report_.tally[Strike::cancelled] +=
          outcome.text() != nullptr && *outcome.text() == "cancelled";
    }
    const auto term = redis_.keys().call({"HGET", "cf:{0}:leader", "term"});
    report_.tally[Strike::leaders] +=
        term.text() == nullptr ? 0 : std::strtoull(term.text()->c_str(), nullptr, 10);
  }

  // What only Redis held is gone with it.
  void judge_the_audit() {
    const bool forgot = trouble_.redis_forgot();
    const auto wrong = judge_audit(
        {audit_, redis_.keys(), forgot ? judge_.done_in_calm() : judge_.done(), forgot});
    if (!wrong.empty()) {
      fail(wrong);
    }
  }

  void nothing_happened_that_must_not() {
    for (const Strike strike : scenario_.never) {
      if (report_.tally[strike] > 0) {
        fail(std::string(to_string(strike)) + ": " + std::to_string(report_.tally[strike]) +
             ", and nothing in this scenario explains one");
      }
    }
  }

  const Scenario& scenario_;
  SeededRandom random_;
  VirtualTime time_{begin_at};
  const SteadyTime began_ = time_.steady();
  const config::Config config_ = make_config(random_);
  const vault::Vault vault_ = make_vault();
  WorldReport report_;
  sandbox::Model payer_;
  Duration redis_clock_ = Duration::zero();
  MemoryRedisServer redis_;
  Truth truth_{payer_.members()};
  Consents consents_{redis_.keys()};
  MemorySink sink_;
  SpoiledSink spoiled_;
  MemoryAudit audit_;
  std::unique_ptr<boost::asio::io_context> io_ = std::make_unique<boost::asio::io_context>(1);
  Watch watch_;
  Judge judge_;
  RequestWatch requests_;
  Surroundings around_;
  Operators operators_;
  Hosts hosts_;
  Trouble trouble_;
  std::set<std::string> must_consent_;
  std::set<std::string> ended_before_renewal_;  // jobs
  bool calm_ = false;
  bool settled_ = false;
  SteadyTime calm_since_{};
};

}  // namespace

WorldReport run_world(const WorldOptions& options) {
  return World(options).run();
}

}  // namespace claimferry::world
