// deploy/redis/users.acl on a real Redis: each user can do its work, and nothing else.
#include "tests/contract/redis_users.hpp"

#include <set>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/audit/adapter/redis_audit_stream.hpp"
#include "common/queue/adapter/data_keys.hpp"
#include "common/queue/adapter/enrolment_store.hpp"
#include "common/queue/adapter/member_directory.hpp"
#include "common/queue/adapter/member_erasure.hpp"
#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::contract {
namespace {

using namespace std::chrono_literals;
using namespace claimferry::queue;
using testing::HasSubstr;
using testing::StartsWith;

const PayerName aetna = *PayerName::parse("aetna");

MemberId member(const std::string& id) {
  return *MemberId::parse(id);
}

class Users : public testing::Test {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_REDIS();
    redis_ = std::make_unique<RedisUsers>();
    admin_ = redis_->as("admin");
    worker_ = redis_->as("worker");
    scheduler_ = redis_->as("scheduler");
    operator_ = redis_->as("operator");
    metrics_ = redis_->as("metrics");
    const auto loaded = say(*scheduler_, {"FUNCTION", "LOAD", function_library()});
    ASSERT_EQ(loaded, "claimferry");
  }

  template <class T>
  T run(awaitable<T> call) {
    return redis_->run(std::move(call));
  }
  std::string say(RedisUsers::User& user, redis::Command words) {
    const auto reply = redis_->command(user, std::move(words));
    if (reply.error() != nullptr) {
      return reply.error()->text;
    }
    return reply.text() == nullptr ? "" : *reply.text();
  }
  std::string fcall(RedisUsers::User& user, std::vector<std::string> words) {
    redis::Command line{"FCALL", "cf_" + words.front(), "1", "cf:{0}"};
    line.insert(line.end(), words.begin() + 1, words.end());
    return say(user, std::move(line));
  }
  Term term() {
    const auto led = run(scheduler_->upkeep.lead("s1", 1min, 24h));
    EXPECT_TRUE(led.ok()) << led.failure().detail;
    return {"s1", led.ok() ? led->term : ""};
  }
  JobId add(const std::string& id) {
    const auto added = run(worker_->queue.add_member({member(id), aetna, "patient", "refresh"}));
    EXPECT_TRUE(added.ok()) << added.failure().detail;
    return added->job;
  }
  std::vector<Lease> claim(unsigned count) {
    auto reply = run(worker_->queue.claim({*WorkerId::parse("w1"), count, 30s, {{aetna, 100}}}));
    EXPECT_TRUE(reply.ok()) << reply.failure().detail;
    return reply->leases;
  }
  Result<void> settle(const Lease& lease, Verdict verdict) {
    Settlement settlement;
    settlement.verdict = verdict;
    settlement.code = "code";
    return run(worker_->queue.settle(lease.ref, settlement, {1h, true}));
  }
  void expect_refused(RedisUsers::User& user, const std::vector<redis::Command>& commands) {
    for (const redis::Command& words : commands) {
      EXPECT_THAT(say(user, words), StartsWith("NOPERM")) << testing::PrintToString(words);
    }
  }

  std::unique_ptr<RedisUsers> redis_;
  std::unique_ptr<RedisUsers::User> admin_, worker_, scheduler_, operator_, metrics_;
};

