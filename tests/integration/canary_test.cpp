// What must never be seen: health data, names, ids and secrets in logs, metrics, or in Redis
// outside the sealed tokens. Redis' own append-only log is searched: all that was ever written.
#include <algorithm>
#include <csignal>
#include <set>
#include <sstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"
#include "tests/integration/sign_in.hpp"

namespace claimferry::integration {
namespace {

namespace json = boost::json;

constexpr unsigned members = 6;
constexpr unsigned eobs = 40;
// Shorter ones stand in a time or a count by chance.
constexpr std::size_t amount_characters_min = 7;
constexpr std::size_t name_bytes_min = 4;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "1234.56" does not stand in "91234.567".
bool stands_alone(const std::string& text, std::size_t at, std::size_t size) {
  const bool before = at > 0 && (is_digit(text[at - 1]) || text[at - 1] == '.');
  const bool after = at + size < text.size() && is_digit(text[at + size]);
  return !before && !after;
}

struct Canaries {
  std::set<std::string> member_ids;
  std::set<std::string> patient_ids;
  std::set<std::string> words;  // tokens, secrets, names, dates of birth, claims' ids
  std::set<std::string> amounts;
};

void add_lines(std::set<std::string>& into, const std::string& text, std::size_t bytes_min) {
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.size() >= bytes_min) {
      into.insert(line);
    }
  }
}

void add_ledger(Canaries& canaries, const std::string& ledger) {
  std::istringstream stream(ledger);
  for (std::string line; std::getline(stream, line);) {
    const json::value entry = json::parse(line);
    canaries.member_ids.insert(std::string(entry.at("member").as_string()));
    canaries.patient_ids.insert(std::string(entry.at("patient").as_string()));
    for (const json::value& resource : entry.at("resources").as_array()) {
      for (const char* amount : {"submitted", "allowed", "paid", "member_liability"}) {
        const json::value* value = resource.as_object().if_contains(amount);
        if (value != nullptr && value->as_string().size() >= amount_characters_min) {
          canaries.amounts.insert(std::string(value->as_string()));
        }
      }
    }
  }
}

Canaries canaries_of(Fleet& fleet) {
  Canaries canaries;
  add_ledger(canaries, fleet.control("GET", "/v1/ledger"));
  canaries.words.insert("integration-secret");
  canaries.words.insert("AAI");  // every token of the sandbox begins so
  const std::string patients = " FROM resource_version WHERE resource_type = 'Patient'";
  for (const char* path : {"$.name[0].family", "$.name[0].given[0]", "$.birthDate",
                           "$.identifier[0].value", "$.address[0].city"}) {
    add_lines(canaries.words,
              fleet.query("SELECT json_extract(CAST(raw AS TEXT), '" + std::string(path) + "')" +
                          patients),
              name_bytes_min);
  }
  add_lines(canaries.words,
            fleet.query("SELECT DISTINCT provider_display FROM claim "
                        "WHERE provider_display IS NOT NULL"),
            name_bytes_min);
  add_lines(canaries.words, fleet.query("SELECT eob_id FROM claim WHERE length(eob_id) > 9"), 10);
  return canaries;
}

void expect_none(const std::string& where, const std::string& text,
                 const std::set<std::string>& words) {
  for (const std::string& word : words) {
    const auto at = text.find(word);
    EXPECT_EQ(at, std::string::npos)
        << where << " holds " << word << ": …" << text.substr(at < 80 ? 0 : at - 80, 200);
  }
}

void expect_no_amount(const std::string& where, const std::string& text,
                      const std::set<std::string>& amounts) {
  for (const std::string& amount : amounts) {
    for (auto at = text.find(amount); at != std::string::npos; at = text.find(amount, at + 1)) {
      EXPECT_FALSE(stands_alone(text, at, amount.size())) << where << " holds " << amount;
    }
  }
}

void expect_silent(const std::string& where, const std::string& text, const Canaries& canaries) {
  expect_none(where, text, canaries.member_ids);
  expect_none(where, text, canaries.patient_ids);
  expect_none(where, text, canaries.words);
  expect_no_amount(where, text, canaries.amounts);
}

