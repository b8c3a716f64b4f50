// The order that keeps a single-use refresh token from being lost.
#include "worker/token_keeper.hpp"

#include "common/base/limits.hpp"
#include "common/oauth/token_request.hpp"
#include "tests/unit/worker/token_keeper_fixture.hpp"

namespace claimferry::worker {
namespace {

TEST_F(TokenKeeperTest, StoresTheRotatedTokenBeforeTheAccessTokenIsUsed) {
  auto got = access();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->token.reveal(), "new-access");
  EXPECT_EQ(got->patient, "p1");
  EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1", "send", "store over 7"}));
  EXPECT_EQ(outside.sent_form, "grant_type=refresh_token&refresh_token=old-refresh");
  EXPECT_EQ(outside.tokens->version, 8U);
  EXPECT_EQ(opened(Field::refresh_token, outside.tokens->refresh_token), "new-refresh");
  EXPECT_EQ(opened(Field::access_token, outside.tokens->access_token), "new-access");
}

// A key that is missing comes back: the member waits, and nobody asks it for a new consent.
TEST_F(TokenKeeperTest, WaitsWhereTheDataKeyDoesNotOpen) {
  const vault::Vault other{
      *vault::KeyRing::parse(Secret("o:" + to_base64(std::string(vault::key_bytes, 'o'))), "test")};
  outside.tokens->data_key = other.new_data_key({payer_name, member}).wrapped;
  auto got = access();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.failure().kind, FailureKind::local);
  EXPECT_EQ(got.failure().code, "vault_open_failed");
  EXPECT_EQ(outside.told, Told{"load"});
}

TEST_F(TokenKeeperTest, WaitsWhereTheRefreshTokenIsAnotherDataKeys) {
  const auto earlier = vault.new_data_key({payer_name, member});
  outside.tokens->refresh_token = earlier.key.seal(Field::refresh_token, Secret("moved"));
  EXPECT_EQ(access().failure().code, "vault_open_failed");
  EXPECT_EQ(outside.told, Told{"load"});
}

TEST_F(TokenKeeperTest, UsesAnAccessTokenThatIsStillGood) {
  hold_access_token(10min, 1h);
  EXPECT_EQ(access()->token.reveal(), "held-access");
  EXPECT_EQ(outside.told, Told{"load"});
}

TEST_F(TokenKeeperTest, RefreshesAnOldOneAndOneThatThePayerRefused) {
  hold_access_token(55min, 1h);
  EXPECT_EQ(access()->token.reveal(), "new-access");
  hold_access_token(1min, 1h);
  EXPECT_EQ(access(true)->token.reveal(), "new-access");
}

TEST_F(TokenKeeperTest, KeepsTheOldRefreshTokenWhereTheAnswerNamesNone) {
  outside.body = R"({"token_type":"bearer","access_token":"new-access"})";
  ASSERT_TRUE(access());
  EXPECT_EQ(opened(Field::refresh_token, outside.tokens->refresh_token), "old-refresh");
  EXPECT_FALSE(outside.tokens->access_expires_at);
}

TEST_F(TokenKeeperTest, StoresThroughAnAbsenceOfRedis) {
  outside.store_failures = 5;
  ASSERT_TRUE(access());
  EXPECT_EQ(outside.tokens->version, 8U);
}

TEST_F(TokenKeeperTest, SendsNothingWithoutADurableIntent) {
  outside.intent_failure = Failure{FailureKind::lease_lost, "lease_lost", ""};
  EXPECT_EQ(access().failure().kind, FailureKind::lease_lost);
  EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1"}));
}

TEST_F(TokenKeeperTest, StoresThroughARefusalOfRedis) {
  outside.store_failures = 3;
  outside.store_failure = Failure{FailureKind::permanent, "noperm", "no permission"};
  ASSERT_TRUE(access());
  EXPECT_EQ(opened(Field::refresh_token, outside.tokens->refresh_token), "new-refresh");
}

// The successor may turn out to have sent nothing, and this to be the only token there is.
TEST_F(TokenKeeperTest, StoresThroughALateRetryOfItsSuccessor) {
  outside.store_failures = 5;
  outside.store_failure = Failure{FailureKind::lease_lost, "lease_lost", ""};
  ASSERT_TRUE(access());
  EXPECT_EQ(opened(Field::refresh_token, outside.tokens->refresh_token), "new-refresh");
}

TEST_F(TokenKeeperTest, WaitsNoLongerForASuccessorThanItsRefreshTakes) {
  outside.store_failures = 1'000'000;
  outside.store_failure = Failure{FailureKind::lease_lost, "lease_lost", ""};
  const SteadyTime begun = clock.steady();
  EXPECT_EQ(access().failure().kind, FailureKind::lease_lost);
  EXPECT_GE(clock.steady() - begun, Duration(limits::refresh_deadline));
  EXPECT_LT(clock.steady() - begun, Duration(1min));
}