const std::vector<redis::Command> forbidden_to_all = {
    {"DEL", "foreign"},
    {"UNLINK", "cf:{0}:fence"},
    {"FLUSHALL"},
    {"FLUSHDB"},
    {"SWAPDB", "0", "1"},
    {"CONFIG", "GET", "*"},
    {"CONFIG", "SET", "maxmemory", "1"},
    {"CONFIG", "REWRITE"},
    {"KEYS", "*"},
    {"RANDOMKEY"},
    {"SCRIPT", "LOAD", "return 1"},
    {"SCRIPT", "FLUSH"},
    {"FUNCTION", "FLUSH"},
    {"FUNCTION", "DUMP"},
    {"FUNCTION", "RESTORE", "x"},
    {"RENAME", "cf:{0}:dead", "cf:{0}:x"},
    {"COPY", "cf:{0}:dead", "cf:{0}:x"},
    {"RESTORE", "cf:{0}:x", "0", "x"},
    {"DUMP", "cf:{0}:dead"},
    {"MIGRATE", "127.0.0.1", "1", "cf:{0}:dead", "0", "1"},
    {"MOVE", "cf:{0}:dead", "1"},
    {"SORT", "cf:{0}:dead"},
    {"EXPIRE", "cf:{0}:dead", "1"},
    {"DEBUG", "SLEEP", "0"},
    {"SHUTDOWN", "NOSAVE"},
    {"SAVE"},
    {"BGSAVE"},
    {"BGREWRITEAOF"},
    {"REPLICAOF", "NO", "ONE"},
    {"MODULE", "LIST"},
    {"ACL", "LIST"},
    {"ACL", "SETUSER", "x"},
    {"CLIENT", "KILL", "ID", "1"},
    {"CLIENT", "PAUSE", "1"},
    {"MONITOR"},
    {"SLOWLOG", "GET"},
    {"LATENCY", "RESET"},
    {"SUBSCRIBE", "x"},
    {"PUBLISH", "x", "y"},
    {"GET", "foreign"},
    {"SET", "foreign", "1"},
    {"XADD", "foreign", "*", "a", "b"},
    {"HSET", "cf:1", "a", "b"},
};
const std::vector<redis::Command> tokens = {
    {"HGETALL", "cf-tok:{0}:M1"},
    {"HGET", "cf-tok:{0}:M1", "refresh_token"},
    {"HSET", "cf-tok:{0}:M1", "version", "9"},
    {"DEL", "cf-tok:{0}:M1"},
    {"TYPE", "cf-tok:{0}:M1"},
};

TEST_F(Users, AsShippedNobodyGetsIn) {
  const std::string file = tree_file("deploy/redis/users.acl");
  std::istringstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.empty() || line.find(" off") != std::string::npos) << line;
    EXPECT_EQ(line.find("nopass"), std::string::npos);
  }
  redis::Endpoint nobody = redis::Endpoint::parse("unix://" + redis_->socket()).value();
  SeededRandom random(1);
  boost::asio::io_context io;
  RedisUsers::User stranger(io, nobody, random);
  const auto answer = contract::run(io, stranger.client.command({"PING"}));
  EXPECT_FALSE(answer.ok());
}

// Redis reads its log back as the user default, whose rights are asked for what scripts wrote.
TEST_F(Users, WhatScriptsWroteOutlivesARestart) {
  add("M1");
  redis_->restart();
  worker_ = redis_->as("worker");
  EXPECT_EQ(claim(1).size(), 1U);
  EXPECT_TRUE(run(worker_->tokens.load(member("M1")))->has_value());
}

TEST_F(Users, MayAskWhatTheUserDefaultMayAndNothingElseOfUsers) {
  for (RedisUsers::User* user : {worker_.get(), scheduler_.get(), operator_.get()}) {
    EXPECT_EQ(say(*user, {"ACL", "DRYRUN", "default", "HSET", "cf:{0}", "a", "b"}), "OK");
    expect_refused(*user, {{"ACL", "GETUSER", "default"}, {"ACL", "USERS"}, {"ACL", "SAVE"}});
  }
}

