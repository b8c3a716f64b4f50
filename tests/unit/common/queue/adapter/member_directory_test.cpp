#include "common/queue/adapter/member_directory.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/queue/adapter/scripted_redis.hpp"

namespace claimferry::queue {
namespace {

const MemberId member = *MemberId::parse("M1");

class MemberDirectoryTest : public testing::Test {
 protected:
  Result<std::optional<MemberRecord>> find() { return contract::run(io_, directory_.find(member)); }
  Result<MemberDirectory::Page> scan(std::string from = "0") {
    return contract::run(io_, directory_.scan(std::move(from)));
  }
  void answer(redis::Reply reply) { redis_.answers.emplace_back(std::move(reply)); }

  boost::asio::io_context io_;
  ScriptedRedis redis_;
  MemberDirectory directory_{redis_};
};

TEST_F(MemberDirectoryTest, GathersWhatRedisKnowsOfAMember) {
  answer(texts_reply({"payer", "aetna", "state", "active", "last_ok", "5"}));
  answer(texts_reply({"j2", "j3"}));
  answer(texts_reply({"j4"}));
  answer(text_reply("j1"));
  const auto found = find();
  ASSERT_TRUE(found.ok());
  ASSERT_TRUE(found->has_value());
  const MemberRecord& record = **found;
  EXPECT_EQ(record.id, member);
  EXPECT_EQ(record.fields.size(), 3U);
  EXPECT_EQ(record.fields.at("state"), "active");
  EXPECT_EQ(record.waiting_jobs, (std::vector<std::string>{"j2", "j3", "j4"}));
  EXPECT_EQ(record.running_job, "j1");
  EXPECT_EQ(redis_.asked, (std::vector<redis::Command>{{"HGETALL", "cf:{0}:member:M1"},
                                                       {"ZRANGE", "cf:{0}:m:M1", "0", "99"},
                                                       {"ZRANGE", "cf:{0}:waits:M1", "0", "99"},
                                                       {"HGET", "cf:{0}:busy", "M1"}}));
}

TEST_F(MemberDirectoryTest, AMemberThatWaitsForNothingHasNoJobs) {
  answer(texts_reply({"state", "active"}));
  answer(list_reply({}));
  answer(list_reply({}));
  answer(redis::Reply{});
  const auto found = find();
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE((*found)->waiting_jobs.empty());
  EXPECT_EQ((*found)->running_job, "");
}

TEST_F(MemberDirectoryTest, KnowsNobodyOfThatId) {
  answer(list_reply({}));
  const auto found = find();
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->has_value());
  EXPECT_EQ(redis_.asked.size(), 1U);
}

TEST_F(MemberDirectoryTest, TellsAnAbsenceOfRedisFromAnAbsenceOfTheMember) {
  const redis::Reply good[] = {texts_reply({"state", "active"}), list_reply({}), list_reply({}),
                               redis::Reply{}};
  for (std::size_t broken = 0; broken < 4; ++broken) {
    for (std::size_t at = 0; at < broken; ++at) {
      answer(good[at]);
    }
    redis_.answers.emplace_back(redis_away());
    EXPECT_EQ(find().failure().code, "redis_unreachable") << broken;
  }
}

TEST_F(MemberDirectoryTest, PassesOnWhatRedisRefuses) {
  const redis::Reply good[] = {texts_reply({"state", "active"}), list_reply({}), list_reply({}),
                               redis::Reply{}};
  for (std::size_t broken = 0; broken < 4; ++broken) {
    for (std::size_t at = 0; at < broken; ++at) {
      answer(good[at]);
    }
    answer(error_reply("NOPERM no permissions to access a key"));
    const auto found = find();
    ASSERT_FALSE(found.ok()) << broken;
    EXPECT_EQ(found.failure().code, "redis_noperm") << broken;
  }
  answer(error_reply("LOADING Redis is loading the dataset in memory"));
  EXPECT_EQ(scan().failure().kind, FailureKind::local);
}

TEST_F(MemberDirectoryTest, ScansPageByPage) {
  answer(list_reply({text_reply("17"), texts_reply({"cf:{0}:member:M1", "cf:{0}:member:M-2"})}));
  auto page = scan();
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->next, "17");
  EXPECT_EQ(page->members, (std::vector{*MemberId::parse("M1"), *MemberId::parse("M-2")}));
  answer(list_reply({text_reply("0"), list_reply({})}));
  page = scan("17");
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->next, "0");
  EXPECT_TRUE(page->members.empty());
  EXPECT_EQ(redis_.asked.back(),
            (redis::Command{"SCAN", "17", "MATCH", "cf:{0}:member:*", "COUNT", "500"}));
}

TEST_F(MemberDirectoryTest, ScansWhoeverHasTokensByTheirNamesAlone) {
  answer(list_reply({text_reply("0"), texts_reply({"cf-tok:{0}:M1", "cf:{0}:member:M2"})}));
  const auto page = contract::run(io_, directory_.scan_tokens("0", 50));
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->members, std::vector{member});
  EXPECT_EQ(redis_.asked,
            (std::vector<redis::Command>{{"SCAN", "0", "MATCH", "cf-tok:{0}:*", "COUNT", "50"}}));
}

TEST_F(MemberDirectoryTest, TellsWhoseConsentEndsSoonestFirst) {
  answer(texts_reply({"M1", "1000", "a b", "1500", "M-2", "2000"}));
  const auto page = contract::run(
      io_, directory_.consents_ending(WallTime(Duration(500)), WallTime(Duration(3000)), "0"));
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->consents.size(), 2U);
  EXPECT_EQ(page->consents[0].member, member);
  EXPECT_EQ(page->consents[1].ends_at, WallTime(Duration(2000)));
  EXPECT_EQ(page->next, "0");
  EXPECT_EQ(redis_.asked.back(), (redis::Command{"ZRANGE", "cf:{0}:consents", "500", "3000",
                                                 "BYSCORE", "LIMIT", "0", "500", "WITHSCORES"}));
}

TEST_F(MemberDirectoryTest, LeavesOutKeysThatNameNoMember) {
  answer(list_reply({text_reply("0"), texts_reply({"cf:{0}:member:a b", "cf:{0}:member:", "short",
                                                   "cf:{0}:members", "cf:{0}:member:M1"})}));
  const auto page = scan();
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->members, std::vector{member});
}

TEST_F(MemberDirectoryTest, RefusesAScanOfAnotherShape) {
  for (const redis::Reply& odd :
       {redis::Reply{}, text_reply("0"), list_reply({}), list_reply({text_reply("0")}),
        list_reply({number_reply(0), list_reply({})})}) {
    answer(odd);
    EXPECT_EQ(scan().failure().code, "redis_reply");
  }
  redis_.answers.emplace_back(redis_away());
  EXPECT_EQ(scan().failure().code, "redis_unreachable");
}

}  // namespace
}  // namespace claimferry::queue
