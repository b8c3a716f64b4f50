#include "tests/sandbox/model/token_answers.hpp"

#include "tests/unit/sandbox/connect/connect_fixture.hpp"

namespace claimferry::sandbox {
namespace {

class TokenAnswersOf : public ConnectTest {};

TEST_F(TokenAnswersOf, MaySayThatLessWasGrantedThanWasAskedFor) {
  set_modes(R"({"granted_scope":"launch/patient"})");
  const Answer answer = exchange(allowed_code());
  EXPECT_EQ(text(answer, "scope"), "launch/patient");
  EXPECT_EQ(text(refresh(text(answer, "refresh_token")), "scope"), "launch/patient");
}

TEST_F(TokenAnswersOf, AMemberWhoWasHandedOutHasTheScopesThatAppsAskFor) {
  EXPECT_EQ(text(refresh(member.refresh_token), "scope"), "launch/patient patient/*.read");
}

TEST_F(TokenAnswersOf, MayNameNoPatient) {
  set_modes(R"({"patient_in_answer":false})");
  EXPECT_FALSE(json(exchange(allowed_code())).as_object().contains("patient"));
}

TEST_F(TokenAnswersOf, MayNameThePatientOfAnother) {
  set_modes(R"({"patient_of_other":true})");
  EXPECT_NE(text(exchange(allowed_code()), "patient"), member.patient) << "though there is nobody";
  const EnrolledMember second = model.enrol({}, now);
  EXPECT_EQ(text(exchange(allowed_code()), "patient"), second.patient);
  EXPECT_EQ(text(exchange(allowed_code({}, "VTETestUser02")), "patient"), member.patient);
}

TEST_F(TokenAnswersOf, MayBeAPageInsteadOfJson) {
  set_modes(R"({"token_answer":"html"})");
  const Answer answer = exchange(allowed_code());
  EXPECT_EQ(answer.status, 200U);
  EXPECT_TRUE(header(answer, "Content-Type").starts_with("text/html"));
  EXPECT_TRUE(answer.body.starts_with("<!doctype html>"));
  EXPECT_EQ(answer.body.find("AAI"), std::string::npos) << "a token";
}

TEST_F(TokenAnswersOf, MayBeHuge) {
  set_modes(R"({"token_answer":"huge"})");
  const Answer answer = exchange(allowed_code());
  EXPECT_GE(answer.body.size(), std::size_t{1} << 20);
  EXPECT_EQ(text(answer, "patient"), member.patient);
}

TEST_F(TokenAnswersOf, MayBeJsonOfNoUseThoughTheTokensRotated) {
  struct Row {
    const char* shape;
    const char* holds;
  };
  const Row rows[] = {
      {"no_object", R"([{"token_type":"Bearer","access_token":"AAI)"},
      {"no_access_token", R"("refresh_token":"AAI)"},
      {"number_for_token", R"("access_token":7,)"},
      {"other_type", R"("token_type":"mac")"},
      {"odd_fields", R"("expires_in":{"seconds":3600})"},
      {"negative_times", R"("expires_in":-1)"},
      {"number_for_refresh_token", R"("refresh_token":7)"},
  };
  std::string token = member.refresh_token;
  for (const Row& row : rows) {
    set_modes(std::string(R"({"token_answer":")") + row.shape + "\"}");
    const Answer spoiled = refresh(token);
    EXPECT_EQ(spoiled.status, 200U) << row.shape;
    EXPECT_NE(spoiled.body.find(row.holds), std::string::npos) << spoiled.body;
    set_modes(R"({"token_answer":"right"})");
    now += std::chrono::seconds(61);
    token = text(refresh(token), "refresh_token");
    EXPECT_FALSE(token.empty()) << "a late retry is honoured";
  }
  EXPECT_EQ(model.violations().refresh_retried_late, std::size(rows));
}

TEST_F(TokenAnswersOf, ARefreshTokenThatDoesNotRotateIsNamedAtTheExchangeAlone) {
  set_modes(R"({"no_refresh_token_in_answer":true})");
  const Answer answer = exchange(allowed_code());
  const std::string token = text(answer, "refresh_token");
  EXPECT_FALSE(json(refresh(token)).as_object().contains("refresh_token"));
  EXPECT_EQ(refresh(token).status, 200U);
}

}  // namespace
}  // namespace claimferry::sandbox