TEST_F(Users, WorkerAndSchedulerLiveAWholeJobsLife) {
  ASSERT_TRUE(run(worker_->queue.check_server()));
  ASSERT_TRUE(run(scheduler_->queue.check_server()));
  add("M1");
  auto lease = claim(1).front();
  ASSERT_TRUE(run(worker_->queue.heartbeat({lease.ref}, 30s)));
  auto sealed = **run(worker_->tokens.load(member("M1")));
  ASSERT_TRUE(run(worker_->tokens.record_intent(lease.ref, 1, 1)));
  ASSERT_TRUE(run(worker_->tokens.store(lease.ref, 1, sealed)));
  Cursor cursor;
  cursor.next_url = std::string(100, 'u');
  ASSERT_TRUE(run(worker_->queue.checkpoint(lease.ref, cursor)));
  ASSERT_TRUE(run(worker_->quota.ask({aetna, {20, 5, 0, 0, 0}, "w1/0"})));
  ASSERT_THAT(fcall(*operator_, {"quota", "aetna", "inflight=3"}), StartsWith("OK aetna"));
  const auto bounded = run(worker_->quota.ask({aetna, {20, 5, 0, 0, 0}, "w1/0"}));
  ASSERT_TRUE(bounded.ok()) << bounded.failure().detail;
  ASSERT_TRUE(run(worker_->quota.refused({aetna, 0, 1ms, 0})));
  ASSERT_TRUE(run(worker_->queue.raise_fence(Fence{1})));
  ASSERT_TRUE(settle(lease, Verdict::retry));
  EXPECT_EQ(*run(scheduler_->upkeep.promote(term(), 10)), 1U);
  lease = claim(1).front();
  ASSERT_TRUE(settle(lease, Verdict::requeue));
  ASSERT_TRUE(settle(claim(1).front(), Verdict::done));
  ASSERT_TRUE(run(worker_->queue.reap(10, 1h)));
  ASSERT_TRUE(run(scheduler_->queue.reap(10, 1h)));
  say(*admin_, {"ZADD", "cf:{0}:due:aetna", "1000", "M1"});
  ASSERT_EQ(run(scheduler_->upkeep.plan(term(), {100, 100, 1h, "2024-01-01", 1h}))->planned, 1U);
  ASSERT_TRUE(settle(claim(1).front(), Verdict::dead));
  ASSERT_TRUE(run(scheduler_->queue.stats()));
  ASSERT_TRUE(run(worker_->queue.wait_for_work(10ms)));
  ASSERT_TRUE(run(scheduler_->upkeep.reconcile(term(), {member("M1")}, 1min)));

  for (const auto& words : std::vector<std::vector<std::string>>{
           {"pause", "member:M1", "for=1s"}, {"resume", "member:M1"}, {"dead_replay", "all=1"}}) {
    EXPECT_THAT(fcall(*operator_, words), testing::MatchesRegex("(OK|ACCEPTED).*"));
  }
  const std::string batch = fcall(*operator_, {"backfill_many", "M1\n"}).substr(3, 24);
  say(*operator_,
      {"XADD", "cf:{0}:inbox", "*", "cmd", "backfill", "member", "M1", "since", "2023-01-01"});
  say(*operator_, {"XADD", "cf:{0}:inbox", "*", "cmd", "nothing"});
  const auto taken = run(scheduler_->upkeep.take_inbox(term()));
  ASSERT_TRUE(taken.ok()) << taken.failure().detail;
  EXPECT_EQ(taken->taken, 1U);
  EXPECT_EQ(taken->refused, 1U);
  for (int step = 0; step < 3; ++step) {
    const auto carried = run(scheduler_->upkeep.carry_out(term()));
    ASSERT_TRUE(carried.ok()) << carried.failure().detail;
    EXPECT_EQ(carried->refused, 0U);
  }
  ASSERT_TRUE(run(scheduler_->upkeep.tidy(term(), 100)));
  EXPECT_EQ(*run(scheduler_->upkeep.expand(term(), 100)), 1U);
  EXPECT_THAT(fcall(*operator_, {"cancel", batch}), StartsWith("ACCEPTED"));
  ASSERT_TRUE(run(scheduler_->upkeep.expand(term(), 100)));
  ASSERT_TRUE(run(scheduler_->upkeep.resign("s1")));
}

