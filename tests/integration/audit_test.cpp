// The audit as a fleet writes it and an operator reads it: every entry once, however often its
// scheduler is killed; whoever touched whose data; and a changed file told.
#include <csignal>
#include <fstream>
#include <random>
#include <sstream>

#include <boost/json.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr int rounds = 8;
constexpr int entries_a_round = 400;

class AuditTrail : public testing::Test {
 protected:
  long waiting() { return std::stol(fleet_.redis({"XLEN", "cf:{0}:audit"})); }
  bool wait_until_drained() {
    return eventually(30s, [this] { return waiting() == 0; });
  }
  void note(int round, int count) {
    fleet_.redis({"EVAL",
                  "for number = 1, tonumber(ARGV[2]) do redis.call('XADD', 'cf:{0}:audit', '*', "
                  "'event', 'noted', 'number', ARGV[1] * 1000 + number) end",
                  "0", std::to_string(round), std::to_string(count)});
  }
  fs::path directory() const { return fleet_.directory() / "audit"; }
  // The one segment, or two around a month's end: the last.
  fs::path segment() const {
    fs::path last;
    for (const auto& entry : fs::directory_iterator(directory())) {
      if (entry.path().extension() == ".jsonl" && entry.path() > last) {
        last = entry.path();
      }
    }
    return last;
  }
  std::vector<boost::json::object> shown(std::vector<std::string> words) {
    words.insert(words.begin(), {"audit", "show", "-o", "json"});
    const Output output = fleet_.cli(words);
    EXPECT_EQ(output.status, 0) << output.errors;
    std::vector<boost::json::object> lines;
    std::istringstream text(output.text);
    for (std::string line; std::getline(text, line);) {
      lines.push_back(boost::json::parse(line).as_object());
    }
    return lines;
  }
  std::vector<std::string> events_of(const std::vector<boost::json::object>& lines) {
    std::vector<std::string> events;
    for (const auto& line : lines) {
      events.emplace_back(line.at("event").as_string());
    }
    return events;
  }

  Fleet fleet_;
};

TEST_F(AuditTrail, HasNoGapAndNothingTwiceHoweverOftenItsSchedulerIsKilled) {
  fleet_.start_redis();
  fleet_.start_sandbox();
  std::mt19937 dice(std::random_device{}());  // when it dies is chance anyway
  for (int round = 1; round <= rounds; ++round) {
    note(round, entries_a_round);
    fleet_.start_scheduler();
    const long left = std::uniform_int_distribution<long>(0, entries_a_round - 1)(dice);
    ASSERT_TRUE(eventually(30s, [&] { return waiting() <= left; }, 1ms)) << fleet_.logs();
    fleet_.stop("scheduler", SIGKILL);
    // What a kill in the midst of a line leaves.
    if (round % 3 == 0) {
      std::ofstream(segment(), std::ios::app) << "{\"seq\":";
    }
  }
  fleet_.start_scheduler();
  ASSERT_TRUE(wait_until_drained()) << fleet_.logs();
  const Output verified = fleet_.cli({"audit", "verify"});
  EXPECT_EQ(verified.status, 0) << verified.text << verified.errors;
  const auto lines = shown({"--event", "noted"});
  ASSERT_EQ(lines.size(), static_cast<std::size_t>(rounds * entries_a_round));
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const auto round = static_cast<int>(at) / entries_a_round + 1;
    const auto number = static_cast<int>(at) % entries_a_round + 1;
    ASSERT_EQ(lines[at].at("fields").at("number").as_string(),
              std::to_string(round * 1000 + number));
  }
}

TEST_F(AuditTrail, AnswersWhoseDataWasTouchedAndHoldsNone) {
  fleet_.start_all_but_workers();
  fleet_.start_worker("worker");
  fleet_.add_members(2, 5);
  ASSERT_TRUE(fleet_.wait_until_synced(2, 60s)) << fleet_.logs();
  ASSERT_TRUE(wait_until_drained());
  const auto all = shown({});
  const std::string member(all.at(0).at("fields").at("member").as_string());
  const auto of_member = shown({"--member", member});
  EXPECT_EQ(events_of(of_member),
            (std::vector<std::string>{"consent_given", "tokens_issued", "job_ended"}));
  const auto& ended = of_member.back().at("fields").as_object();
  EXPECT_EQ(ended.at("outcome").as_string(), "done");
  EXPECT_EQ(ended.at("pages").as_string(), "3");
  const std::string worker(ended.at("worker").as_string());
  EXPECT_EQ(shown({"--worker", worker}).size(), 4U);
  const std::string key(of_member[1].at("fields").at("key").as_string());
  EXPECT_NE(key, "");
  EXPECT_EQ(shown({"--key", key}).size(), 4U);
  EXPECT_EQ(shown({"--since", "2099-01-01"}).size(), 0U);
  EXPECT_EQ(shown({"--until", "2020-01-01"}).size(), 0U);
  const Output mistyped = fleet_.cli({"audit", "show", "--event", "job_end"});
  EXPECT_EQ(mistyped.text, "");
  EXPECT_THAT(mistyped.errors, HasSubstr("no event job_end, but"));
  EXPECT_THAT(mistyped.errors, HasSubstr(" job_ended"));

  const Output table = fleet_.cli({"audit", "show", "--member", member});
  EXPECT_THAT(table.text, HasSubstr("Z  job_ended            member=" + member));
  EXPECT_THAT(fleet_.metrics("scheduler"), HasSubstr("claimferry_audit_records_total 6"));
  const std::string text = read_file(segment());
  for (const char* secret : {"http", "Bearer", "Patient"}) {
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  }
}

