// A member leaves a real fleet: its requests stop, and then no file of ours holds anything of it.
#include <csignal>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

using testing::HasSubstr;

const std::string id_of_member = "M000001";
// Shorter ones stand in a time or a count by chance.
constexpr std::size_t word_bytes_min = 7;

bool functions_are_there(Fleet& fleet) {
  return eventually(20s, [&] {
    return fleet.redis({"FCALL", "cf_version", "0"}).find("library") != std::string::npos;
  });
}

Output erase(Fleet& fleet) {
  return fleet.cli({"erase", id_of_member, "--confirm", id_of_member, "--by", "ada", "--reason",
                    "left the plan", "--wait"});
}

// Names, ids and amounts of the one member that there is, and its sealed tokens.
std::set<std::string> canaries_of(Fleet& fleet) {
  std::string text;
  const std::string patients = " FROM resource_version WHERE resource_type = 'Patient'";
  for (const char* path : {"$.name[0].family", "$.birthDate", "$.identifier[0].value", "$.id"}) {
    text += fleet.query("SELECT json_extract(CAST(raw AS TEXT), '" + std::string(path) + "')" +
                        patients);
  }
  text += fleet.query("SELECT DISTINCT provider_display FROM claim");
  text += fleet.query("SELECT eob_id FROM claim");
  text += fleet.query("SELECT submitted FROM claim UNION SELECT paid FROM claim_line");
  text += fleet.query("SELECT content_hash FROM resource_version");
  for (const char* field : {"refresh_token", "access_token", "patient"}) {
    text += fleet.redis({"HGET", "cf-tok:{0}:" + id_of_member, field});
  }
  std::set<std::string> words;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.size() >= word_bytes_min) {
      words.insert(line);
    }
  }
  return words;
}

// So that the append-only file holds what Redis holds, and in the clear.
void rewrite_append_only_file(Fleet& fleet) {
  fleet.redis({"CONFIG", "SET", "aof-use-rdb-preamble", "no"});
  const auto rewrites = [&] {
    return fleet.redis({"INFO", "persistence"}).find("aof_rewrite_in_progress:1") !=
           std::string::npos;
  };
  fleet.redis({"BGREWRITEAOF"});
  ASSERT_TRUE(eventually(30s, [&] {
    const std::string info = fleet.redis({"INFO", "persistence"});
    return !rewrites() && info.find("aof_rewrite_scheduled:1") == std::string::npos;
  }));
}

// The sandbox stands for the payer: what it keeps is not ours.
void expect_in_no_file(Fleet& fleet, const std::set<std::string>& words) {
  unsigned files = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(fleet.directory())) {
    const std::string name = file.path().filename().string();
    if (!file.is_regular_file() || name.starts_with("sandbox")) {
      continue;
    }
    ++files;
    const std::string text = read_file(file.path());
    for (const std::string& word : words) {
      EXPECT_EQ(text.find(word), std::string::npos) << name << " holds " << word;
    }
  }
  EXPECT_GT(files, 5U);
}

// The heartbeat is far longer than what a person is promised.
// No worker is there to erase the sink: whoever waits is left waiting, and leaves.
TEST(Erasure, GoesOnWhereWhoWaitedForItLeaves) {
  Fleet fleet;
  fleet.start_all_but_workers();
  ASSERT_TRUE(functions_are_there(fleet));
  fleet.add_members(1, 1);
  Streams streams;
  streams.out = fleet.directory() / "erase.out";
  streams.errors = fleet.directory() / "erase.err";
  Process waits("erase",
                {binary("claimferry"), "--config", fleet.config_file(), "erase", id_of_member,
                 "--confirm", id_of_member, "--wait"},
                streams);
  ASSERT_TRUE(eventually(
      20s, [&] { return read_file(streams.errors).find("ACCEPTED") != std::string::npos; }));
  waits.signal(SIGTERM);
  EXPECT_EQ(waits.wait(20s), 1);
  EXPECT_THAT(read_file(streams.errors), HasSubstr("goes on unwatched: claimferry member show"));
  fleet.start_worker("worker");
  EXPECT_EQ(erase(fleet).status, 0);
}