// What `claimferry keys` asks of Redis.
TEST_F(Users, TheWorkerAloneSeesAndReplacesDataKeys) {
  add("M1");
  MemberDirectory members(worker_->client);
  const auto page = run(members.scan_tokens("0"));
  ASSERT_TRUE(page.ok()) << page.failure().detail;
  EXPECT_EQ(page->members.size(), 1U);
  ASSERT_TRUE(run(worker_->queue.stats()));
  DataKeys keys(worker_->client);
  ASSERT_TRUE(run(keys.check_rights()));
  const auto held = run(keys.read({member("M1")}));
  ASSERT_TRUE(held.ok()) << held.failure().detail;
  EXPECT_EQ(run(keys.replace({{held->at(0), "wrapped anew"}}))->size(), 0U);
  EXPECT_EQ(say(*admin_, {"HGET", "cf:{0}:counters", "audit_refused"}), "");
  for (RedisUsers::User* other : {operator_.get(), scheduler_.get(), metrics_.get()}) {
    DataKeys theirs(other->client);
    EXPECT_EQ(run(theirs.check_rights()).failure().code, "redis_noperm");
    EXPECT_EQ(run(theirs.read({member("M1")})).failure().kind, FailureKind::local);
    EXPECT_FALSE(run(theirs.replace({{held->at(0), "another"}})));
  }
  EXPECT_EQ(say(*admin_, {"HGET", "cf-tok:{0}:M1", "data_key"}), "wrapped anew");
}

// All that claimferry-enroll asks of Redis, as its own user.
TEST_F(Users, AnEnrolmentGoesItsWholeWay) {
  const auto enroll = redis_->as("enroll");
  ASSERT_TRUE(run(enroll->queue.check_server()).ok());
  queue::EnrolmentStore store(enroll->client);
  const std::string hash(64, 'a');
  const auto begun = run(store.begin(hash, {member("M1"), aetna, "", "sealed", "key"}, "portal"));
  ASSERT_TRUE(begun.ok()) << begun.failure().detail;
  const auto unknown = run(store.take({std::string(64, 'b')}));
  ASSERT_TRUE(unknown.ok()) << unknown.failure().detail;
  const auto taken = run(store.take({hash}));
  ASSERT_TRUE(taken.ok()) << taken.failure().detail;
  ASSERT_TRUE(taken->has_value());
  const auto none = run(enroll->tokens.load(member("M1")));
  ASSERT_TRUE(none.ok()) << none.failure().detail;
  queue::SealedMember sealed{member("M1"), aetna, "patient", "refresh"};
  sealed.sealed_access_token = "access";
  sealed.consent =
      oauth::Consent{"patient/*.read", {"Patient"}, WallTime(1h), WallTime(2h), "app", "us", "1"};
  const auto added = run(enroll->queue.add_member(std::move(sealed)));
  ASSERT_TRUE(added.ok()) << added.failure().detail;
  ASSERT_TRUE(run(store.end(hash, member("M1"), aetna, "connected")).ok());
  queue::MemberDirectory directory(enroll->client);
  const auto found = run(directory.find(member("M1")));
  ASSERT_TRUE(found.ok()) << found.failure().detail;
  EXPECT_EQ((*found)->terms.at("organisation"), "us");
  SeededRandom random(3);
  MemberErasure erasure(enroll->client, random);
  const auto stranger = run(erasure.ask({member("M9"), "M9", "", "enroll"}));
  EXPECT_EQ(stranger.failure().code, "no_member") << stranger.failure().detail;
  EXPECT_NE(say(*admin_, {"GET", "cf:{0}:left:M9"}), "");
  const auto leaving = run(erasure.ask({member("M1"), "M1", "", "enroll"}));
  EXPECT_TRUE(leaving.ok()) << leaving.failure().detail;
  EXPECT_EQ(say(*admin_, {"HGET", "cf-tok:{0}:M1", "patient"}), "");
  const auto asked = run(enroll->quota.ask({aetna, {100, 0, 0, 0, 0}, "enroll-1"}));
  EXPECT_TRUE(asked.ok()) << asked.failure().detail;
  const auto quiet = run(enroll->quota.refused({aetna, 0, 1s, 0}));
  EXPECT_TRUE(quiet.ok()) << quiet.failure().detail;
  EXPECT_EQ(say(*admin_, {"HGET", "cf:{0}:counters", "audit_refused"}), "");
  EXPECT_EQ(claim(1).size(), 0U);  // the payer asked for quiet
  expect_refused(*operator_, {{"HGETALL", "cf-enr:{0}:" + hash}});
  expect_refused(*enroll, {{"DEL", "cf:{0}:fence", "foreign"}, {"FLUSHALL"}, {"KEYS", "*"}});
}