TEST_F(AuditTrail, RefusesBadWordsClearly) {
  fleet_.start_redis();
  fleet_.start_sandbox();
  const std::pair<std::vector<std::string>, std::string> wrong[] = {
      {{"--member", "M 1"}, "--member takes a member id"},
      {{"--since", "yesterday"}, "--since takes a day such as"},
      {{"--since", "2026-11-02", "--until", "2026-11-01"}, "--until takes a moment behind"},
  };
  for (const auto& [words, text] : wrong) {
    std::vector<std::string> line{"audit", "show"};
    line.insert(line.end(), words.begin(), words.end());
    const Output output = fleet_.cli(line);
    EXPECT_EQ(output.status, 2);
    EXPECT_THAT(output.errors, HasSubstr(text));
  }
  EXPECT_THAT(fleet_.cli({"audit", "show"}).errors, HasSubstr("there is no audit at"));
}

TEST_F(AuditTrail, TellsOfAChangedLineAndOfAnEndThatOnlyRedisKnows) {
  fleet_.start_redis();
  fleet_.start_sandbox();
  note(1, 5);
  fleet_.start_scheduler();
  ASSERT_TRUE(wait_until_drained());
  fleet_.stop("scheduler", SIGTERM);
  const std::string whole = read_file(segment());
  std::string changed = whole;
  // In quotes: the digits alone may stand in a hash.
  changed.replace(changed.find("\"1003\""), 6, "\"1009\"");
  write_file(segment(), changed);
  const Output found = fleet_.cli({"audit", "verify"});
  EXPECT_EQ(found.status, 1);
  EXPECT_THAT(found.text, HasSubstr(segment().filename().string() + ":3: was changed"));

  const auto last_line = whole.rfind('\n', whole.size() - 2) + 1;
  write_file(segment(), whole.substr(0, last_line));
  const Output cut = fleet_.cli({"audit", "verify", "-o", "json"});
  EXPECT_EQ(cut.status, 1);
  EXPECT_THAT(cut.text, HasSubstr("Redis remembers line 5"));
  fleet_.stop("redis", SIGKILL);
  const Output alone = fleet_.cli({"audit", "verify"});
  EXPECT_EQ(alone.status, 0);
  EXPECT_THAT(alone.text, HasSubstr("not compared with Redis"));
}

TEST_F(AuditTrail, ADiskThatHangsHoldsUpNeitherTheSchedulerNorItsEnd) {
  fleet_.start_redis();
  fleet_.start_sandbox();
  note(1, 5);
  fs::create_directory(directory());
  const fs::path file = directory() / "audit-2001-01.jsonl";
  write_file(file, "");
  // Whoever opens it waits until its holder gives it up, most of a minute.
  std::signal(SIGIO, SIG_IGN);
  const int held = open(file.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(fcntl(held, F_SETLEASE, F_WRLCK), 0);
  fleet_.start_scheduler();
  const auto until = [this] {
    const std::string said = fleet_.redis({"HGET", "cf:{0}:leader", "until"});
    return said == "\n" ? 0 : std::stoll(said);
  };
  ASSERT_TRUE(eventually(10s, [&] { return until() > 0; })) << fleet_.logs();
  const auto before = until();
  EXPECT_TRUE(eventually(10s, [&] { return until() > before; })) << fleet_.logs();
  EXPECT_EQ(waiting(), 5);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(fleet_.stop("scheduler", SIGTERM), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
  close(held);
}

TEST_F(AuditTrail, IsNotDrainedIntoADirectoryThatRedisDoesNotKnow) {
  fleet_.start_redis();
  fleet_.start_sandbox();
  note(1, 5);
  fleet_.start_scheduler();
  ASSERT_TRUE(wait_until_drained());
  fleet_.stop("scheduler", SIGTERM);
  fs::rename(directory(), fleet_.directory() / "elsewhere");
  note(2, 3);
  fleet_.start_scheduler();
  ASSERT_TRUE(eventually(30s, [this] {
    return fleet_.process("scheduler").log_text().find("audit_head_unknown") != std::string::npos;
  })) << fleet_.logs();
  EXPECT_EQ(waiting(), 3);
  EXPECT_EQ(fleet_.admin("scheduler", "/readyz").status, 200);
  fs::remove_all(directory());
  fs::rename(fleet_.directory() / "elsewhere", directory());
  ASSERT_TRUE(wait_until_drained()) << fleet_.logs();
  EXPECT_THAT(fleet_.process("scheduler").log_text(), HasSubstr("audit_trouble_over"));
  EXPECT_EQ(shown({"--event", "noted"}).size(), 8U);
  EXPECT_EQ(fleet_.cli({"audit", "verify"}).status, 0);
}

}  // namespace
}  // namespace claimferry::integration
