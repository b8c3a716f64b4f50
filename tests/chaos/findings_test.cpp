// The verdict alone: each thing that may go wrong makes it unclean by itself.
#include "tests/chaos/findings.hpp"

#include <functional>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/chaos/report.hpp"

namespace claimferry::chaos {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Findings, WithoutAnythingWrongAreClean) {
  EXPECT_THAT(reasons({}), IsEmpty());
  EXPECT_THAT(as_table({}, ""), EndsWith("\nverdict  clean\n"));
}

struct Wrong {
  std::function<void(Findings&)> what;
  const char* reason;
};

TEST(Findings, EachThingThatIsWrongIsAReasonOfItsOwn) {
  const Wrong wrongs[] = {
      {[](Findings& f) { f.judged.lost = 1; }, "lost 1"},
      {[](Findings& f) { f.judged.duplicated = 2; }, "duplicated 2"},
      {[](Findings& f) { f.judged.wrong = 3; }, "wrong 3"},
      {[](Findings& f) { f.judged.totals_agree = false; },
       "the totals are not the payer's: withdrawn claims are still there"},
      {[](Findings& f) { f.judged.counts["refresh_reused"] = 1; }, "refresh_reused 1"},
      {[](Findings& f) { f.judged.counts["tokens_elsewhere"] = 1; }, "tokens_elsewhere 1"},
      {[](Findings& f) { f.judged.counts["unknown_parameters"] = 1; }, "unknown_parameters 1"},
      {[](Findings& f) { f.judged.counts["codes_reused"] = 1; }, "codes_reused 1"},
      {[](Findings& f) { f.judged.counts["credentials_in_body"] = 1; }, "credentials_in_body 1"},
      {[](Findings& f) { f.judged.counts["pkce_missing"] = 1; }, "pkce_missing 1"},
      {[](Findings& f) { f.judged.counts["aud_wrong"] = 1; }, "aud_wrong 1"},
      {[](Findings& f) { f.judged.counts["refresh_retried_late"] = 1; },
       "refresh_retried_late 1, of which trouble explains 0"},
      {[](Findings& f) { f.reconsent = 1; }, "members whose consent ended: 1"},
      {[](Findings& f) { f.done.consents_renewed = 1; },
       "refresh tokens lost: 1, of which trouble explains 0"},
      {[](Findings& f) { f.unswept = {"M000001", "M000002"}; },
       "members not swept twice since: 2, such as M000001"},
      {[](Findings& f) { f.dead = {{"next_link_loop", 0}}; },
       "a dead letter that no trouble explains: next_link_loop"},
      {[](Findings& f) { f.leases_held = 1; }, "leases held by nobody: 1"},
      {[](Findings& f) { f.fsck = {true, "I2 M000001 busy\nmore\n"}; },
       "claimferry fsck: I2 M000001 busy"},
      {[](Findings& f) { f.mishaps = {"worker-1 ended unasked with status 134"}; },
       "worker-1 ended unasked with status 134"},
      {[](Findings& f) { f.logs.internal_errors = 1; }, "internal errors in the logs: 1"},
      {[](Findings& f) { f.ended_by = "redis ended unasked"; }, "redis ended unasked"},
  };
  for (const Wrong& wrong : wrongs) {
    Findings findings;
    wrong.what(findings);
    EXPECT_THAT(reasons(findings), ElementsAre(wrong.reason));
    EXPECT_THAT(as_table(findings, "/somewhere"),
                EndsWith("\nverdict  NOT clean: " + std::string(wrong.reason) + "\n"));
  }
}

TEST(Findings, WhatTroubleExplainsIsNotWrong) {
  Findings findings;
  findings.minutes = 10;
  findings.done.refreshes_cut_off_max = 2;
  findings.judged.counts["refresh_retried_late"] = 2;
  findings.judged.counts["requests_during_retry_after"] = 5;
  findings.done.refreshes_endangered = 1;
  findings.done.consents_renewed = 1;
  findings.dead = {{"refresh_lost", 0}, {"poison", 0}, {"http_502", 11}};
  EXPECT_THAT(reasons(findings), IsEmpty());
}

// The last use of a refresh token comes more than a minute after the one before it.
TEST(Findings, InOneMinuteNoTroubleExplainsALostRefreshToken) {
  Findings findings;
  findings.minutes = 1;
  findings.done.refreshes_endangered = 9;
  findings.done.consents_renewed = 1;
  EXPECT_THAT(reasons(findings), ElementsAre(HasSubstr("refresh tokens lost: 1")));
}

TEST(Findings, AJobThatFailedAllItsAttemptsIsExplainedAndOneThatHadNoNeedToIsNot) {
  EXPECT_TRUE(is_explained({"http_500", 11}));
  EXPECT_FALSE(is_explained({"http_500", 10}));
  EXPECT_FALSE(is_explained({"member_unknown", 0}));
}

TEST(Findings, AsJsonSayTheSame) {
  Findings findings;
  findings.seed = 9;
  findings.judged.lost = 1;
  const auto said = boost::json::parse(as_json(findings, "/somewhere"));
  EXPECT_FALSE(said.at("ok").as_bool());
  EXPECT_EQ(said.at("reason").as_string(), "lost 1");
  EXPECT_EQ(said.at("verdict").at("lost").as_int64(), 1);
  EXPECT_EQ(said.at("directory").as_string(), "/somewhere");
  EXPECT_TRUE(boost::json::parse(as_json({}, "")).at("ok").as_bool());
}

}  // namespace
}  // namespace claimferry::chaos
