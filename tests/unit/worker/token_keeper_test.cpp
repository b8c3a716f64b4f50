// The order that keeps a single-use refresh token from being lost, and what each answer leads to.
#include "worker/token_keeper.hpp"

#include <functional>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "common/base/encoding.hpp"
#include "common/base/limits.hpp"
#include "common/oauth/token_request.hpp"
#include "tests/unit/worker/outside.hpp"

namespace claimferry::worker {
namespace {

using vault::Field;

const MemberId member = *MemberId::parse("M1");

// Both ends of the keeper, telling in one list what was asked of them.
class Outside final : public oauth::TokenStore, public http::Client {
 public:
  awaitable<Result<std::optional<oauth::SealedTokens>>> load(MemberId) override {
    told.emplace_back("load");
    co_return tokens;
  }
  awaitable<Result<void>> record_intent(queue::JobRef, std::uint64_t version,
                                        unsigned sends) override {
    told.push_back("intent " + std::to_string(version) + " sends " + std::to_string(sends));
    if (intent_failure) {
      Failure failure = *intent_failure;
      if (intent_failures == 1) {
        intent_failure.reset();
      }
      --intent_failures;
      co_return failure;
    }
    if (after_intent) {
      after_intent();
    }
    co_return Result<void>();
  }
  awaitable<Result<Refusal>> refused(queue::JobRef, std::uint64_t version,
                                     double share_max) override {
    told.push_back("refused " + std::to_string(version));
    asked_share = share_max;
    co_return refusal;
  }
  awaitable<Result<void>> store(queue::JobRef, std::uint64_t expected,
                                oauth::SealedTokens next) override {
    told.push_back("store over " + std::to_string(expected));
    if (store_failures > 0) {
      --store_failures;
      if (stores_though_it_fails) {
        tokens = std::move(next);
      }
      co_return store_failure;
    }
    if (tokens->version != expected) {
      co_return Failure{FailureKind::permanent, "token_version", "renewed"};
    }
    tokens = std::move(next);
    co_return Result<void>();
  }
  awaitable<Result<http::Response>> send(http::Request request) override {
    if (while_dialling) {
      while_dialling();
    }
    if (request.last_look) {
      if (auto why_not = request.last_look()) {
        co_return std::move(*why_not);
      }
    }
    told.emplace_back("send");
    sent_form = std::string(request.form.reveal());
    sent_by.emplace_back(request.authorization.reveal());
    if (serves_only && sent_by.back() != *serves_only) {
      co_return refusal_of_client();
    }
    sent_deadline = request.deadline;
    if (send_failure) {
      co_return *send_failure;
    }
    http::Response response;
    response.status = status;
    response.body = http::Body(body);
    co_return response;
  }

  std::vector<std::string> told;
  std::optional<oauth::SealedTokens> tokens;
  std::optional<Failure> intent_failure;
  Result<Refusal> refusal = Refusal{};
  double asked_share = 0;
  unsigned intent_failures = 1'000'000;  // so often
  std::optional<Failure> send_failure;
  std::function<void()> after_intent;
  std::function<void()> while_dialling;
  unsigned store_failures = 0;
  Failure store_failure{FailureKind::local, "redis_unreachable", "away"};
  bool stores_though_it_fails = false;
  unsigned status = 200;
  std::string body =
      R"({"token_type":"Bearer","access_token":"new-access","refresh_token":"new-refresh","expires_in":3600})";
  std::string sent_form;
  std::vector<std::string> sent_by;        // the clients' authorizations
  std::optional<std::string> serves_only;  // one of them; others are answered 401
  Duration sent_deadline{};

 private:
  static http::Response refusal_of_client() {
    http::Response response;
    response.status = 401;
    response.body = http::Body(std::string(R"({"error":"invalid_client"})"));
    return response;
  }
};

class TokenKeeperTest : public testing::Test {
 protected:
  TokenKeeperTest() {
    oauth::SealedTokens tokens;
    tokens.version = 7;
    tokens.data_key = made.wrapped;
    tokens.refresh_token = seal(Field::refresh_token, "old-refresh");
    tokens.patient = seal(Field::patient, "p1");
    outside.tokens = tokens;
  }