TEST(Erasure, StopsALongPullWithinTenSecondsAndNoFileHoldsAnythingAfterwards) {
  FleetOptions options;
  options.queue = "lease = \"2m\"\nheartbeat = \"50s\"\n";
  options.worker = "shards = 1\nslots = 1\nrequests_in_flight_max = 1\ndrain = \"5s\"\n";
  options.log_level = "debug";
  Fleet fleet(options);
  fleet.start_all_but_workers();
  ASSERT_TRUE(functions_are_there(fleet)) << fleet.logs();
  fleet.set_faults(R"({"latency_ms":{"min":300,"max":300}})");
  fleet.start_worker("worker");
  fleet.add_members(1, 3'000);
  ASSERT_TRUE(eventually(60s, [&] {
    return std::filesystem::exists(fleet.sink()) && fleet.query("SELECT count(*) FROM claim") > "1";
  })) << fleet.logs();
  const auto canaries = canaries_of(fleet);
  ASSERT_GT(canaries.size(), 60U);

  const auto asked = std::chrono::steady_clock::now();
  const Output erased = erase(fleet);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 10s);
  const long requests = fleet.violation("requests");
  ASSERT_EQ(erased.status, 0) << erased.errors;
  EXPECT_THAT(erased.errors, HasSubstr("ACCEPTED "));
  EXPECT_THAT(erased.text, HasSubstr("state    erased"));

  EXPECT_EQ(fleet.redis({"EXISTS", "cf-tok:{0}:" + id_of_member}), "0\n");
  EXPECT_EQ(fleet.query("SELECT member FROM tombstone"), id_of_member + "\n");
  rewrite_append_only_file(fleet);
  expect_in_no_file(fleet, canaries);
  EXPECT_THAT(fleet.metrics("scheduler"), HasSubstr("claimferry_erasures_total 1"));
  EXPECT_THAT(fleet.metrics("scheduler"), HasSubstr("claimferry_erasures_overdue 0"));
  EXPECT_THAT(fleet.cli({"member", "show", id_of_member}).text, HasSubstr("erased"));
  EXPECT_EQ(fleet.cli({"fsck"}).status, 0);
  EXPECT_EQ(fleet.violation("requests"), requests);
}

// Stopped with a page in its hand, and going on when the member is gone.
TEST(Erasure, AWorkerThatStoodStillBringsNothingBack) {
  FleetOptions options;
  options.worker = "shards = 1\nslots = 1\nrequests_in_flight_max = 1\ndrain = \"5s\"\n";
  Fleet fleet(options);
  fleet.start_all_but_workers();
  ASSERT_TRUE(functions_are_there(fleet)) << fleet.logs();
  fleet.set_faults(R"({"latency_ms":{"min":200,"max":200}})");
  fleet.start_worker("worker");
  fleet.add_members(1, 2'000);
  ASSERT_TRUE(eventually(60s, [&] {
    return std::filesystem::exists(fleet.sink()) && fleet.query("SELECT count(*) FROM claim") > "1";
  })) << fleet.logs();
  fleet.pause_between_writes("worker");
  fleet.start_worker("worker2");
  const Output erased = erase(fleet);
  ASSERT_EQ(erased.status, 0) << erased.errors << fleet.logs();

  fleet.process("worker").signal(SIGCONT);
  EXPECT_TRUE(eventually(30s, [&] {
    return fleet.metrics("worker").find("claimferry_leases_lost_total 1") != std::string::npos;
  })) << fleet.logs();
  EXPECT_EQ(fleet.query("SELECT count(*) FROM resource_version"), "0\n");
  EXPECT_EQ(fleet.query("SELECT count(*) FROM claim"), "0\n");
  EXPECT_EQ(fleet.query("SELECT count(*) FROM quarantine"), "0\n");
  EXPECT_EQ(fleet.redis({"EXISTS", "cf-tok:{0}:" + id_of_member}), "0\n");
  EXPECT_EQ(fleet.redis({"HGET", "cf:{0}:member:" + id_of_member, "state"}), "erased\n");
}

// What is wrong with the payer, or paused, is no reason to keep somebody's data.
TEST(Erasure, GoesOnWhileThePayerIsPausedAndAway) {
  Fleet fleet;
  fleet.start_all_but_workers();
  ASSERT_TRUE(functions_are_there(fleet)) << fleet.logs();
  fleet.start_worker("worker");
  fleet.add_members(2, 10);
  ASSERT_TRUE(fleet.wait_until_synced(2, 60s)) << fleet.logs();
  fleet.stop("sandbox", SIGKILL);
  EXPECT_EQ(fleet.cli({"pause", "payer:aetna-sandbox"}).status, 0);
  EXPECT_EQ(fleet.cli({"erase", id_of_member}).status, 4);  // not confirmed
  const Output erased = erase(fleet);
  ASSERT_EQ(erased.status, 0) << erased.errors << fleet.logs();
  EXPECT_EQ(fleet.query("SELECT DISTINCT member FROM claim"), "M000002\n");
  EXPECT_EQ(fleet.query("SELECT count(*) FROM claim WHERE member = 'M000002'"), "10\n");
}

}  // namespace
}  // namespace claimferry::integration
