// Operators at a real fleet: the functions that the scheduler loads, the same verbs of the command
// line, and two schedulers of which one leads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string root = "cf:{0}";

std::string call(Fleet& fleet, std::vector<std::string> words) {
  words.insert(words.begin() + 1, {"1", root});
  words.insert(words.begin(), "FCALL");
  return fleet.redis(words);
}

bool functions_are_there(Fleet& fleet, std::chrono::milliseconds at_most = 20s) {
  return eventually(
      at_most, [&] { return call(fleet, {"cf_version"}).find("library") != std::string::npos; });
}

std::string leader(Fleet& fleet) {
  return fleet.redis({"HGET", root + ":leader", "holder"});
}

TEST(Console, IsLoadedByTheSchedulerAndAgainWhenRedisLostIt) {
  Fleet fleet;
  fleet.start_all_but_workers();
  ASSERT_TRUE(functions_are_there(fleet)) << fleet.logs();
  EXPECT_EQ(fleet.redis({"FUNCTION", "FLUSH"}), "OK\n");
  EXPECT_TRUE(functions_are_there(fleet)) << fleet.logs();
}

// The kernel drops what a process 1 has no handler for: a Job's pod would hang until it is killed.
TEST(Console, AsAContainersOnlyProcessTheCommandLineEndsBySigterm) {
  const std::vector<std::string> alone{"unshare", "-Upf", "--map-root-user"};
  if (std::vector<std::string> probe = alone; probe.emplace_back("true"), run(probe).status != 0) {
    GTEST_SKIP() << "no process namespace of our own here";
  }
  Fleet fleet;
  fleet.start_redis();
  fleet.start_sandbox();
  const std::string pipe = (fleet.directory() / "pipe").string();
  std::string words = "mkfifo " + pipe + "; exec 0<>" + pipe + "; exec";
  for (const std::string& word : alone) {
    words += " " + word;
  }
  words += " " + binary("claimferry") + " --config " + fleet.config_file() +
           " member add M1 --payer aetna-sandbox --patient 1 --refresh-token-file -";
  Streams streams;
  streams.out = fleet.directory() / "cli.out";
  streams.errors = fleet.directory() / "cli.err";
  Process waiting("cli", {"sh", "-c", words}, streams);
  const std::string children = "/proc/" + std::to_string(waiting.pid()) + "/task/" +
                               std::to_string(waiting.pid()) + "/children";
  EXPECT_TRUE(eventually(20s, [&] {
    const std::string child = read_file(children);
    if (!child.empty()) {
      ::kill(std::stoi(child), SIGTERM);
    }
    return !waiting.running();
  }));
  EXPECT_EQ(waiting.wait(5s), 128 + SIGTERM) << read_file(streams.errors);
}

TEST(Console, TheSetUpIsToldInJsonToo) {
  Fleet fleet;
  fleet.start_redis();
  fleet.start_sandbox();
  EXPECT_THAT(fleet.cli({"-o", "json", "version"}).text, StartsWith("{\"version\":"));
  EXPECT_EQ(fleet.cli({"-o", "json", "config", "check"}).text, "[]\n");
  const Output wrong = fleet.cli({"-o", "json", "--set", "worker.slotz=1", "config", "check"});
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.text, HasSubstr("did you mean worker.slots?"));
  const std::string shown = fleet.cli({"-o", "json", "config", "show"}).text;
  EXPECT_THAT(shown, HasSubstr("\"heartbeat\" : \"500ms\""));
  EXPECT_THAT(shown, HasSubstr("\"aetna-sandbox\""));
}

TEST(Console, OutputThatIsLostIsNoSuccess) {
  Fleet fleet;
  fleet.start_redis();
  fleet.start_sandbox();
  fleet.add_members(1, 0);
  const std::string list =
      binary("claimferry") + " --config " + fleet.config_file() + " member list";
  EXPECT_EQ(run({"sh", "-c", list + " >/dev/null"}).status, 0);
  const Output lost = run({"sh", "-c", list + " >/dev/full"});
  EXPECT_EQ(lost.status, 1);
  EXPECT_THAT(lost.errors, HasSubstr("took not all of it"));
}

