#include "common/queue/adapter/lease_reply.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/unit/common/queue/adapter/scripted_redis.hpp"

namespace claimferry::queue {
namespace {

using namespace std::chrono_literals;

// A lease as claim.lua answers it.
std::vector<std::string> lease_fields() {
  return {"0123456789abcdef01234567",
          "M1",
          "1800000000000001",
          "aetna",
          "sync",
          "routine",
          "2024-01-01..",
          "1 ExplanationOfBenefit 3 60 - 0 00 https://payer.test/x?page=3",
          "1800000000000",
          "1800000030000",
          "2",
          "1",
          "4"};
}

redis::Reply claim_reply(redis::Reply::Array leases, std::int64_t next_in = -1) {
  redis::Reply::Array none;
  return list_reply({list_reply(std::move(leases)), number_reply(next_in), list_reply(none)});
}

ClaimReply parsed(redis::Reply lease) {
  auto claimed = parse_claim_reply(claim_reply({std::move(lease)}));
  EXPECT_TRUE(claimed.ok());
  return std::move(*claimed);
}

TEST(LeaseReply, ReadsEveryFieldOfALease) {
  const ClaimReply claimed = parsed(texts_reply(lease_fields()));
  ASSERT_EQ(claimed.leases.size(), 1U);
  EXPECT_TRUE(claimed.unreadable.empty());
  const Lease& lease = claimed.leases[0];
  EXPECT_EQ(lease.ref.job.str(), "0123456789abcdef01234567");
  EXPECT_EQ(lease.ref.member.str(), "M1");
  EXPECT_EQ(to_number(lease.ref.fence), 1'800'000'000'000'001U);
  EXPECT_EQ(lease.payer.str(), "aetna");
  EXPECT_EQ(lease.kind, JobKind::sync);
  EXPECT_EQ(lease.lane, Lane::routine);
  EXPECT_EQ(lease.window.str(), "2024-01-01..");
  ASSERT_TRUE(lease.cursor.has_value());
  EXPECT_EQ(lease.cursor->pages, 3U);
  EXPECT_EQ(lease.enqueued_at, WallTime(1'800'000'000'000ms));
  EXPECT_EQ(lease.expires, WallTime(1'800'000'030'000ms));
  EXPECT_EQ(lease.attempts, 2U);
  EXPECT_EQ(lease.stalls, 1U);
  EXPECT_EQ(lease.snoozes, 4U);
}

TEST(LeaseReply, ReadsNumbersAlsoWhereTheyComeAsNumbers) {
  const auto texts = lease_fields();
  redis::Reply::Array items;
  for (const std::string& text : texts) {
    items.push_back(text_reply(text));
  }
  items[2] = number_reply(7);
  items[12] = number_reply(9);
  const ClaimReply claimed = parsed(list_reply(items));
  ASSERT_EQ(claimed.leases.size(), 1U);
  EXPECT_EQ(to_number(claimed.leases[0].ref.fence), 7U);
  EXPECT_EQ(claimed.leases[0].snoozes, 9U);
}

TEST(LeaseReply, ACursorThatIsNotOursBeginsAnew) {
  for (const std::string cursor : {"", "9 from a later release", "https://payer.test/x"}) {
    auto fields = lease_fields();
    fields[7] = cursor;
    const ClaimReply claimed = parsed(texts_reply(fields));
    ASSERT_EQ(claimed.leases.size(), 1U) << cursor;
    EXPECT_FALSE(claimed.leases[0].cursor.has_value()) << cursor;
  }
}

TEST(LeaseReply, ALeaseThatThisReleaseCannotReadIsStillOursToSettle) {
  struct Row {
    std::size_t field;
    std::string value;
  };
  const Row table[] = {
      {3, ""},        {3, "no payer's name"}, {4, "digest"}, {4, ""},
      {5, "express"}, {6, "since forever"},   {6, ""},       {8, "yesterday"},
      {8, ""},        {9, "1.8e12"},          {9, ""},       {10, "-1"},
      {10, "many"},   {11, "4294967296"},     {11, ""},      {12, "x"},
      {12, ""},
  };
  for (const Row& row : table) {
    auto fields = lease_fields();
    fields[row.field] = row.value;
    const ClaimReply claimed = parsed(texts_reply(fields));
    EXPECT_TRUE(claimed.leases.empty()) << row.field << row.value;
    ASSERT_EQ(claimed.unreadable.size(), 1U) << row.field << row.value;
    EXPECT_EQ(claimed.unreadable[0].job.str(), fields[0]);
    EXPECT_EQ(claimed.unreadable[0].member.str(), "M1");
    EXPECT_EQ(to_number(claimed.unreadable[0].fence), 1'800'000'000'000'001U);
  }
}

TEST(LeaseReply, SoIsOneWithMoreOrFewerFieldsThanWeKnow) {
  auto fields = lease_fields();
  fields.emplace_back("from a later release");
  EXPECT_EQ(parsed(texts_reply(fields)).unreadable.size(), 1U);
  fields.resize(3);
  EXPECT_EQ(parsed(texts_reply(fields)).unreadable.size(), 1U);
}

TEST(LeaseReply, WhatCannotEvenBeNamedIsLeftToTheReaper) {
  auto fields = lease_fields();
  fields.resize(2);
  EXPECT_TRUE(parsed(texts_reply(fields)).unreadable.empty());
  for (const auto& [field, value] :
       std::vector<std::pair<std::size_t, std::string>>{{0, ""},
                                                        {0, "a b"},
                                                        {0, std::string(41, 'j')},
                                                        {1, ""},
                                                        {1, "M 1"},
                                                        {1, std::string(65, 'm')},
                                                        {2, ""},
                                                        {2, "-5"},
                                                        {2, "1.5"},
                                                        {2, "fence"}}) {
    fields = lease_fields();
    fields[field] = value;
    const ClaimReply claimed = parsed(texts_reply(fields));
    EXPECT_TRUE(claimed.leases.empty()) << field << value;
    EXPECT_TRUE(claimed.unreadable.empty()) << field << value;
  }
  for (const redis::Reply& odd :
       {text_reply("lease"), number_reply(5), redis::Reply{}, list_reply({})}) {
    const ClaimReply claimed = parsed(odd);
    EXPECT_TRUE(claimed.leases.empty());
    EXPECT_TRUE(claimed.unreadable.empty());
  }
}

TEST(LeaseReply, OneOddLeaseCostsTheOthersNothing) {
  auto odd = lease_fields();
  odd[4] = "digest";
  const auto claimed = parse_claim_reply(claim_reply(
      {texts_reply(lease_fields()), texts_reply(odd), text_reply("x"), texts_reply(lease_fields())},
      250));
  ASSERT_TRUE(claimed.ok());
  EXPECT_EQ(claimed->leases.size(), 2U);
  EXPECT_EQ(claimed->unreadable.size(), 1U);
  EXPECT_EQ(claimed->next_in, 250ms);
}

TEST(LeaseReply, SaysWhenSomethingBecomesRunnableOnlyWhereItIsKnown) {
  EXPECT_EQ(parse_claim_reply(claim_reply({}, -1))->next_in, std::nullopt);
  EXPECT_EQ(parse_claim_reply(claim_reply({}, 0))->next_in, 0ms);
  EXPECT_EQ(parse_claim_reply(claim_reply({}, 1'500))->next_in, 1'500ms);
}

TEST(LeaseReply, NamesTheJobsThatWereSetAside) {
  auto claimed = parse_claim_reply(
      list_reply({list_reply({}), number_reply(-1), texts_reply({"j1", "not a job", "j2"})}));
  ASSERT_TRUE(claimed.ok());
  EXPECT_EQ(claimed->malformed, (std::vector{*JobId::parse("j1"), *JobId::parse("j2")}));
  // A script that names none is not at fault.
  EXPECT_TRUE(parse_claim_reply(list_reply({list_reply({}), number_reply(-1)})).ok());
  claimed = parse_claim_reply(list_reply({list_reply({}), number_reply(-1), text_reply("j1")}));
  ASSERT_TRUE(claimed.ok());
  EXPECT_TRUE(claimed->malformed.empty());
}

TEST(LeaseReply, AnAnswerOfAnotherShapeIsOursToWaitFor) {
  for (const redis::Reply& odd : {
           redis::Reply{},
           text_reply("OK"),
           number_reply(1),
           list_reply({}),
           list_reply({list_reply({})}),
           list_reply({text_reply("none"), number_reply(-1)}),
           list_reply({list_reply({}), text_reply("-1")}),
           list_reply({number_reply(-1), list_reply({})}),
       }) {
    const auto claimed = parse_claim_reply(odd);
    ASSERT_FALSE(claimed.ok());
    EXPECT_EQ(claimed.failure().kind, FailureKind::local);
    EXPECT_EQ(claimed.failure().code, "redis_unexpected_reply");
    EXPECT_NE(claimed.failure().detail.find("claim"), std::string::npos);
  }
}

TEST(LeaseReply, ReadsJobIdsAndLeavesOutWhatIsNone) {
  const auto jobs = parse_job_ids(texts_reply({"j1", "", "a b", "j2"}));
  ASSERT_TRUE(jobs.ok());
  EXPECT_EQ(*jobs, (std::vector{*JobId::parse("j1"), *JobId::parse("j2")}));
  EXPECT_TRUE(parse_job_ids(list_reply({}))->empty());
  for (const redis::Reply& odd : {redis::Reply{}, text_reply("j1"), number_reply(1)}) {
    EXPECT_EQ(parse_job_ids(odd).failure().code, "redis_unexpected_reply");
  }
}

TEST(LeaseReply, TellsAnEnqueuedJobFromOneThatWasThere) {
  auto enqueued = parse_enqueued(list_reply({text_reply("j1"), number_reply(1)}));
  ASSERT_TRUE(enqueued.ok());
  EXPECT_EQ(enqueued->job.str(), "j1");
  EXPECT_TRUE(enqueued->is_new);
  EXPECT_FALSE(parse_enqueued(list_reply({text_reply("j1"), number_reply(0)}))->is_new);
  for (const redis::Reply& odd :
       {redis::Reply{}, text_reply("j1"), list_reply({text_reply("j1")}),
        list_reply({text_reply("a b"), number_reply(1)}),
        list_reply({redis::Reply{}, number_reply(1)}),
        list_reply({text_reply("j1"), number_reply(1), number_reply(1)})}) {
    const auto refused = parse_enqueued(odd);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.failure().kind, FailureKind::local);
  }
}

TEST(LeaseReply, ReadsANumberOnlyWhereOneStands) {
  const redis::Reply reply = list_reply({number_reply(-4), text_reply("5")});
  EXPECT_EQ(number_at(reply, 0), -4);
  EXPECT_EQ(number_at(reply, 1), std::nullopt);
  EXPECT_EQ(number_at(reply, 2), std::nullopt);
  EXPECT_EQ(number_at(text_reply("5"), 0), std::nullopt);
  EXPECT_EQ(number_at(redis::Reply{}, 0), std::nullopt);
}

TEST(LeaseReply, ReadsCountsByName) {
  const double bounds[] = {3'600, 86'400};
  const redis::Reply counts =
      list_reply({text_reply("ready:urgent"), number_reply(1), text_reply("ready:routine"),
                  number_reply(2), text_reply("running"), number_reply(3), text_reply("delayed"),
                  number_reply(4), text_reply("dead"), number_reply(5), text_reply("done"),
                  number_reply(6), text_reply("due"), number_reply(7)});
  const redis::Reply states = texts_reply({"active", "8", "reconsent", "2"});
  const auto stats =
      parse_stats(list_reply({counts, states, list_reply({number_reply(1), number_reply(4)}),
                              number_reply(9), list_reply({text_reply("aetna"), number_reply(1)}),
                              list_reply({text_reply("7d"), number_reply(3)})}),
                  bounds);
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->ready_by_lane.at("urgent"), 1U);
  EXPECT_EQ(stats->ready_by_lane.at("routine"), 2U);
  EXPECT_EQ(stats->ready_by_lane.at("backfill"), 0U);  // absent: none waits
  EXPECT_EQ(stats->running, 3U);
  EXPECT_EQ(stats->delayed, 4U);
  EXPECT_EQ(stats->dead, 5U);
  EXPECT_EQ(stats->done, 6U);
  EXPECT_EQ(stats->due_now, 7U);
  EXPECT_EQ(stats->members, 10U);
  EXPECT_EQ(stats->members_by_state.at("reconsent"), 2U);
  EXPECT_EQ(stats->members_synced, 9U);
  EXPECT_TRUE(stats->grants_stopped.at("aetna"));
  EXPECT_EQ(stats->consents_ending.at("7d"), 3U);
  ASSERT_EQ(stats->freshness.size(), 3U);
  EXPECT_EQ(stats->freshness[0], (std::pair<double, std::uint64_t>{3'600, 1}));
  EXPECT_EQ(stats->freshness[1], (std::pair<double, std::uint64_t>{86'400, 4}));
  EXPECT_TRUE(std::isinf(stats->freshness[2].first));
  EXPECT_EQ(stats->freshness[2].second, 9U);
}

TEST(LeaseReply, CountsNothingWhereStatsHoldWhatIsNoCount) {
  const double bounds[] = {3'600};
  const redis::Reply counts =
      list_reply({text_reply("running"), text_reply("some"), text_reply("dead")});
  const auto stats = parse_stats(
      list_reply({counts, text_reply("states"), redis::Reply{}, number_reply(0)}), bounds);
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->running + stats->dead + stats->members, 0U);
  EXPECT_EQ(stats->freshness[0].second, 0U);
  for (const redis::Reply& odd : {redis::Reply{}, list_reply({}), text_reply("x"),
                                  list_reply({counts, counts, counts, text_reply("9")})}) {
    EXPECT_EQ(parse_stats(odd, bounds).failure().code, "redis_unexpected_reply");
  }
}

}  // namespace
}  // namespace claimferry::queue