// Asked for by an operator and by a service; the scheduler and a worker carry it out.
TEST_F(Users, AMemberLeavesByTheHandsOfAll) {
  add("M1");
  add("M2");
  const Lease running = claim(1).front();
  EXPECT_THAT(fcall(*operator_, {"erase", "M1", "confirm=M1", "by=ada"}), StartsWith("ACCEPTED "));
  SeededRandom random(3);
  MemberErasure service(worker_->client, random);
  const auto asked = run(service.ask({member("M2"), "M2", "", "enroll"}));
  ASSERT_TRUE(asked.ok()) << asked.failure().detail;
  const auto steps = [&] {
    while (true) {
      const auto stepped = run(scheduler_->upkeep.erase(term()));
      ASSERT_TRUE(stepped.ok()) << stepped.failure().detail;
      if (stepped->looked_at == 0) {
        return;
      }
    }
  };
  steps();
  ASSERT_TRUE(settle(running, Verdict::cancelled));
  for (const Lease& lease : claim(10)) {
    EXPECT_EQ(lease.kind, JobKind::erase);
    ASSERT_TRUE(settle(lease, Verdict::done));
  }
  steps();
  const auto left = redis_->command(*admin_, {"EXISTS", "cf-tok:{0}:M1", "cf-tok:{0}:M2"});
  EXPECT_EQ(*left.integer(), 0);
  const auto retained =
      run(scheduler_->upkeep.retain(term(), {member("M1"), member("M2")}, {1h, 1h, 1h}));
  ASSERT_TRUE(retained.ok()) << retained.failure().detail;
}

TEST_F(Users, TheOperatorMayTypeEveryDocumentedCommand) {
  const std::string job = add("M1").str();
  add("M2");
  term();
  for (const Lease& lease : claim(2)) {
    ASSERT_TRUE(settle(lease, Verdict::dead));
  }
  const std::vector<std::vector<std::string>> documented = {
      {"help"},
      {"help", "pause"},
      {"version"},
      {"status"},
      {"member", "M1"},
      {"why", "M1"},
      {"backfill", "M1", "since=2023-01-01", "until=2023-12-31", "by=ada", "reason=asked for"},
      {"backfill", "M1", "dry=1", "as=json"},
      {"backfill_many", "since=2023-02-01", "skip=consent", "M1\nM2\n"},
      {"backfills"},
      {"erase", "M2", "dry=1"},
      {"dead"},
      {"dead_list", "payer=aetna", "code=code", "member=M1", "limit=5"},
      {"dead_replay", "payer=aetna", "code=code", "dry=1"},
      {"dead_replay", job},
      {"dead_drop", "all=1", "confirm=2"},
      {"pause", "all", "for=2h"},
      {"resume", "all"},
      {"pause", "lane:backfill"},
      {"pause", "payer:aetna"},
      {"pause", "member:M1"},
      {"resume", "member:M1"},
      {"cancel", "M1"},
      {"quota", "aetna"},
      {"quota", "aetna", "rps=0.5", "burst=2", "inflight=1", "for=1h", "by=ada"},
      {"quota", "aetna", "end=1"},
      {"share", "aetna", "backfill=10%", "for=2h"},
      {"share", "aetna", "backfill=default"},
  };
  ASSERT_TRUE(run(worker_->quota.ask({aetna, {20, 5, 0, 0, 0}, "w1/0"})));
  std::set<std::string> typed;
  for (const auto& words : documented) {
    typed.insert("cf_" + words.front());
    EXPECT_THAT(fcall(*operator_, words),
                testing::Not(testing::MatchesRegex("[A-Z]+_?[A-Z]* .*[a-z].*;.*")))
        << words.front();
    const auto reply = redis_->command(*operator_, {"FCALL_RO", "cf_status", "0"});
    EXPECT_EQ(reply.error(), nullptr);
  }
  const auto known = boost::json::parse(fcall(*operator_, {"help", "as=json"}));
  for (const auto& row : known.as_array()) {
    const std::string name(row.at("command").as_string());
    EXPECT_EQ(typed.count(name), 1U) << name << " is documented and not tried here";
  }
  for (const redis::Command& words : std::vector<redis::Command>{
           {"PING"},
           {"XADD", "cf:{0}:inbox", "*", "cmd", "backfill", "member", "M1", "since", "2023-01-01"},
           {"XLEN", "cf:{0}:inbox"},
           {"XRANGE", "cf:{0}:rejected", "-", "+"},
           {"XREVRANGE", "cf:{0}:audit", "+", "-", "COUNT", "5"}}) {
    EXPECT_EQ(redis_->command(*operator_, words).error(), nullptr) << words.front();
  }
}

