// A Redis that moves while members are synced: the master killed behind its sentinels, the root's
// slot handed from node to node of a cluster. Judged by the sandbox's ledger.
#include <algorithm>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"
#include "tests/integration/redis_servers.hpp"

namespace claimferry::integration {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr unsigned members = 12;
constexpr unsigned eobs = 240;  // a dozen pages each: beyond the two seconds of a failover
constexpr const char* slow_pages = R"({"latency_ms":{"min":200,"max":250}})";

FleetOptions with_a_slot_for_each() {
  FleetOptions options;
  options.worker = "shards = 2\nslots = 12\nrequests_in_flight_max = 12\ndrain = \"5s\"\n";
  return options;
}

// Every member under way and past the token's refresh.
bool wait_for_cursors(Fleet& fleet, std::size_t count) {
  return eventually(30s, [&] {
    const auto running = fleet.jobs("running");
    return running.size() >= count && std::ranges::all_of(running, [](const JobFields& job) {
             return job.contains("cursor");
           });
  });
}

void expect_clean(Fleet& fleet) {
  EXPECT_EQ(fleet.verdict(), "");
  EXPECT_EQ(fleet.violation("refresh_reused"), 0);
  const Output checked = fleet.cli({"fsck"});
  EXPECT_EQ(checked.status, 0) << checked.text << checked.errors;
}

std::string host_of(std::uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

// Scripts are called there; what is replicated is no call of a script.
bool work_arrives(RedisServers& servers, std::uint16_t port) {
  return eventually(6s, [&] {
    return servers.ask(port, {"INFO", "commandstats"}).find("cmdstat_evalsha:") !=
           std::string::npos;
  });
}

class BehindSentinels : public testing::Test {
 protected:
  BehindSentinels() {
    master_ = servers_.start("master");
    replica_ = servers_.start("replica", {"--replicaof", "127.0.0.1 " + std::to_string(master_)});
    sentinels_ = servers_.start_sentinels(master_);
    write_file(servers_.file("sentinel.password"),
               std::string(RedisServers::sentinel_password) + "\n");
  }
  std::string table() const {
    std::string list;
    for (const std::uint16_t port : sentinels_) {
      list += (list.empty() ? "\"" : ", \"") + host_of(port) + "\"";
    }
    return "sentinels = [" + list +
           "]\nsentinel_master = \"claimferry\"\nsentinel_password_file = \"" +
           servers_.file("sentinel.password") + "\"\n";
  }

  RedisServers servers_;
  std::uint16_t master_ = 0;
  std::uint16_t replica_ = 0;
  std::vector<std::uint16_t> sentinels_;
};

TEST_F(BehindSentinels, AKilledMastersWorkGoesOnAtItsReplica) {
  std::uint16_t serves = master_;
  auto options = with_a_slot_for_each();
  options.redis = table();
  options.redis_cli = [&serves]() -> std::vector<std::string> {
    return {"redis-cli", "-p", std::to_string(serves)};
  };
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.set_faults(slow_pages);
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(wait_for_cursors(fleet, members)) << fleet.logs();
  servers_.kill("master");
  serves = replica_;
  ASSERT_TRUE(eventually(20s, [&] {
    return servers_.ask(replica_, {"ROLE"}).starts_with("master");
  })) << servers_.logs();
  EXPECT_LT(fleet.members_synced(), static_cast<long>(members)) << "the load was over";
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs() << servers_.logs();
  expect_clean(fleet);
  // Hints are heard there, too: worker (two shards), and whoever else listens.
  EXPECT_TRUE(eventually(20s, [&] {
    return servers_.ask(replica_, {"PUBSUB", "NUMSUB", "cf:{0}:quota"}) != "cf:{0}:quota\n0\n";
  }));
  EXPECT_EQ(fleet.stop("worker", SIGTERM), 0);
  EXPECT_EQ(fleet.stop("scheduler", SIGTERM), 0);
}

TEST_F(BehindSentinels, AMasterThatWasReplacedIsLeftThoughItStillAnswers) {
  std::uint16_t serves = master_;
  auto options = with_a_slot_for_each();
  options.redis = table();
  options.redis_cli = [&serves]() -> std::vector<std::string> {
    return {"redis-cli", "-p", std::to_string(serves)};
  };
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.set_faults(slow_pages);
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(wait_for_cursors(fleet, members)) << fleet.logs();
  EXPECT_THAT(run({"redis-cli", "--no-auth-warning", "-a", RedisServers::sentinel_password, "-p",
                   std::to_string(sentinels_.front()), "SENTINEL", "FAILOVER", "claimferry"})
                  .text,
              StartsWith("OK"));
  serves = replica_;
  // The old one serves on for some seconds: nobody told it yet.
  ASSERT_TRUE(eventually(20s, [&] {
    return servers_.ask(replica_, {"ROLE"}).starts_with("master");
  })) << servers_.logs();
  EXPECT_LT(fleet.members_synced(), static_cast<long>(members)) << "the load was over";
  EXPECT_TRUE(work_arrives(servers_, replica_)) << "nobody looked who the master is";
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs() << servers_.logs();
  expect_clean(fleet);
}

TEST_F(BehindSentinels, SaysWhatTheSentinelsRefuse) {
  FleetOptions options;
  options.redis = table();
  Fleet fleet(options);
  fleet.start_sandbox();
  EXPECT_EQ(fleet.cli({"member", "list"}).status, 0);
  const Output unknown = fleet.cli({"--set", "redis.sentinel_master=nobody", "member", "list"});
  EXPECT_EQ(unknown.status, 3);
  EXPECT_THAT(unknown.errors,
              AllOf(HasSubstr("knows no master \"nobody\""), HasSubstr("redis.sentinel_master")));
  const Output unnamed = fleet.cli({"--set", "redis.sentinel_password_file=", "member", "list"});
  EXPECT_EQ(unnamed.status, 3);
  EXPECT_THAT(unnamed.errors,
              AllOf(HasSubstr("(NOAUTH)"), HasSubstr("redis.sentinel_password_file")));
}

TEST(OnACluster, ARootMovesFromNodeToNodeUnderLoad) {
  RedisServers servers;
  servers.start_cluster();
  const std::string first = servers.owner();
  std::string nodes;  // none of them serves the root: each link begins with a MOVED
  for (const char* name : {"one", "two", "three"}) {
    if (name != first) {
      nodes += (nodes.empty() ? "" : ",") + host_of(servers.port(name));
    }
  }
  auto options = with_a_slot_for_each();
  options.redis = "url = \"redis://" + nodes + "/0\"\n";
  options.redis_cli = [&servers] { return servers.owners_cli(); };
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.set_faults(R"({"latency_ms":{"min":250,"max":350}})");
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(wait_for_cursors(fleet, members)) << fleet.logs();
  // Handed over, both nodes alive: what was on its way is sent on.
  EXPECT_EQ(servers.ask(servers.port("spare"), {"CLUSTER", "FAILOVER"}), "OK\n");
  ASSERT_TRUE(eventually(20s, [&] { return servers.owner() == "spare"; })) << servers.logs();
  EXPECT_TRUE(work_arrives(servers, servers.port("spare"))) << "nobody followed";
  EXPECT_LT(fleet.members_synced(), static_cast<long>(members)) << "the load was over";
  ASSERT_TRUE(eventually(20s, [&] {
    return servers.ask(servers.port(first), {"INFO", "replication"})
               .find("master_link_status:up") != std::string::npos;
  }));
  // Killed: the one that served before takes over by the cluster's own vote.
  servers.kill("spare");
  ASSERT_TRUE(eventually(20s, [&] { return servers.owner() == first; })) << servers.logs();
  EXPECT_LT(fleet.members_synced(), static_cast<long>(members)) << "the load was over";
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs() << servers.logs();
  expect_clean(fleet);
  // The operators' functions stand where the root is, and answer any node's caller who follows.
  EXPECT_THAT(run({"redis-cli", "-c", "-p", std::to_string(servers.port("two")), "FCALL",
                   "cf_status", "1", "cf:{0}"})
                  .text,
              HasSubstr("aetna-sandbox"));
  EXPECT_EQ(fleet.stop("worker", SIGTERM), 0);
  EXPECT_EQ(fleet.stop("scheduler", SIGTERM), 0);
}

TEST(OnACluster, ARootMovesFromNodeToNodeOverTls) {
  RedisServers servers;
  servers.make_certificates();
  servers.start_tls_cluster();
  const std::string first = servers.owner();
  auto options = with_a_slot_for_each();
  options.redis = "url = \"rediss://" + host_of(servers.port(first == "one" ? "two" : "one")) +
                  "/0\"\nca_file = \"" + servers.certificate("ca") + "\"\ncert_file = \"" +
                  servers.certificate("client") + "\"\nkey_file = \"" + servers.key("client") +
                  "\"\n";
  options.redis_cli = [&servers] { return servers.owners_cli(); };
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.set_faults(slow_pages);
  fleet.start_worker("worker");
  fleet.add_members(members, eobs / 2);
  ASSERT_TRUE(wait_for_cursors(fleet, members)) << fleet.logs();
  EXPECT_EQ(servers.ask(servers.port("spare"), {"CLUSTER", "FAILOVER"}), "OK\n");
  ASSERT_TRUE(eventually(20s, [&] { return servers.owner() == "spare"; })) << servers.logs();
  EXPECT_TRUE(work_arrives(servers, servers.port("spare"))) << "nobody followed";
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs() << servers.logs();
  expect_clean(fleet);
}

TEST(OnACluster, SeveralNodesThatAreNoClusterAreRefused) {
  RedisServers servers;
  const auto one = servers.start("one");
  const auto two = servers.start("two");
  FleetOptions options;
  options.redis = "url = \"redis://" + host_of(one) + "," + host_of(two) + "\"\n";
  Fleet fleet(options);
  fleet.start_sandbox();
  const Output answer = fleet.cli({"member", "list"});
  EXPECT_EQ(answer.status, 3);
  EXPECT_THAT(answer.errors, HasSubstr("is no node of a Redis Cluster"));
}

}  // namespace
}  // namespace claimferry::integration
