#include "common/oauth/refresh_policy.hpp"

#include <gtest/gtest.h>

#include "common/base/limits.hpp"

namespace claimferry::oauth {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const WallTime start{std::chrono::days(20'000)};

SealedTokens tokens_issued(std::optional<Duration> life) {
  SealedTokens tokens;
  tokens.version = 7;
  tokens.access_token = "sealed";
  tokens.access_issued_at = start;
  if (life) {
    tokens.access_expires_at = start + *life;
  }
  return tokens;
}

TEST(RefreshPolicy, UsesATokenForFourFifthsOfItsLife) {
  const SealedTokens tokens = tokens_issued(seconds(3600));
  EXPECT_EQ(refresh_due_at(tokens), start + seconds(2880));
  EXPECT_TRUE(access_token_usable(tokens, start));
  EXPECT_TRUE(access_token_usable(tokens, start + seconds(2880) - Duration(1)));
  EXPECT_FALSE(access_token_usable(tokens, start + seconds(2880)));
  EXPECT_FALSE(access_token_usable(tokens, start + seconds(4000)));
}

TEST(RefreshPolicy, UsesATokenWithoutAnEndForever) {
  const SealedTokens tokens = tokens_issued(std::nullopt);
  EXPECT_FALSE(refresh_due_at(tokens));
  EXPECT_TRUE(access_token_usable(tokens, start + std::chrono::days(3650)));
}

TEST(RefreshPolicy, AllowsForClocksWhereNoTimeOfIssueIsKnown) {
  SealedTokens tokens = tokens_issued(seconds(3600));
  tokens.access_issued_at.reset();
  EXPECT_TRUE(access_token_usable(tokens, start + seconds(3539)));
  EXPECT_FALSE(access_token_usable(tokens, start + seconds(3540)));
}

TEST(RefreshPolicy, HasNothingToUseBeforeTheFirstRefresh) {
  SealedTokens tokens = tokens_issued(seconds(3600));
  tokens.access_token.clear();
  EXPECT_FALSE(access_token_usable(tokens, start));
}

TEST(RefreshPolicy, SendsOnceLateOnceAndThenNoMore) {
  using What = RefreshStep::What;
  struct Row {
    const char* what;
    std::optional<RefreshIntent> intent;
    What step;
    Duration wait;
    unsigned sends;
  };
  const auto intent = [](std::uint64_t version, Duration age, unsigned sends) {
    return RefreshIntent{version, Fence{1}, age, sends};
  };
  const Row rows[] = {
      {"no intent", std::nullopt, What::send, seconds(0), 1},
      {"an intent of tokens since replaced", intent(6, seconds(0), 1), What::send, seconds(0), 1},
      {"an intent taken back", intent(7, seconds(0), 0), What::send, seconds(0), 1},
      {"just sent", intent(7, seconds(0), 1), What::wait, seconds(65), 1},
      {"too early", intent(7, seconds(64), 1), What::wait, seconds(1), 1},
      {"the late retry", intent(7, seconds(65), 1), What::send, seconds(0), 2},
      {"long ago", intent(7, std::chrono::hours(5), 1), What::send, seconds(0), 2},
      {"the late retry was just noted", intent(7, seconds(5), 2), What::wait, seconds(60), 2},
      {"the late retry got no answer", intent(7, std::chrono::hours(5), 2), What::give_up,
       seconds(0), 2},
  };
  for (const Row& row : rows) {
    SealedTokens tokens = tokens_issued(seconds(3600));
    tokens.intent = row.intent;
    const RefreshStep step = next_refresh(tokens);
    EXPECT_EQ(step.what, row.step) << row.what;
    EXPECT_EQ(step.wait, row.wait) << row.what;
    EXPECT_EQ(step.sends, row.sends) << row.what;
  }
}

TEST(RefreshPolicy, NeverSendsTwiceWithinTheUncertainDelay) {
  SealedTokens tokens = tokens_issued(seconds(3600));
  tokens.intent = RefreshIntent{7, Fence{1}, limits::refresh_uncertain_delay, 1};
  EXPECT_EQ(next_refresh(tokens).what, RefreshStep::What::wait);
}

// Moments are of our own clocks alone, so the payer's tells nothing; one of ours may be off.
TEST(RefreshPolicy, AClockThatIsTenMinutesOffRefreshesOnceOrHearsIt) {
  using std::chrono::minutes;
  const SealedTokens long_lived = tokens_issued(std::chrono::hours(1));
  const SealedTokens short_lived = tokens_issued(minutes(5));
  const WallTime issued = *short_lived.access_issued_at;
  for (const Duration off : {Duration(minutes(-10)), Duration(minutes(10))}) {
    EXPECT_TRUE(access_token_usable(long_lived, issued + off));
  }
  EXPECT_FALSE(access_token_usable(short_lived, issued + minutes(10))) << "refreshed, and stored";
  // Behind, it is used until the payer answers 401, which asks for a fresh one.
  EXPECT_TRUE(access_token_usable(short_lived, issued - minutes(10) + minutes(6)));
}

TEST(RefreshPolicy, ARefreshThatIsHeldBackIsNoFaultOfTheMembers) {
  const Failure failure = refreshing_stopped(std::chrono::minutes(15));
  EXPECT_EQ(failure.kind, FailureKind::payer_refused);
  EXPECT_EQ(failure.retry_after, Duration(std::chrono::minutes(15)));
}

}  // namespace
}  // namespace claimferry::oauth
