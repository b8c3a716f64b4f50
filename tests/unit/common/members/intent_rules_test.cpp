#include "common/members/intent_rules.hpp"

#include <gtest/gtest.h>

namespace claimferry::members {
namespace {

using Kind = IntentChange::Kind;
constexpr Fence mine{20}, earlier{10}, later{30};

StandingIntent standing(std::optional<Fence> fence, unsigned sends,
                        std::optional<Fence> before = std::nullopt) {
  return {3, fence, sends, before};
}
IntentChange decided(const StandingIntent& standing, unsigned sends) {
  const auto change = decide_intent(standing, {mine, 3, sends});
  EXPECT_TRUE(change.ok());
  return change.ok() ? *change : IntentChange{};
}

TEST(Intent, OfTokensThatWereRenewedIsRefused) {
  EXPECT_EQ(decide_intent(standing(std::nullopt, 0), {mine, 2, 1}).failure().code, "token_version");
}

TEST(Intent, IsNotedWhereNoneStands) {
  const IntentChange change = decided(standing(std::nullopt, 0), 1);
  EXPECT_EQ(change.kind, Kind::set);
  EXPECT_EQ(change.fence, mine);
  EXPECT_EQ(change.sends, 1U);
  EXPECT_FALSE(change.before.has_value());
}

TEST(Intent, OfALateRetryTakesAnothersPlaceAndRemembersWhose) {
  const IntentChange change = decided(standing(earlier, 1), 2);
  EXPECT_EQ(change.kind, Kind::set);
  EXPECT_EQ(change.fence, mine);
  EXPECT_EQ(change.sends, 2U);
  EXPECT_EQ(change.before, earlier);
}

TEST(Intent, OfALateRetryThatIsTakenBackIsTheFirstSendersAgain) {
  EXPECT_TRUE(takes_back(standing(mine, 2, earlier), {mine, 3, 1}));
  const IntentChange change = decided(standing(mine, 2, earlier), 1);
  EXPECT_EQ(change.kind, Kind::set);
  EXPECT_EQ(change.fence, earlier);
  EXPECT_EQ(change.sends, 1U);
  EXPECT_FALSE(change.before.has_value());
}

TEST(Intent, OfOnesOwnIsTakenBackAsAWhole) {
  EXPECT_EQ(decided(standing(mine, 1), 0).kind, Kind::clear);
}

TEST(Intent, OfAnotherStandsWhereNoMoreWasSent) {
  EXPECT_EQ(decide_intent(standing(earlier, 1), {mine, 3, 1}).failure().code, "token_version")
      << "it was loaded before that one was noted";
  EXPECT_EQ(decide_intent(standing(earlier, 2), {mine, 3, 2}).failure().code, "token_version");
  EXPECT_EQ(decided(standing(earlier, 1), 0).kind, Kind::nothing);
  EXPECT_FALSE(takes_back(standing(earlier, 2), {mine, 3, 1}));
}

TEST(Intent, OfALaterLeaseIsNotOverwritten) {
  EXPECT_EQ(decide_intent(standing(later, 1), {mine, 3, 2}).failure().kind,
            FailureKind::lease_lost);
}

TEST(Storer, IsWhoSentItOrOutlivedItsSuccessorsRetry) {
  EXPECT_EQ(storer(standing(mine, 1), mine), Storer::sent_it);
  EXPECT_EQ(storer(standing(std::nullopt, 0, mine), mine), Storer::outlived);
  EXPECT_EQ(storer(standing(later, 2, mine), mine), Storer::neither);
  EXPECT_EQ(storer(standing(std::nullopt, 0), mine), Storer::neither);
}

}  // namespace
}  // namespace claimferry::members
