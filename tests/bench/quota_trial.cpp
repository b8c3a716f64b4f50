#include "tests/bench/quota_trial.hpp"

#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <boost/json.hpp>

#include "tests/integration/fleet.hpp"

namespace claimferry::bench {
namespace {

using integration::Fleet;
using integration::FleetOptions;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Many members with small pages, each read whole again as soon as it was read: nothing but the
// quota holds the workers back.
constexpr unsigned members = 600;
constexpr unsigned eobs = 20;
constexpr auto small_pages = R"({"page_size":1})";
constexpr auto latency = R"({"latency_ms":{"min":20,"max":40}})";

FleetOptions options_for(const QuotaTrial& trial) {
  FleetOptions options;
  options.queue = "";
  options.worker = "shards = 1\nslots = 64\nrequests_in_flight_max = 64\ndrain = \"2s\"\n";
  options.scheduler = "interval = \"1s\"\nsweep_interval = \"1s\"\n";
  options.payer =
      "jobs_running_max = 1000\nquota.rate = " + std::to_string(trial.profile_rate) + '\n';
  options.log_level = "warning";
  return options;
}

// Tokens count, as they do for the fleet.
std::string limit_of(const QuotaTrial& trial) {
  boost::json::array schedule;
  milliseconds after{};
  for (const QuotaSpan& span : trial.spans) {
    if (after > milliseconds::zero()) {
      schedule.push_back({{"after_ms", after.count()}, {"rate", span.rate}});
    }
    after += span.settles + span.measured;
  }
  const boost::json::object limit{{"kind", trial.kind},
                                  {"rate", trial.spans.front().rate},
                                  {"burst", trial.payer_burst},
                                  {"window_ms", trial.window.count()},
                                  {"retry_after", trial.retry_after},
                                  {"tokens", true},
                                  {"schedule", schedule}};
  return boost::json::serialize(limit);
}

double number(const boost::json::object& object, const char* name) {
  const boost::json::value& value = object.at(name);
  return value.is_null() ? 0 : value.to_number<double>();
}

boost::json::object usage_between(Fleet& fleet, milliseconds since, milliseconds until) {
  const std::string path = "/v1/usage?since_ms=" + std::to_string(since.count()) +
                           "&until_ms=" + std::to_string(until.count());
  return boost::json::parse(fleet.control("GET", path)).as_object();
}

double script_calls(Fleet& fleet) {
  const std::string stats = fleet.redis({"INFO", "commandstats"});
  double sum = 0;
  for (const std::string name : {"cmdstat_evalsha:calls=", "cmdstat_fcall:calls="}) {
    if (const auto at = stats.find(name); at != std::string::npos) {
      sum += std::strtod(stats.c_str() + at + name.size(), nullptr);
    }
  }
  return sum;
}

double load_of_machine() {
  double load[1] = {};
  return ::getloadavg(load, 1) == 1 ? load[0] : 0;
}

void start(Fleet& fleet, const QuotaTrial& trial, QuotaWatch& watch) {
  fleet.start_redis();
  fleet.start_sandbox();
  fleet.control("PATCH", "/v1/modes", small_pages);
  fleet.set_faults(latency);
  fleet.add_members(members, eobs);
  fleet.start_scheduler();
  // The payer's clock starts with the first worker.
  fleet.control("PUT", "/v1/limit", limit_of(trial));
  watch.begin();
  for (unsigned number = 1; number <= trial.workers; ++number) {
    fleet.launch("worker" + std::to_string(number));
  }
}

QuotaFigures measure(Fleet& fleet, QuotaWatch& watch, const QuotaSpan& span, seconds begins) {
  watch.watch_until(begins + span.settles);
  const QuotaState before = watch.now();
  const double scripts_before = script_calls(fleet);
  const seconds ends = begins + span.settles + span.measured;
  watch.watch_until(ends);
  const QuotaState after = watch.now();
  const double scripts_after = script_calls(fleet);
  const auto usage = usage_between(fleet, begins + span.settles, ends);
  const auto& totals = usage.at("totals").as_object();
  QuotaFigures figures;
  figures.rate = span.rate;
  figures.allowed = number(totals, "allowed");
  figures.granted = number(totals, "granted");
  figures.refused = number(totals, "refused");
  figures.during_retry_after = number(totals, "requests_during_retry_after");
  figures.permits = after.permits - before.permits;
  figures.permits_used = after.permits_used - before.permits_used;
  figures.quota_calls = after.calls - before.calls;
  figures.script_calls = scripts_after - scripts_before;
  figures.load = load_of_machine();
  return figures;
}

std::vector<QuotaSecond> trace(Fleet& fleet, const QuotaWatch& watch, seconds until) {
  const auto usage = usage_between(fleet, milliseconds::zero(), until);
  std::vector<QuotaSecond> seconds;
  for (const boost::json::value& item : usage.at("seconds").as_array()) {
    const boost::json::object& counts = item.as_object();
    const auto at = static_cast<std::size_t>(number(counts, "since_ms") / 1000);
    if (seconds.size() <= at) {
      seconds.resize(at + 1);
    }
    seconds[at] = {number(counts, "allowed"), number(counts, "granted"), number(counts, "refused"),
                   watch.at_end_of(at)};
  }
  return seconds;
}

void fail_when_ended(Fleet& fleet, const QuotaTrial& trial) {
  for (unsigned number = 1; number <= trial.workers; ++number) {
    if (!fleet.process("worker" + std::to_string(number)).running()) {
      throw std::runtime_error("a worker ended by itself:\n" + fleet.logs());
    }
  }
}

}  // namespace

QuotaOutcome carry_out(const QuotaTrial& trial) {
  Fleet fleet(options_for(trial));
  QuotaWatch watch(fleet);
  start(fleet, trial, watch);
  QuotaOutcome outcome;
  seconds begins{};
  for (const QuotaSpan& span : trial.spans) {
    outcome.spans.push_back(measure(fleet, watch, span, begins));
    fail_when_ended(fleet, trial);
    begins += span.settles + span.measured;
  }
  outcome.seconds = trace(fleet, watch, begins);
  return outcome;
}

}  // namespace claimferry::bench
