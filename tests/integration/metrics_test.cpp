// What every program's /metrics promises, held over a run with trouble in it: names by Prometheus'
// conventions, labels of enums alone, a bounded number of series, all there from the start.
#include <gmock/gmock.h>

#include "common/telemetry/metric_labels.hpp"
#include "tests/integration/exposition.hpp"
#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

using namespace std::chrono_literals;
using namespace telemetry;

constexpr std::size_t series_max = 1'200;  // a program and payer

std::set<std::string> words(const label::Labels& labels, std::set<std::string> more = {}) {
  more.insert(labels.begin(), labels.end());
  return more;
}
template <std::size_t Size>
void add(std::set<std::string>& to, const std::array<Advice, Size>& table) {
  for (const Advice& advice : table) {
    to.insert(std::string(advice.name));
  }
}

// Every value that a label may have.
std::map<std::string, std::set<std::string>> allowed() {
  std::set<std::string> outcomes = words(label::outcomes);
  add(outcomes, refresh_outcomes);
  add(outcomes, enrolment_outcomes);
  outcomes.insert(label::resource_outcomes.begin(), label::resource_outcomes.end());
  for (const CallbackEnd end : label::callback_ends) {
    outcomes.insert(label::label_of(end));
  }
  outcomes.insert({"ok", "failed"});
  std::set<std::string> reasons = words(label::dead_reasons);
  add(reasons, reject_reasons);
  reasons.insert(label::sink_reasons.begin(), label::sink_reasons.end());
  return {{"payer", {"aetna-sandbox"}},
          {"program", {"worker", "scheduler", "enroll"}},
          {"kind", words(label::kinds)},
          {"outcome", outcomes},
          {"reason", reasons},
          {"lane", words(label::uses, {"all"})},
          {"endpoint", words(label::endpoints)},
          {"status", words(label::statuses)},
          {"resource", words(label::resource_types)},
          {"type", words(label::claim_types)},
          {"action", words(label::actions)},
          {"port", words(label::ports)},
          {"key", {"active", "older"}},
          {"scope", {"all", "lane", "payer", "member"}},
          {"within", {"7d", "30d"}},
          {"state",
           {"ready", "running", "delayed", "dead", "active", "reconsent", "erasing", "erased",
            "left", "queued"}}};
}

void expect_conventions(const Exposition& page) {
  EXPECT_TRUE(page.without_help.empty());
  for (const auto& [family, type] : page.types) {
    const bool is_total = family.ends_with("_total");
    EXPECT_EQ(type == "counter", is_total) << family << " is a " << type;
    EXPECT_TRUE(family.starts_with("claimferry_") || family.starts_with("process_")) << family;
    for (const char* unit : {"_ms", "_milliseconds", "_minutes", "_kilobytes", "_percent"}) {
      EXPECT_EQ(family.find(unit), std::string::npos) << family << " has no base unit";
    }
  }
}

void expect_enums(const Exposition& page) {
  const auto may_be = allowed();
  for (const auto& [name, values] : page.labels) {
    if (name == "le" || name == "version") {
      continue;  // a number, and one a build
    }
    ASSERT_TRUE(may_be.contains(name)) << "a label that nobody listed: " << name;
    for (const std::string& value : values) {
      EXPECT_TRUE(may_be.at(name).contains(value)) << name << "=" << value;
    }
  }
}

std::set<std::string> names(const Exposition& page) {
  std::set<std::string> names;
  for (const auto& [series, value] : page.values) {
    names.insert(series);
  }
  return names;
}

TEST(Metrics, KeepToTheirNamesLabelsAndNumberOverARunWithTrouble) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  fleet.start_enroll();
  std::map<std::string, Exposition> before;
  for (const char* program : {"worker", "scheduler", "enroll"}) {
    before[program] = Exposition::parse(fleet.metrics(program));
    expect_conventions(before[program]);
    expect_enums(before[program]);
  }
  fleet.control("PATCH", "/v1/modes", R"({"foreign_patient":true,"broken_entry":true})");
  fleet.set_faults(R"({"malformed_body":0.04,"status_429":0.02,"status_5xx":0.02,)"
                   R"("expire_access_tokens":0.1})");
  fleet.add_members(8, 40);
  ASSERT_TRUE(fleet.wait_until_synced(8, 180s)) << fleet.logs();
  for (const auto& [program, at_start] : before) {
    const Exposition page = Exposition::parse(fleet.metrics(program));
    expect_conventions(page);
    expect_enums(page);
    EXPECT_LT(page.series, series_max) << program;
    const std::set<std::string> known = names(at_start);
    std::set<std::string> fresh;
    for (const std::string& series : names(page)) {
      if (!known.contains(series)) {
        fresh.insert(series);
      }
    }
    EXPECT_THAT(fresh, testing::IsEmpty()) << program << " has series that were not there at first";
  }
}

TEST(Metrics, CountWhatTheWorkerDid) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  fleet.add_members(4, 20);
  ASSERT_TRUE(fleet.wait_until_synced(4, 60s)) << fleet.logs();
  const auto values = Exposition::parse(fleet.metrics("worker")).values;
  double claims = 0;
  for (const auto& [series, value] : values) {
    claims += series.starts_with("claimferry_claims_total{") ? value : 0;
  }
  EXPECT_EQ(claims, 80);
  EXPECT_EQ(values.at("claimferry_claims_total{payer=\"aetna-sandbox\",type=\"other\"}"), 0);
  EXPECT_GE(values.at("claimferry_sink_commit_seconds_count"), 12);
  EXPECT_EQ(values.at("claimferry_sink_up"), 1);
  EXPECT_GE(values.at("claimferry_data_keys_opened_total{key=\"active\"}"), 4);
  EXPECT_EQ(values.at("claimferry_data_keys_opened_total{key=\"older\"}"), 0);
  EXPECT_LT(std::abs(values.at("claimferry_payer_clock_skew_seconds{payer=\"aetna-sandbox\"}")), 2);
  const auto watched = [&] { return Exposition::parse(fleet.metrics("scheduler")).values; };
  EXPECT_TRUE(eventually(30s, [&] {
    const auto seen = watched();
    return seen.at("claimferry_workers") == 1 && seen.at("claimferry_redis_up") == 1 &&
           seen.at("claimferry_member_freshness_seconds_count") == 4;
  })) << fleet.metrics("scheduler");
  EXPECT_EQ(watched().at("claimferry_desired_workers"), 1);
  EXPECT_EQ(watched().at("claimferry_redis_noeviction"), 1);
}

}  // namespace
}  // namespace claimferry::integration
