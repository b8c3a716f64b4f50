#include "tests/sandbox/model/dice.hpp"
#include "tests/unit/sandbox/payer_fixture.hpp"

namespace claimferry::sandbox {
namespace {

using namespace std::chrono_literals;

class TransportOf : public PayerTest {};

TEST_F(TransportOf, WithoutFaultsEverythingLeavesAtOnce) {
  const Answer answer = get(eob_search(), enrol());
  EXPECT_EQ(answer.transport.ending, Transport::Ending::whole);
  EXPECT_EQ(answer.transport.delay, 0ms);
}

TEST_F(TransportOf, ABodyIsTruncatedInsideItself) {
  const std::string token = enrol();
  control("PATCH", "/v1/faults", R"({"truncated_body":1})");
  const Answer answer = get(eob_search(), token);
  EXPECT_EQ(answer.transport.ending, Transport::Ending::close);
  EXPECT_TRUE(answer.transport.head_sent);
  EXPECT_LT(answer.transport.body_bytes_sent, answer.body.size());
}

TEST_F(TransportOf, AStallSendsHalfAndThenWaits) {
  const std::string token = enrol();
  control("PATCH", "/v1/faults", R"({"stall":1,"stall_ms":5000})");
  const Answer answer = get(eob_search(), token);
  EXPECT_EQ(answer.transport.ending, Transport::Ending::stall);
  EXPECT_EQ(answer.transport.stall, 5s);
  EXPECT_LT(answer.transport.body_bytes_sent, answer.body.size());
}

TEST_F(TransportOf, AMalformedBodyArrivesWholeAndIsNotJson) {
  const std::string token = enrol();
  control("PATCH", "/v1/faults", R"({"malformed_body":1})");
  for (int request = 0; request < 20; ++request) {
    const Answer answer = get(eob_search(), token);
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.transport.ending, Transport::Ending::whole);
    boost::system::error_code ec;
    boost::json::parse(answer.body, ec);
    EXPECT_TRUE(ec);
  }
}

TEST_F(TransportOf, A503MayAskForAWaitInTheLimitsForm) {
  const std::string token = enrol();
  control("PATCH", "/v1/faults", R"({"status_503_retry_after":1,"expire_access_tokens":1})");
  const Answer refused = get(eob_search(), token);
  EXPECT_EQ(refused.status, 503U);
  EXPECT_EQ(header(refused, "Retry-After"), "1");
  EXPECT_EQ(text(refused, "httpCode"), "503");
  control("PUT", "/v1/limit", R"({"retry_after":"date"})");
  EXPECT_EQ(header(get(eob_search(), token), "Retry-After"), "Mon, 01 Jun 2026 00:00:01 GMT");
  control("PUT", "/v1/limit", R"({"retry_after":"none"})");
  EXPECT_EQ(header(get(eob_search(), token), "Retry-After"), "");
  EXPECT_EQ(refresh(model.enrol({}, now).refresh_token).status, 200U) << "resources only";
  control("PATCH", "/v1/faults", R"({"status_503_retry_after":0})");
  EXPECT_EQ(get(eob_search(), token).status, 200U) << "nothing was processed";
}

TEST_F(TransportOf, ADroppedTokenAnswerHasRotatedTheTokens) {
  member = model.enrol({}, now);
  control("PATCH", "/v1/faults", R"({"drop_token_answer":1})");
  EXPECT_EQ(refresh(member.refresh_token).transport.ending, Transport::Ending::reset);
  control("PATCH", "/v1/faults", R"({"drop_token_answer":0})");
  now += 61s;
  EXPECT_EQ(refresh(member.refresh_token).status, 200U);
  EXPECT_EQ(model.violations().refresh_retried_late, 1U);
}

TEST_F(TransportOf, AResetBeforeTheTokenEndpointSpendsNothing) {
  member = model.enrol({}, now);
  control("PATCH", "/v1/faults", R"({"reset":1})");
  EXPECT_EQ(refresh(member.refresh_token).transport.ending, Transport::Ending::reset);
  control("PATCH", "/v1/faults", R"({"reset":0})");
  EXPECT_EQ(refresh(member.refresh_token).status, 200U);
  EXPECT_EQ(model.violations().refresh_reused, 0U);
}

TEST_F(TransportOf, AnOutageClosesWithoutAWord) {
  const std::string token = enrol();
  control("PATCH", "/v1/faults", R"({"down":true})");
  const Answer answer = get(eob_search(), token);
  EXPECT_EQ(answer.transport.ending, Transport::Ending::reset);
  EXPECT_FALSE(answer.transport.head_sent);
  control("PATCH", "/v1/faults", R"({"down":false})");
  EXPECT_EQ(get(eob_search(), token).status, 200U);
}

TEST_F(TransportOf, ServerErrorsAndOutcomesComeAsOftenAsAskedFor) {
  const std::string token = enrol(1);
  control("PATCH", "/v1/faults", R"({"status_5xx":0.25,"outcome_200":0.25})");
  unsigned errors = 0;
  unsigned outcomes = 0;
  for (int request = 0; request < 1000; ++request) {
    const Answer answer = get(eob_search(), token);
    errors += answer.status >= 500 ? 1 : 0;
    outcomes += answer.status == 200 && text(answer, "resourceType") == "OperationOutcome" ? 1 : 0;
  }
  EXPECT_NEAR(errors, 250, 60);
  EXPECT_NEAR(outcomes, 187, 60);
}

TEST_F(TransportOf, TheSameSeedMeetsTheSameFaults) {
  const auto run = [] {
    Model payer(options());
    Control(payer).handle("PATCH", "/v1/faults",
                          R"({"status_5xx":0.3,"latency_ms":{"min":1,"max":90,"p99":400}})", {});
    std::string log;
    for (int request = 0; request < 50; ++request) {
      PayerRequest metadata;
      metadata.target = discovery_path;
      const Answer answer = payer.handle(metadata);
      log += std::to_string(answer.status) + "/" + std::to_string(answer.transport.delay.count()) +
             " ";
    }
    return log;
  };
  EXPECT_EQ(run(), run());
}

TEST(Latency, StaysWithinItsBoundsAndHasTheTailAskedFor) {
  Dice dice(5);
  Latency uniform{20, 40, 0};
  Latency tailed{20, 40, 300};
  int beyond = 0;
  for (int draw = 0; draw < 4000; ++draw) {
    dice.next_request();
    const Duration latency = dice.latency(uniform);
    EXPECT_GE(latency, 20ms);
    EXPECT_LE(latency, 40ms);
    beyond += dice.latency(tailed) > 300ms ? 1 : 0;
  }
  EXPECT_GT(beyond, 15);
  EXPECT_LT(beyond, 80);
}

TEST(Latency, ATailAloneHasItsMedianAtATenth) {
  Dice dice(5);
  const Latency tail{0, 0, 300};
  int beyond_median = 0;
  int beyond_tail = 0;
  for (int draw = 0; draw < 4000; ++draw) {
    dice.next_request();
    const Duration latency = dice.latency(tail);
    beyond_median += latency > 30ms ? 1 : 0;
    beyond_tail += latency > 300ms ? 1 : 0;
  }
  EXPECT_NEAR(beyond_median, 2000, 150);
  EXPECT_GT(beyond_tail, 15);
  EXPECT_LT(beyond_tail, 80);
}

// What befell each of 200 requests, by one knob.
std::string fates_of(Knob knob, double others) {
  Dice dice(11);
  std::string fates;
  for (int request = 0; request < 200; ++request) {
    dice.next_request();
    for (int other = 0; others > 0 && other < 15; ++other) {
      if (static_cast<Knob>(other) != knob && dice.happens(static_cast<Knob>(other), others)) {
        dice.below(static_cast<Knob>(other), 100);
      }
    }
    fates += dice.happens(knob, 0.3) ? std::to_string(dice.below(knob, 10)) : "-";
  }
  return fates;
}

TEST(Dice, OneFaultMovesNoOther) {
  EXPECT_EQ(fates_of(Knob::reset, 0), fates_of(Knob::reset, 0.5));
  EXPECT_NE(fates_of(Knob::reset, 0), fates_of(Knob::stall, 0));
}

class TokenTransportOf : public PayerTest {
 protected:
  // Enrols a member, refreshes it under these faults of the token endpoint, and waits.
  Answer refresh_under(const std::string& faults) {
    member = model.enrol({}, now);
    control("PATCH", "/v1/faults", R"({"token":)" + faults + "}");
    Answer answer = refresh(member.refresh_token);
    control("PATCH", "/v1/faults",
            R"({"token":{"status_5xx":0,"status_429":0,"reset":0,"truncated_body":0,)"
            R"("malformed_body":0,"stall":0}})");
    now += 60s;
    return answer;
  }
  // Whether the tokens rotated: then asking again is a late retry.
  bool rotated() {
    EXPECT_EQ(refresh(member.refresh_token).status, 200U);
    return model.violations().refresh_retried_late == 1;
  }
};

TEST_F(TokenTransportOf, DamageBefallsTokenAnswersOnlyByItsOwnName) {
  const std::string token = enrol();
  control("PATCH", "/v1/faults", R"({"truncated_body":1,"malformed_body":1,"stall":1})");
  EXPECT_EQ(get(eob_search(), token).transport.ending, Transport::Ending::close);
  member = model.enrol({}, now);
  const Answer answer = refresh(member.refresh_token);
  EXPECT_EQ(answer.transport.ending, Transport::Ending::whole);
  EXPECT_EQ(text(answer, "patient"), member.patient);
}

TEST_F(TokenTransportOf, A429ComesBeforeTheTokensRotate) {
  const Answer answer = refresh_under(R"({"status_429":1})");
  EXPECT_EQ(answer.status, 429U);
  EXPECT_EQ(header(answer, "Retry-After"), "1");
  EXPECT_FALSE(rotated());
}

TEST_F(TokenTransportOf, AServerErrorMayHideRotatedTokens) {
  EXPECT_GE(refresh_under(R"({"status_5xx":1})").status, 500U);
  EXPECT_TRUE(rotated());
}

TEST_F(TokenTransportOf, AResetMayFollowTheRotation) {
  EXPECT_EQ(refresh_under(R"({"reset":1})").transport.ending, Transport::Ending::reset);
  EXPECT_TRUE(rotated());
}

TEST_F(TokenTransportOf, ATokenAnswerMayBeTruncatedMalformedOrStalled) {
  const Answer truncated = refresh_under(R"({"truncated_body":1})");
  EXPECT_EQ(truncated.transport.ending, Transport::Ending::close);
  EXPECT_LT(truncated.transport.body_bytes_sent, truncated.body.size());
  EXPECT_TRUE(rotated());
  const Answer malformed = refresh_under(R"({"malformed_body":1})");
  boost::system::error_code ec;
  boost::json::parse(malformed.body, ec);
  EXPECT_TRUE(ec) << malformed.body;
  EXPECT_EQ(malformed.status, 200U);
  EXPECT_EQ(refresh_under(R"({"stall":1})").transport.ending, Transport::Ending::stall);
}

}  // namespace
}  // namespace claimferry::sandbox