TEST(Console, FunctionsAreLoadedBeforeAnybodyLeads) {
  Fleet fleet;
  fleet.start_redis();
  fleet.start_sandbox();
  const Output loaded = fleet.cli({"functions", "load"});
  EXPECT_EQ(loaded.status, 0) << loaded.errors;
  EXPECT_THAT(loaded.text, HasSubstr("of the functions is loaded"));
  EXPECT_THAT(call(fleet, {"cf_version"}), HasSubstr("library"));
  EXPECT_THAT(fleet.cli({"functions", "load"}).text, HasSubstr("is there already"));
  fleet.redis({"HSET", root + ":meta", "library", "999"});
  EXPECT_THAT(fleet.cli({"-o", "json", "functions", "load"}).text, HasSubstr("newer_there"));
  fleet.stop("redis", SIGKILL);
  EXPECT_EQ(fleet.cli({"functions", "load"}).status, 3);
}

TEST(Console, HasTheVerbsOfTheCommandLine) {
  Fleet fleet;
  fleet.start_all_but_workers();
  ASSERT_TRUE(functions_are_there(fleet)) << fleet.logs();
  fleet.add_members(2, 5);
  const std::string member = fleet.cli({"member", "list"}).text.substr(0, 9);
  const std::string id = member.substr(0, member.find('\n'));

  const Output why = fleet.cli({"why", id});
  EXPECT_EQ(why.status, 0) << why.errors;
  EXPECT_THAT(why.text, HasSubstr("waits for a worker"));
  const Output explained = fleet.cli({"pause", "lane:urgent", "--for", "1h", "--explain"});
  EXPECT_EQ(explained.text, "redis-cli -e FCALL cf_pause 1 'cf:{0}' lane:urgent for=1h\n");
  EXPECT_EQ(fleet.cli({"quota", "aetna", "--rps", "0.5", "--for", "2h", "--explain"}).text,
            "redis-cli -e FCALL cf_quota 1 'cf:{0}' aetna rps=0.5 for=2h\n");
  EXPECT_EQ(fleet.cli({"share", "aetna", "--backfill", "0.1", "--dry-run", "--explain"}).text,
            "redis-cli -e FCALL cf_share 1 'cf:{0}' aetna backfill=0.1 dry=1\n");
  EXPECT_THAT(fleet.cli({"quota", "atena"}).errors, HasSubstr("no payer \"atena\""));
  EXPECT_THAT(fleet.cli({"pause", "lane:urgent", "--for", "1h"}).text,
              StartsWith("OK lane:urgent"));
  EXPECT_THAT(fleet.cli({"why", id}).text, HasSubstr("lane:urgent is paused"));
  fleet.start_worker("worker");

  const Output wrong = fleet.cli({"resume", "lane:urgend"});
  EXPECT_EQ(wrong.status, 4);
  EXPECT_THAT(wrong.errors, HasSubstr("lane:urgent"));
  const Output batch = fleet.cli({"backfill", "many", "--from", "-"}, id + "\r\nnobody\n");
  EXPECT_EQ(batch.status, 4);
  EXPECT_THAT(batch.errors, HasSubstr("nothing was queued"));
  EXPECT_THAT(fleet.cli({"backfill", "many", "--from", "-"}, id + "\r\n").text, StartsWith("OK "));
  EXPECT_THAT(fleet.cli({"backfill", "list", "-o", "json"}).text, StartsWith("[{\"batch\":"));
  EXPECT_EQ(fleet.members_synced(), 0);
  EXPECT_THAT(fleet.cli({"resume", "lane:urgent"}).text, StartsWith("OK"));
  EXPECT_TRUE(fleet.wait_until_synced(2, 60s)) << fleet.logs();
}

TEST(Console, ACancelReachesARunningJobByTheNextHeartbeat) {
  FleetOptions options;
  options.worker = "shards = 1\nslots = 1\nrequests_in_flight_max = 1\ndrain = \"5s\"\n";
  Fleet fleet(options);
  fleet.start_all_but_workers();
  ASSERT_TRUE(functions_are_there(fleet)) << fleet.logs();
  fleet.set_faults(R"({"latency_ms":{"min":400,"max":400}})");
  fleet.start_worker("worker");
  fleet.add_members(1, 400);
  ASSERT_TRUE(fleet.wait_for_jobs("running", 1)) << fleet.logs();
  const std::string job = fleet.redis({"ZRANGE", root + ":running", "0", "0"});
  EXPECT_THAT(call(fleet, {"cf_cancel", "job=" + job.substr(0, job.find('\n'))}),
              StartsWith("ACCEPTED"));
  EXPECT_TRUE(fleet.wait_for_jobs("running", 0)) << fleet.logs();
  ASSERT_TRUE(fleet.wait_for_jobs("done", 1)) << fleet.logs();
  EXPECT_EQ(fleet.jobs("done").at(0)["outcome"], "cancelled");
}