TEST_F(TokenKeeperTest, GivesUpStoringOnlyAfterItsPatience) {
  outside.store_failures = 1'000'000;
  const SteadyTime begun = clock.steady();
  EXPECT_EQ(access().failure().code, "redis_unreachable");
  EXPECT_GE(clock.steady() - begun, Duration(limits::token_store_patience));
  EXPECT_TRUE(events.saw("unpersisted"));
}

TEST_F(TokenKeeperTest, TellsUnderWhichKeyAMembersDataKeyIs) {
  ASSERT_TRUE(access());
  EXPECT_EQ(events.keys_active, 1U);
  EXPECT_EQ(events.keys_older, 0U);
  EXPECT_FALSE(events.saw("unpersisted"));
}

TEST_F(TokenKeeperTest, RecognisesItsOwnTokensWhereTheAnswerToTheStoreWasLost) {
  outside.store_failures = 1;
  outside.stores_though_it_fails = true;
  auto got = access();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->token.reveal(), "new-access");
}

TEST_F(TokenKeeperTest, ComesAgainForTokensThatSomebodyElseStored) {
  outside.after_intent = [this] {
    outside.tokens->version = 20;
    outside.tokens->refresh_token = seal(Field::refresh_token, "handed-in");
  };
  auto got = access();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.failure().kind, FailureKind::local);
  EXPECT_EQ(got.failure().code, "tokens_renewed");
  EXPECT_EQ(opened(Field::refresh_token, outside.tokens->refresh_token), "handed-in");
}

TEST_F(TokenKeeperTest, WaitsNoLongerForAnAnswerThanADrainDoes) {
  ASSERT_TRUE(access());
  EXPECT_EQ(outside.sent_deadline, Duration(limits::refresh_deadline));
}

TEST_F(TokenKeeperTest, AStoppedJobStartsNoRefresh) {
  job->stop.request({FailureKind::drained, "drained", ""});
  EXPECT_EQ(access().failure().kind, FailureKind::drained);
  EXPECT_EQ(outside.told, Told{"load"});
}

TEST_F(TokenKeeperTest, AStopBetweenIntentAndRequestTakesTheIntentBack) {
  outside.after_intent = [this] {
    if (!job->stop.requested()) {
      job->stop.request({FailureKind::drained, "drained", ""});
    }
  };
  EXPECT_EQ(access().failure().kind, FailureKind::drained);
  EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1", "intent 7 sends 0"}));
}

TEST_F(TokenKeeperTest, AWorkerThatStoodStillDoesNotSend) {
  bool stood = false;
  outside.after_intent = [&] {
    clock.now += stood ? 0s : 6s;
    stood = true;
  };
  EXPECT_EQ(access().failure().code, "refresh_late");
  EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1", "intent 7 sends 0"}));
}

TEST_F(TokenKeeperTest, LeavesALostAnswersTokenAloneForAMinute) {
  outside.tokens->intent = oauth::RefreshIntent{7, Fence{4}, 10s, 1};
  auto got = access();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.failure().code, "refresh_uncertain");
  EXPECT_GE(got.failure().retry_after.value_or(0ms), 50s);
  EXPECT_EQ(outside.told, Told{"load"});
  outside.tokens->intent->age = 3min;
  ASSERT_TRUE(access());
  EXPECT_EQ(outside.told, (Told{"load", "load", "send", "intent 7 sends 2", "send",
                                "store over 7"}));  // a knock first
}

// The job may come so late that nobody waited: the lost answer is told all the same.
TEST_F(TokenKeeperTest, TellsOfADoubtAlsoWhereNobodyHasToWait) {
  outside.tokens->intent = oauth::RefreshIntent{7, Fence{4}, 3min, 1};
  ASSERT_TRUE(access());
  EXPECT_EQ(events.told, (Told{"token uncertain", "token refreshed"}));
}

TEST_F(TokenKeeperTest, NamesAConsentThatALostAnswerCost) {
  payer.config.invalid_grant_surge = 0.3;
  outside.tokens->intent = oauth::RefreshIntent{7, Fence{4}, 3min, 1};
  outside.status = 400;
  outside.body = R"({"error":"invalid_grant"})";
  outside.asked_share = 1;
  const auto got = access();
  EXPECT_EQ(got.failure().kind, FailureKind::reconsent_required);
  EXPECT_EQ(got.failure().code, "refresh_lost_consent");
  EXPECT_EQ(outside.asked_share, 0) << "no part of a surge";
  EXPECT_EQ(outside.told.back(), "refused 7");
  EXPECT_EQ(events.told, (Told{"token uncertain", "token lost_consent"}));
}

