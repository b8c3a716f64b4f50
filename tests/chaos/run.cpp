#include "tests/chaos/run.hpp"

#include <algorithm>
#include <csignal>

#include <boost/json.hpp>

#include "tests/chaos/spell.hpp"

namespace claimferry::chaos {
namespace {

namespace json = boost::json;
using std::chrono::steady_clock;

constexpr unsigned workers = 6;
constexpr unsigned schedulers = 2;
constexpr unsigned members = 40;
constexpr unsigned eobs = 40;  // two pages each
// What two sweeps miss is marked absent.
constexpr unsigned sweeps_wanted = 2;
// Beyond the late retry of a refresh and a few rounds of retries; jobs that were put off for longer
// have as long as they were put off.
constexpr auto settles_within = 300s;
constexpr auto settles_after_last_delayed = 120s;
constexpr auto looks_every = 250ms;

// Always at work: a member is due again a second after its sync, and swept every few.
integration::FleetOptions options_of_fleet() {
  integration::FleetOptions options;
  options.worker = "shards = 1\nslots = 6\nrequests_in_flight_max = 6\ndrain = \"5s\"\n";
  options.scheduler = "interval = \"1s\"\nsweep_interval = \"3s\"\n";
  return options;
}

// A refresh now and then at any time.
constexpr const char* modes = R"({"access_token_lifetime_seconds":60})";

unsigned count_in(const std::string& text, const std::string& what) {
  unsigned count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

LogCounts read_logs(const std::filesystem::path& directory) {
  LogCounts counts;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename();
    const bool ours = name.starts_with("worker") || name.starts_with("scheduler");
    if (ours && name.ends_with(".log")) {
      const std::string text = integration::read_file(entry.path());
      counts.leases_lost += count_in(text, R"("event":"lease_lost")");
      counts.writes_fenced += count_in(text, R"("event":"write_fenced")");
      counts.internal_errors += count_in(text, R"("code":"internal_error")");
    }
  }
  return counts;
}

Judged read_judgement(const std::string& text) {
  const json::object said = json::parse(text).as_object();
  Judged judged;
  judged.lost = said.at("lost").to_number<long long>();
  judged.duplicated = said.at("duplicated").to_number<long long>();
  judged.wrong = said.at("wrong").to_number<long long>();
  judged.totals_agree = said.at("billed_total") == said.at("billed_by_ledger") &&
                        said.at("paid_total") == said.at("paid_by_ledger");
  judged.examples = json::value_to<std::vector<std::string>>(said.at("examples"));
  for (const auto& count : said.at("violations").as_object()) {
    if (count.value().is_number()) {
      judged.counts[std::string(count.key())] = count.value().to_number<long long>();
    }
  }
  return judged;
}

// An exception of the fleet may carry whole logs after its first line.
std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

Run::Run(const RunOptions& options)
    : options_(options),
      fleet_(options_of_fleet()),
      crew_(fleet_),
      members_(fleet_),
      look_(fleet_),
      trouble_(fleet_, crew_, members_) {
  findings_.seed = options.seed;
  findings_.minutes = options.minutes;
}

Findings Run::to_its_end() {
  try {
    begin();
    trouble();
    settle();
    end();
    judge();
  } catch (const std::exception& error) {
    findings_.ended_by = first_line(error.what());
  }
  findings_.done = trouble_.done();
  findings_.members = static_cast<unsigned>(members_.ids().size());
  findings_.mishaps = crew_.mishaps();
  findings_.mishaps.insert(findings_.mishaps.end(), members_.mishaps().begin(),
                           members_.mishaps().end());
  findings_.logs = read_logs(fleet_.directory());
  return std::move(findings_);
}

void Run::begin() {
  fleet_.start_redis();
  fleet_.start_sandbox();
  fleet_.control("PATCH", "/v1/modes", modes);
  fleet_.set_faults(well_faults());
  for (unsigned number = 1; number <= schedulers; ++number) {
    crew_.start("scheduler-" + std::to_string(number));
  }
  for (unsigned number = 1; number <= workers; ++number) {
    crew_.start("worker-" + std::to_string(number));
  }
  crew_.all_up();
  members_.add(members, eobs);
}

void Run::trouble() {
  const auto length = std::chrono::duration_cast<milliseconds>(
      std::chrono::duration<double, std::ratio<60>>(options_.minutes));
  trouble_.run(make_plan(options_.seed, {length, workers, schedulers}), length);
  trouble_.make_well();
}

bool Run::all_swept_since(long long ms) {
  const auto sweeps = look_.sweeps_since(ms);
  findings_.unswept.clear();
  for (const std::string& member : members_.ids()) {
    const auto found = sweeps.find(member);
    if (found == sweeps.end() || found->second < sweeps_wanted) {
      findings_.unswept.push_back(member);
    }
  }
  return findings_.unswept.empty();
}

void Run::settle() {
  const auto begun = steady_clock::now();
  const long long well_since = look_.now_ms();
  const milliseconds put_off(std::max(look_.last_delayed_ms() - well_since, 0LL));
  const milliseconds at_most =
      std::max<milliseconds>(settles_within, put_off + settles_after_last_delayed);
  integration::eventually(
      at_most,
      [&] {
        trouble_.tend();
        return all_swept_since(well_since);
      },
      looks_every);
  findings_.settled_after_s = std::chrono::duration<double>(steady_clock::now() - begun).count();
}

void Run::end() {
  crew_.end_all();
  findings_.leases_held = look_.leases_held();
  findings_.reaped = look_.reaped();
  findings_.dead = look_.dead_letters();
  findings_.reconsent = look_.members_in_state("reconsent");
  findings_.fsck = check_queue(fleet_);
}

void Run::judge() {
  if (options_.plant_loss) {
    fleet_.query(
        "DELETE FROM resource_version WHERE rowid IN (SELECT rowid FROM resource_version WHERE "
        "resource_type = 'ExplanationOfBenefit' AND valid_to IS NULL AND absent_at IS NULL "
        "LIMIT 1)");
  }
  findings_.judged = read_judgement(fleet_.judgement());
  fleet_.stop("sandbox", SIGTERM);
  fleet_.stop("redis", SIGTERM);
}

}  // namespace claimferry::chaos