  std::string seal(Field field, const std::string& plain) const {
    return made.key.seal(field, Secret(plain));
  }
  std::string opened(Field field, const std::string& blob) const {
    auto plain = made.key.open(field, blob);
    return plain ? std::string(plain->reveal()) : plain.failure().code;
  }
  void hold_access_token(Duration issued_ago, Duration life) {
    outside.tokens->access_token = seal(Field::access_token, "held-access");
    outside.tokens->access_issued_at = clock.now - issued_ago;
    outside.tokens->access_expires_at = clock.now - issued_ago + life;
  }
  Result<AccessToken> access(bool must_refresh = false) {
    return run_through(io, waits, keeper.access(job, payer, must_refresh));
  }
  using Told = std::vector<std::string>;

  ~TokenKeeperTest() override { owned_io.reset(); }  // before what its coroutines use

  std::unique_ptr<boost::asio::io_context> owned_io = std::make_unique<boost::asio::io_context>(1);
  boost::asio::io_context& io = *owned_io;
  StandingClock clock;
  SeededRandom random{1};
  QuickSleeper sleeper{clock};
  PatientSleeper waits{clock};  // for permits
  Events events;
  FleetQuotaStub fleet;
  Outside outside;
  vault::Vault vault{
      *vault::KeyRing::parse(Secret("k:" + to_base64(std::string(vault::key_bytes, 'k'))), "test")};
  vault::NewDataKey made = vault.new_data_key({payer_name, member});
  Payer payer{payer_profile(), Secret("secret")};
  PayerRequests requests{{executor_of(io), clock, random, waits, fleet, outside, events}, "w1", 1};
  TokenKeeper keeper{{clock, random, sleeper, requests, outside, vault, events}};
  std::shared_ptr<RunningJob> job = std::make_shared<RunningJob>(
      lease_of("j1", "M1", 5, clock.now), clock.steady(), clock.steady() + 30s);
};

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

TEST_F(TokenKeeperTest, GivesUpStoringOnlyAfterItsPatience) {
  outside.store_failures = 1'000'000;
  const SteadyTime begun = clock.steady();
  EXPECT_EQ(access().failure().code, "redis_unreachable");
  EXPECT_GE(clock.steady() - begun, Duration(limits::token_store_patience));
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

// The old token may be spent by then: it stays, with its intent, for the one late retry.
TEST_F(TokenKeeperTest, AnAnswerOfNoUseIsCodedCountedAndCostsNoToken) {
  const std::string tables[] = {"",
                                "<html><body>Try again later</body></html>",
                                R"(["access_token"])",
                                R"({"refresh_token":"r","expires_in":3600})",
                                R"({"access_token":7,"refresh_token":"r"})",
                                R"({"access_token":"a","token_type":"mac"})",
                                R"({"access_token":"a","refresh_token":"two words"})",
                                R"({"access_token":"a","refresh_token":)",
                                std::string(limits::token_body_bytes_max + 1, ' ')};
  for (const std::string& body : tables) {
    outside.body = body;
    outside.told.clear();
    events.told.clear();
    const auto got = access();
    const std::string shown = body.substr(0, 60);
    EXPECT_EQ(got.failure().kind, FailureKind::retryable) << shown;
    EXPECT_EQ(got.failure().code, "token_answer_unusable") << shown;
    EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1", "send"})) << shown;
    EXPECT_EQ(events.told, Told{"token failed"}) << shown;
    EXPECT_EQ(opened(Field::refresh_token, outside.tokens->refresh_token), "old-refresh");
  }
}

TEST_F(TokenKeeperTest, AnAnswerTooLargeToBeReadIsOneOfNoUse) {
  outside.send_failure = Failure{FailureKind::permanent, "body_too_large", ""};
  const auto got = access();
  EXPECT_EQ(got.failure().kind, FailureKind::retryable);
  EXPECT_EQ(got.failure().code, "token_answer_unusable");
  EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1", "send"})) << "the late retry is left";
  EXPECT_EQ(events.told, Told{"token failed"});
}

TEST_F(TokenKeeperTest, OnlyInvalidGrantAsksForConsentAgain) {
  outside.status = 400;
  outside.body = R"({"error":"invalid_grant"})";
  EXPECT_EQ(access().failure().kind, FailureKind::reconsent_required);
  outside.body = R"({"error":"invalid_scope"})";
  EXPECT_EQ(access().failure().kind, FailureKind::payer_refused);
}

TEST_F(TokenKeeperTest, WhereTooManyAreRefusedNobodyIsAskedForConsent) {
  outside.status = 400;
  outside.body = R"({"error":"invalid_grant"})";
  payer.config.invalid_grant_surge = 0.3;
  outside.refusal = oauth::TokenStore::Refusal{true, true, 15min};
  const auto got = access();
  EXPECT_EQ(got.failure().kind, FailureKind::payer_refused);
  EXPECT_EQ(got.failure().code, "invalid_grant_surge");
  EXPECT_EQ(got.failure().retry_after, Duration(15min));
  EXPECT_EQ(outside.asked_share, 0.3);
  EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1", "send", "refused 7"}));
  EXPECT_EQ(events.told, (Told{"grants stopped", "token surge"}));
}

TEST_F(TokenKeeperTest, ARefusalThatCannotBeToldEndsNoConsent) {
  outside.status = 400;
  outside.body = R"({"error":"invalid_grant"})";
  outside.refusal = redis_away();
  EXPECT_EQ(access().failure().code, "redis_unreachable");
  outside.refusal = Failure{FailureKind::permanent, "token_version", "renewed"};
  EXPECT_EQ(access().failure().code, "tokens_renewed");
}

TEST_F(TokenKeeperTest, SendsNothingWhileRefreshingIsStopped) {
  outside.intent_failure =
      Failure{FailureKind::payer_refused, "invalid_grant_surge", "stopped", Duration(10min)};
  const auto got = access();
  EXPECT_EQ(got.failure().code, "invalid_grant_surge");
  EXPECT_EQ(got.failure().retry_after, Duration(10min));
  EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1"}));
  EXPECT_EQ(events.told, Told{"token surge"});
}

TEST_F(TokenKeeperTest, KeepsTheRotatedTokenButNotTheAccessOfAnotherPatient) {
  outside.body = R"({"access_token":"x","refresh_token":"rotated","patient":"p2"})";
  EXPECT_EQ(access().failure().code, "token_of_other_patient");
  EXPECT_EQ(outside.tokens->version, 8U);
  EXPECT_EQ(opened(Field::refresh_token, outside.tokens->refresh_token), "rotated");
  EXPECT_EQ(outside.tokens->access_token, "");
}

TEST_F(TokenKeeperTest, A429OfTheTokenEndpointHoldsProcessAndFleet) {
  outside.status = 429;
  outside.body = "{}";
  fleet.quiet_of_its_own = 30s;
  EXPECT_EQ(access().failure().kind, FailureKind::rate_limited);
  EXPECT_EQ(payer.gate.remaining(clock.steady()), 30s);
  EXPECT_EQ(fleet.refusals.size(), 1U);
  EXPECT_EQ(outside.told.back(), "intent 7 sends 0");
  EXPECT_EQ(access().failure().code, "payer_blocked");
  EXPECT_EQ(outside.told.back(), "load");
}

TEST_F(TokenKeeperTest, ARefreshThatAQuietStopsWhileItIsDialledTakesItsIntentBack) {
  outside.while_dialling = [this] { payer.gate.block(clock.steady() + 30s, 1); };
  EXPECT_EQ(access().failure().code, "payer_blocked");
  EXPECT_EQ(outside.told, (Told{"load", "intent 7 sends 1", "intent 7 sends 0"}));
  EXPECT_TRUE(fleet.refusals.empty());
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