TEST_F(Users, TheOperatorMayNotDestroyNorSeeTokens) {
  add("M1");
  expect_refused(*operator_, forbidden_to_all);
  expect_refused(*operator_, tokens);
  expect_refused(*operator_, {{"EVAL", "return 1", "0"},
                              {"EVALSHA", "0000000000000000000000000000000000000000", "0"},
                              {"EVAL_RO", "return 1", "0"},
                              {"FUNCTION", "LOAD", "#!lua name=x\n"},
                              {"FUNCTION", "LIST"},
                              {"FUNCTION", "DELETE", "claimferry"},
                              {"SCAN", "0"},
                              {"DEL", "cf:{0}:fence"},
                              {"SET", "cf:{0}:fence", "1"},
                              {"GETDEL", "cf:{0}:fence"},
                              {"INCR", "cf:{0}:fence"},
                              {"HDEL", "cf:{0}:uniq", "x"},
                              {"ZREM", "cf:{0}:running", "x"},
                              {"ZPOPMIN", "cf:{0}:running"},
                              {"ZREMRANGEBYRANK", "cf:{0}:dead", "0", "-1"},
                              {"ZRANGESTORE", "cf:{0}:dead", "cf:{0}:x", "0", "-1"},
                              {"SREM", "cf:{0}:payers", "aetna"},
                              {"LTRIM", "cf:{0}:wake", "1", "0"},
                              {"LPOP", "cf:{0}:wake"},
                              {"BLPOP", "cf:{0}:wake", "1"},
                              {"XDEL", "cf:{0}:audit", "1-1"},
                              {"XTRIM", "cf:{0}:audit", "MAXLEN", "0"},
                              {"XGROUP", "CREATE", "cf:{0}:audit", "g", "0", "MKSTREAM"},
                              {"MULTI"},
                              {"WATCH", "cf:{0}:fence"}});
  EXPECT_NE(say(*admin_, {"HGET", "cf-tok:{0}:M1", "refresh_token"}), "");
}

TEST_F(Users, TheWorkerMayNeitherLoadFunctionsNorTouchWhatIsNotOurs) {
  expect_refused(*worker_, forbidden_to_all);
  expect_refused(*worker_, {{"FUNCTION", "LOAD", "#!lua name=x\n"},
                            {"FUNCTION", "DELETE", "claimferry"},
                            {"FCALL", "cf_dead_drop", "0"},
                            {"LTRIM", "cf:{0}:wake", "1", "0"},
                            {"XADD", "cf:{0}:inbox", "*", "a", "b"},
                            {"XRANGE", "cf:{0}:audit", "-", "+"},
                            {"XTRIM", "cf:{0}:audit", "MAXLEN", "0"},
                            {"XDEL", "cf:{0}:audit", "1-1"}});
}

TEST_F(Users, WhatTheWorkerDoesStandsInTheAuditAndTheSchedulerDrainsIt) {
  add("M1");
  const auto lease = claim(1).at(0);
  EXPECT_TRUE(settle(lease, Verdict::reconsent));
  EXPECT_EQ(say(*admin_, {"HGET", "cf:{0}:counters", "audit_refused"}), "");
  audit::RedisAuditStream stream(scheduler_->client);
  const auto batch = run(stream.read(term()));
  ASSERT_TRUE(batch) << batch.failure().detail;
  EXPECT_EQ(batch->entries.size(), 3U);
  audit::Drained drained{{3, "hash"}, {}};
  for (const audit::Entry& entry : batch->entries) {
    drained.ids.push_back(entry.id);
  }
  EXPECT_TRUE(run(stream.forget(term(), batch->known, std::move(drained))));
  EXPECT_EQ(run(stream.head())->value().seq, 3U);
}