std::string everything_redis_wrote(const Fleet& fleet) {
  std::string text;
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(fleet.directory() / "appendonlydir")) {
    text += read_file(file.path());
  }
  return text;
}

// One connects anew and one says no, at the enrolment service; what went through the browser's
// address must be seen nowhere either.
void connect_two(Fleet& fleet, Canaries& canaries) {
  const std::string url = fleet.start_enroll();
  const std::string bearer = std::string("Authorization: Bearer ") + Fleet::api_key + "\r\n";
  for (const bool allows : {true, false}) {
    const Answer begun = ask("POST", url + "/v1/enrolments",
                             allows ? R"({"member":"M000001","payer":"aetna-sandbox"})"
                                    : R"({"member":"M-SAID-NO","payer":"aetna-sandbox"})",
                             bearer);
    ASSERT_EQ(begun.status, 201) << begun.body;
    const std::string back = sign_in(
        std::string(json::parse(begun.body).at("authorize_url").as_string()), {.allows = allows});
    const std::size_t known = canaries.words.size();
    std::istringstream query(back.substr(back.find('?') + 1));
    for (std::string pair; std::getline(query, pair, '&');) {
      if (pair.starts_with("code=") || pair.starts_with("state=")) {
        canaries.words.insert(pair.substr(pair.find('=') + 1));
      }
    }
    EXPECT_EQ(canaries.words.size(), known + (allows ? 2 : 1)) << back;
    EXPECT_NE(get(back).body.find(allows ? "You are connected" : "You are not connected"),
              std::string::npos);
  }
  canaries.member_ids.insert("M-SAID-NO");
  canaries.words.insert(Fleet::api_key);
}

TEST(Canary, NothingOfAMemberStandsInLogsMetricsOrRedis) {
  FleetOptions options;
  options.log_level = "debug";
  Fleet fleet(options);
  fleet.start_all_but_workers();
  // Each kind of trouble has its own words in the logs.
  fleet.control("PATCH", "/v1/modes", R"({"foreign_patient":true,"broken_entry":true})");
  // Nothing that leaves a refresh unanswered: that is rightly let alone for a minute.
  fleet.set_faults(
      R"({"malformed_body":0.04,"truncated_body":0.04,"outcome_200":0.04,"status_429":0.02,)"
      R"("expired_next_links":0.04,"expire_access_tokens":0.1})");
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(members, 180s)) << fleet.logs();
  fleet.set_faults(R"({"malformed_body":0,"truncated_body":0,"outcome_200":0,"status_429":0,)"
                   R"("expired_next_links":0,"expire_access_tokens":0})");
  Canaries canaries = canaries_of(fleet);
  connect_two(fleet, canaries);
  ASSERT_GT(canaries.amounts.size(), 20U);
  ASSERT_GT(canaries.words.size(), 40U);
  for (const char* name : {"worker", "scheduler", "enroll"}) {
    expect_silent(std::string(name) + "'s log", fleet.process(name).log_text(), canaries);
    expect_silent(std::string(name) + "'s metrics", fleet.metrics(name), canaries);
  }
  expect_silent("status", fleet.cli({"status"}).text, canaries);
  const std::string written = everything_redis_wrote(fleet);
  ASSERT_NE(written.find("cf-tok:{0}:M000001"), std::string::npos) << "the log was not found";
  expect_none("Redis", written, canaries.words);
  expect_no_amount("Redis", written, canaries.amounts);
}

// The payer's id for a person is health data's key; also in a cursor that waits for its next page.
TEST(Canary, RedisNeverHeldAPatientsIdInTheClear) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
  Canaries canaries;
  add_ledger(canaries, fleet.control("GET", "/v1/ledger"));
  const std::string written = everything_redis_wrote(fleet);
  ASSERT_NE(written.find("cf-tok:{0}:M000001"), std::string::npos) << "the log was not found";
  expect_none("Redis", written, canaries.patient_ids);
}

}  // namespace
}  // namespace claimferry::integration
