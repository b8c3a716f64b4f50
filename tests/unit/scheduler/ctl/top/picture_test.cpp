#include "scheduler/ctl/top/picture.hpp"

#include <limits>

#include <boost/json.hpp>
#include <gmock/gmock.h>

namespace claimferry::ctl {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double infinity = std::numeric_limits<double>::infinity();

class PictureTest : public testing::Test {
 protected:
  PictureTest() {
    look.at = WallTime(1'796'083'445s);
    look.stats.members_by_state = {{"active", 200}, {"reconsent", 3}, {"erasing", 1}};
    look.stats.members_synced = 200;
    look.stats.freshness = {{3'600, 50}, {86'400, 190}, {2 * 86'400, 199}, {infinity, 200}};
    look.stats.ready_by_lane = {{"urgent", 0}, {"routine", 1'234'567}, {"backfill", 2}};
    look.stats.oldest_ready = {{"routine", 250s}, {"backfill", 7'300s}};
    look.stats.running = 64;
    look.stats.workers = 2;
    look.stats.has_leader = true;
    look.stats.granted = {{"aetna", {20, false}}};
    look.redis.is_up = look.redis.never_evicts = look.redis.is_persisting = true;
    look.redis.memory_used_bytes = 3 * 1'024 * 1'024;
    look.desired_workers = 4;
    look.jobs_a_second = 12.5;
    look.drain_seconds = 600;
  }
  std::string drawn(unsigned width = 100, Paint paint = Paint::none) const {
    std::string all;
    for (const std::string& line : draw(look, width, paint)) {
      all += line + "\n";
    }
    return all;
  }

  Look look;
};

TEST_F(PictureTest, SaysWhetherEveryMemberIsFreshAndWhenAllIsDone) {
  const std::string screen = drawn();
  for (const auto* words :
       {"Redis 0.0 ms  3.0 MiB", "200 active   3 must consent again   1 leaving",
        "███████████████████░  99.5 % within two days", "1 h 25 %   6 h 95 %",
        "routine    1,234,567   4 min", "backfill           2   2 h", "urgent             0   -",
        "64 run", "12.5 jobs/s   all done in 10 min", "2 there, 4 of use",
        "aetna            20.0 requests/s"}) {
    EXPECT_THAT(screen, HasSubstr(words));
  }
  EXPECT_THAT(screen, Not(HasSubstr("leads")));
  EXPECT_THAT(screen, Not(HasSubstr("\x1b")));
}

TEST_F(PictureTest, SaysWhatIsWrong) {
  look.stats.has_leader = false;
  look.stats.workers = 0;
  look.stats.grants_stopped = {{"aetna", true}};
  look.stats.granted["aetna"] = {0, true};
  look.stats.pauses = {{"all", 0}, {"lane", 2}, {"member", 1'000}};
  look.stats.erasures_overdue = 5;
  look.stats.dead = 9;
  look.dead = {"PAYER  STAGE  CODE", "aetna  eob    http_500"};
  look.redis.never_evicts = false;
  look.drain_seconds = 30 * 86'400;
  const std::string screen = drawn();
  for (const auto* words :
       {"no scheduler leads", "0 there", "no limit known", "refreshing is stopped", "held: a 429",
        "paused     2 lane   1,000 member", "5 are overdue", "aetna  eob    http_500",
        "set maxmemory-policy noeviction", "nothing moves"}) {
    EXPECT_THAT(screen, HasSubstr(words));
  }
}

TEST_F(PictureTest, RedisAwayLeavesWhatWasSeen) {
  look.trouble = "no answer within 2 s";
  EXPECT_THAT(drawn(), HasSubstr("Redis does not answer: no answer within 2 s"));
  EXPECT_THAT(drawn(), HasSubstr("200 active"));
}

TEST_F(PictureTest, WhatIsNotKnownYetIsSaidSo) {
  look.drain_seconds.reset();
  EXPECT_THAT(drawn(), HasSubstr("not known yet"));
  look.drain_seconds = 0;
  EXPECT_THAT(drawn(), HasSubstr("nothing waits"));
}

TEST_F(PictureTest, NoLineIsWiderThanTheScreen) {
  look.dead = {std::string(300, 'x'), "ü" + std::string(300, 'y')};
  look.stats.dead = 2;
  for (const unsigned width : {20U, 41U, 80U}) {
    for (const std::string& line : draw(look, width, Paint::none)) {
      EXPECT_LE(std::ranges::count_if(line, [](unsigned char c) { return (c & 0xC0U) != 0x80U; }),
                width)
          << line;
    }
  }
}

TEST_F(PictureTest, ColoursSayHowMuchItMatters) {
  EXPECT_THAT(drawn(100, Paint::colours), HasSubstr("\x1b[32mfresh"));
  look.stats.freshness = {{2 * 86'400, 190}, {infinity, 200}};
  EXPECT_THAT(drawn(100, Paint::colours), HasSubstr("\x1b[33mfresh"));
  look.stats.freshness = {{2 * 86'400, 100}, {infinity, 200}};
  EXPECT_THAT(drawn(100, Paint::colours), HasSubstr("\x1b[31mfresh"));
}

TEST_F(PictureTest, IsOneObjectForPrograms) {
  const auto object = boost::json::parse(look_json(look)).as_object();
  EXPECT_EQ(object.at("members").at("active").to_number<int>(), 200);
  EXPECT_EQ(object.at("drain_eta_seconds").as_double(), 600);
  EXPECT_EQ(object.at("desired_workers").to_number<int>(), 4);
  EXPECT_TRUE(object.at("redis_up").as_bool());
  look.drain_seconds.reset();
  EXPECT_TRUE(boost::json::parse(look_json(look)).at("drain_eta_seconds").is_null());
}

TEST(SpanText, NamesTheLargestUnitOfWhichThereAreTwo) {
  EXPECT_EQ(span_text(0), "0 s");
  EXPECT_EQ(span_text(119), "119 s");
  EXPECT_EQ(span_text(120), "2 min");
  EXPECT_EQ(span_text(7'199), "119 min");
  EXPECT_EQ(span_text(7'200), "2 h");
  EXPECT_EQ(span_text(200'000), "2 d");
}

}  // namespace
}  // namespace claimferry::ctl