TEST_F(Users, WhoSharesTheQuotaHearsAndTellsOfItAndOfNothingElse) {
  const std::string channel = "cf:{0}:quota";
  const redis::Command tell{"EVAL", "return redis.call('PUBLISH', KEYS[1], 'x')", "1", channel};
  const redis::Command tell_else{"EVAL", "return redis.call('PUBLISH', 'cf:{0}:x', 'x')", "0"};
  for (const std::string name : {"worker", "scheduler"}) {
    const auto teller = redis_->as(name);
    EXPECT_EQ(redis_->command(*teller, tell), redis::Reply{std::int64_t{0}}) << name;
    EXPECT_THAT(say(*teller, tell_else), HasSubstr("can't publish to the channel")) << name;
    expect_refused(*teller, {{"PUBLISH", "cf:{0}:x", "x"},
                             {"SUBSCRIBE", "cf:{0}:x"},
                             {"PSUBSCRIBE", "*"},
                             {"PUBSUB", "CHANNELS"}});
    const auto listener = redis_->as(name);
    EXPECT_NE(redis_->command(*listener, {"SUBSCRIBE", channel}).array(), nullptr) << name;
    EXPECT_NE(redis_->command(*listener, {"PING"}).array(), nullptr) << name;
  }
  EXPECT_NE(redis_->command(*operator_, {"PUBLISH", channel, "x"}).integer(), nullptr);
  expect_refused(*operator_, {{"PUBLISH", "cf:{0}:x", "x"}, {"SUBSCRIBE", channel}});
  expect_refused(*metrics_, {{"PUBLISH", channel, "x"}, {"SUBSCRIBE", channel}});
}

TEST_F(Users, TheSchedulerSeesNoTokensAndMayDestroyThem) {
  add("M1");
  expect_refused(*scheduler_, forbidden_to_all);
  for (const redis::Command& words : tokens) {
    if (words[0] != "DEL") {
      expect_refused(*scheduler_, {words});
    }
  }
  EXPECT_THAT(say(*scheduler_, {"EVAL", "return redis.call('HGETALL', 'cf-tok:{0}:M1')", "0"}),
              HasSubstr("can't access at least one of the keys"));
  EXPECT_NE(say(*scheduler_, {"FUNCTION", "LIST", "LIBRARYNAME", "claimferry"}).substr(0, 6),
            "NOPERM");
}

TEST_F(Users, MetricsReadsTheQueueAsAWholeAndNoMember) {
  add("M1");
  EXPECT_THAT(say(*metrics_, {"INFO"}), HasSubstr("redis_version"));
  const auto status =
      redis_->command(*metrics_, {"FCALL_RO", "cf_status", "1", "cf:{0}", "as=json"});
  ASSERT_NE(status.text(), nullptr) << status.error()->text;
  EXPECT_EQ(boost::json::parse(*status.text()).at("members").as_int64(), 1);
  expect_refused(*metrics_, forbidden_to_all);
  expect_refused(*metrics_, tokens);
  expect_refused(*metrics_, {{"FCALL", "cf_status", "0"},
                             {"FCALL_RO", "cf_member", "0", "M1"},
                             {"FCALL_RO", "cf_why", "0", "M1"},
                             {"FCALL_RO", "cf_dead_list", "0"},
                             {"HGETALL", "cf:{0}:member:M1"},
                             {"ZRANGE", "cf:{0}:running", "0", "-1"},
                             {"HSET", "cf:{0}:paused", "all", "0"},
                             {"XADD", "cf:{0}:inbox", "*", "a", "b"}});
}

}  // namespace
}  // namespace claimferry::contract