TEST_F(TokenKeeperTest, ALateRetryThatIsRefusedInASurgeCostsNoConsent) {
  outside.tokens->intent = oauth::RefreshIntent{7, Fence{4}, 3min, 1};
  outside.status = 400;
  outside.body = R"({"error":"invalid_grant"})";
  outside.refusal = oauth::TokenStore::Refusal{true, false, 15min};
  EXPECT_EQ(access().failure().code, "invalid_grant_surge");
}

TEST_F(TokenKeeperTest, SendsNothingMoreWhenTheLateRetrysAnswerIsLostToo) {
  outside.tokens->intent = oauth::RefreshIntent{7, Fence{4}, 5h, 2};
  auto got = access();
  ASSERT_FALSE(got);
  EXPECT_EQ(got.failure().kind, FailureKind::permanent);
  EXPECT_EQ(got.failure().code, "refresh_lost");
  EXPECT_EQ(outside.told, Told{"load"});
  EXPECT_TRUE(events.saw("token lost"));
}

TEST_F(TokenKeeperTest, ALateRetryThatWasRefusedUnusedMayBeRepeated) {
  outside.tokens->intent = oauth::RefreshIntent{7, Fence{4}, 3min, 1};
  outside.after_intent = [this] {  // the knock before it was answered
    outside.status = 429;
    outside.body = "{}";
  };
  EXPECT_EQ(access().failure().kind, FailureKind::rate_limited);
  EXPECT_EQ(outside.told, (Told{"load", "send", "intent 7 sends 2", "send", "intent 7 sends 1"}));
}

TEST_F(TokenKeeperTest, TakesTheIntentBackWhereTheTokenIsProvenUnused) {
  outside.send_failure = Failure{FailureKind::retryable, "connect_failed", ""};
  EXPECT_EQ(access().failure().code, "connect_failed");
  EXPECT_EQ(outside.told.back(), "intent 7 sends 0");
  outside.send_failure.reset();
  requests.health_of(payer).answered(fhir::Endpoint::token, clock.steady());
  outside.status = 401;
  outside.body = R"({"error":"unauthorized_client"})";
  EXPECT_EQ(access().failure().kind, FailureKind::payer_refused);
  EXPECT_EQ(outside.told.back(), "intent 7 sends 0");
}

TEST_F(TokenKeeperTest, TakesBackAnIntentWhoseAnswerWasLost) {
  outside.intent_failure = redis_away();
  outside.intent_failures = 3;
  EXPECT_EQ(access().failure().code, "redis_unreachable");
  EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1", "intent 7 sends 0", "intent 7 sends 0",
                                "intent 7 sends 0"}));
}

TEST_F(TokenKeeperTest, GivesUpTakingBackAfterItsPatience) {
  outside.intent_failure = redis_away();
  const SteadyTime begun = clock.steady();
  EXPECT_EQ(access().failure().code, "redis_unreachable");
  EXPECT_GE(clock.steady() - begun, Duration(limits::intent_return_patience));
  EXPECT_LT(clock.steady() - begun, 2 * Duration(limits::intent_return_patience));
}

TEST_F(TokenKeeperTest, DoesNotSpendALastSendOnAnEndpointThatFails) {
  requests.health_of(payer).failed(fhir::Endpoint::token, FailureKind::retryable,
                                   *MemberId::parse("M2"), clock.steady());
  outside.tokens->intent = oauth::RefreshIntent{7, Fence{4}, 3min, 1};
  EXPECT_EQ(access().failure().code, "payer_down");
  EXPECT_EQ(outside.told, (Told{"load", "send"}));  // the knock alone, which was answered
}

TEST_F(TokenKeeperTest, KnocksAtAnEndpointThatFailedBeforeItSendsARefreshToken) {
  requests.health_of(payer).failed(fhir::Endpoint::token, FailureKind::retryable,
                                   *MemberId::parse("M2"), clock.steady());
  outside.status = 503;
  const auto refused = access();
  EXPECT_EQ(refused.failure().code, "payer_down");
  EXPECT_EQ(refused.failure().kind, FailureKind::retryable);
  EXPECT_EQ(outside.told, (Told{"load", "send"}));  // no intent, no refresh token
  outside.status = 200;
  EXPECT_TRUE(access());
  EXPECT_EQ(outside.told,
            (Told{"load", "send", "load", "send", "intent 7 sends 1", "send", "store over 7"}));
  EXPECT_FALSE(requests.health_of(payer).in_doubt(fhir::Endpoint::token, clock.steady()));
}