TEST(Console, EveryVerbOfBothWorldsExplainsItself) {
  Fleet fleet;
  for (const auto& [words, line] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"status"}, "cf_status 1 'cf:{0}'"},
           {{"member", "show", "M1"}, "cf_member 1 'cf:{0}' M1"},
           {{"backfill", "add", "M1", "--since", "2023-01-01"},
            "cf_backfill 1 'cf:{0}' M1 since=2023-01-01"}}) {
    std::vector<std::string> asked = words;
    asked.emplace_back("--explain");
    EXPECT_EQ(fleet.cli(asked).text, "redis-cli -e FCALL " + line + "\n");
  }
}

TEST(Console, ABatchIsWatchedToItsEndAndByWhoeverComesLater) {
  Fleet fleet;
  fleet.start_all_but_workers();
  ASSERT_TRUE(functions_are_there(fleet)) << fleet.logs();
  fleet.add_members(3, 5);
  const std::string ids = fleet.cli({"member", "list"}).text;
  const Output batch = fleet.cli({"backfill", "many", "--from", "-"}, ids);
  ASSERT_THAT(batch.text, StartsWith("OK "));
  const std::string id = batch.text.substr(3, batch.text.find_first_of(" \n", 3) - 3);
  // No worker is there yet: whoever watches is left waiting, and leaves.
  const std::string seen = fleet.directory() / "watch.seen";
  const std::string pid = fleet.directory() / "watch.pid";
  const Output left =
      run({"env", "TERM=xterm", "script", "-qefc",
           "(until grep -qs 'backfill .*ETA' " + seen + "; do sleep 0.05; done; kill -INT $(cat " +
               pid + ")) & sh -c 'echo $$ > " + pid + "; exec " + binary("claimferry") +
               " --config " + fleet.config_file() + " backfill watch " + id + "'; echo status $?",
           seen});
  EXPECT_THAT(left.text, HasSubstr("0 %, ETA"));
  EXPECT_THAT(left.text, HasSubstr("the batch goes on unwatched"));
  EXPECT_THAT(left.text, HasSubstr("status 0"));
  fleet.start_worker("worker");
  const Output watched = fleet.cli({"backfill", "watch", id});
  EXPECT_EQ(watched.status, 0) << watched.errors;
  EXPECT_EQ(watched.text, "finished: 3 of 3 members, 0 dead\n");
  EXPECT_EQ(fleet.cli({"backfill", "watch", "0123456789ab"}).status, 4);
}

TEST(Console, AnotherSchedulerLeadsWhenTheLeaderIsGone) {
  FleetOptions options;
  options.queue = "lease = \"3s\"\nheartbeat = \"500ms\"\n";
  Fleet fleet(options);
  fleet.start_all_but_workers();
  ASSERT_TRUE(functions_are_there(fleet)) << fleet.logs();
  fleet.start_scheduler("scheduler2");
  const std::string first = leader(fleet);
  EXPECT_EQ(fleet.stop("scheduler", SIGKILL), 128 + SIGKILL);
  EXPECT_TRUE(eventually(20s, [&] { return leader(fleet) != first; })) << fleet.logs();
  const std::string second = leader(fleet);
  fleet.start_scheduler("scheduler3");
  // Told to end, it gives the lead back at once.
  EXPECT_EQ(fleet.stop("scheduler2", SIGTERM), 0);
  EXPECT_TRUE(eventually(20s, [&] { return leader(fleet) != second; })) << fleet.logs();
  fleet.start_worker("worker");
  fleet.add_members(2, 5);
  EXPECT_TRUE(fleet.wait_until_synced(2, 60s)) << fleet.logs();
}

}  // namespace
}  // namespace claimferry::integration