TEST_F(TokenKeeperTest, CountsARefreshUntilItsAnswerIsStored) {
  std::vector<unsigned> seen;
  outside.after_intent = [&] { seen.push_back(keeper.refreshing()); };
  outside.store_failures = 1;
  sleeper.on_sleep = [&] { seen.push_back(keeper.refreshing()); };
  ASSERT_TRUE(access());
  EXPECT_EQ(seen, (std::vector<unsigned>{1, 1}));
  EXPECT_EQ(keeper.refreshing(), 0U);
}

TEST_F(TokenKeeperTest, LeavesTheIntentWhereTheAnswerWasLost) {
  outside.send_failure = Failure{FailureKind::retryable, "connection_lost", ""};
  EXPECT_FALSE(access());
  EXPECT_EQ(outside.told.back(), "send");
}

class TokenKeeperWithTwoSecretsTest : public TokenKeeperTest {
 protected:
  static std::string by(const char* secret) {
    return std::string(oauth::basic_authorization("id", Secret(secret), false).reveal());
  }
  Result<AccessToken> access_of(Payer& of, bool must_refresh = false) {
    return run_through(io, waits, keeper.access(job, of, must_refresh));
  }
  Payer of_two{payer_profile(), std::vector<Secret>{Secret("new"), Secret("old")}};
};

TEST_F(TokenKeeperWithTwoSecretsTest, TheOtherOneIsTriedWhereTheFirstIsRefusedAndGoesOn) {
  outside.serves_only = by("old");
  ASSERT_TRUE(access_of(of_two));
  EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1", "send", "intent 7 sends 0",
                                "intent 7 sends 1", "send", "store over 7"}));
  EXPECT_EQ(outside.sent_by, (Told{by("new"), by("old")}));
  ASSERT_TRUE(access_of(of_two, true));
  EXPECT_EQ(outside.sent_by, (Told{by("new"), by("old"), by("old")}));
  outside.serves_only = by("new");
  ASSERT_TRUE(access_of(of_two, true)) << "and back again";
  EXPECT_EQ(outside.sent_by.back(), by("new"));
}

TEST_F(TokenKeeperWithTwoSecretsTest, ARefusalOfTheFirstIsNotTheBreakersBusiness) {
  outside.serves_only = by("old");
  for (unsigned number = 1; number <= 4; ++number) {
    const std::string name = std::to_string(number);
    of_two.client_secrets.serve(0);
    job = std::make_shared<RunningJob>(lease_of("j" + name, "M" + name, 5, clock.now),
                                       clock.steady(), clock.steady() + 30s);
    made = vault.new_data_key({payer_name, job->lease.ref.member});
    outside.tokens->data_key = made.wrapped;
    outside.tokens->refresh_token = seal(Field::refresh_token, "old-refresh");
    outside.tokens->patient = seal(Field::patient, "p1");
    ASSERT_TRUE(access_of(of_two, true)) << number;
    EXPECT_FALSE(requests.health_of(of_two).is_open());
  }
}

TEST_F(TokenKeeperWithTwoSecretsTest, WhereBothAreRefusedTheFirstStays) {
  outside.serves_only = "none";
  EXPECT_EQ(access_of(of_two).failure().code, "client_refused");
  EXPECT_EQ(outside.told.back(), "intent 7 sends 0");
  EXPECT_EQ(of_two.client_secrets.serving(), 0U);
  EXPECT_EQ(outside.sent_by.size(), 2U);
}

TEST_F(TokenKeeperWithTwoSecretsTest, AnEndedConsentShowsAsWellThatTheSecretServes) {
  outside.serves_only = by("old");
  outside.status = 400;
  outside.body = R"({"error":"invalid_grant"})";
  EXPECT_EQ(access_of(of_two).failure().kind, FailureKind::reconsent_required);
  EXPECT_EQ(of_two.client_secrets.serving(), 1U);
}

TEST_F(TokenKeeperTest, NothingIsWrittenBeforeThereIsAPermit) {
  fleet.away = redis_away();
  EXPECT_EQ(access().failure().code, "redis_unreachable");
  EXPECT_EQ(outside.told, Told{"load"});
}

TEST_F(TokenKeeperTest, AsksForThePermitOfAToken) {
  ASSERT_TRUE(access());
  EXPECT_EQ(fleet.asks.front().wanted[quota::Use::token], 1U);
}

TEST_F(TokenKeeperTest, SaysThatAMemberHasNoTokens) {
  outside.tokens.reset();
  EXPECT_EQ(access().failure().code, "no_tokens");
}

}  // namespace
}  // namespace claimferry::worker
