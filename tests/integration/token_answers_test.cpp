// What a token endpoint may answer in place of tokens: each is told by its code, where an operator
// or the member sees it, is counted, and costs nobody a refresh token.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"
#include "tests/integration/sign_in.hpp"

namespace claimferry::integration {
namespace {

using testing::HasSubstr;

constexpr unsigned eobs = 3;

// The value of a series, named with its labels; 0 where there is none.
long value_of(const std::string& metrics, const std::string& series) {
  const auto at = metrics.find("\n" + series + " ");
  return at == std::string::npos ? 0 : std::stol(metrics.substr(at + series.size() + 2));
}

bool says(const Output& output, const std::string& text) {
  return output.text.find(text) != std::string::npos;
}

std::string refreshes(const std::string& outcome) {
  return "claimferry_token_refreshes_total{outcome=\"" + outcome + "\",payer=\"aetna-sandbox\"}";
}

// Members by number, all of them known to the sandbox beforehand; and what a payer answers.
class TokenAnswers : public testing::Test {
 protected:
  void begin(std::size_t members) {
    fleet_.start_all_but_workers();
    const std::string answer =
        fleet_.control("POST", "/v1/members",
                       "{\"count\":" + std::to_string(members) +
                           ",\"seed\":7,\"eobs\":" + std::to_string(eobs) + "}");
    for (std::size_t begin = 0; begin < answer.size();) {
      const auto end = std::min(answer.find('\n', begin), answer.size());
      lines_.push_back(answer.substr(begin, end - begin));
      begin = end + 1;
    }
    ASSERT_GE(lines_.size(), members) << answer;
  }
  void set_mode(const std::string& json) { fleet_.control("PATCH", "/v1/modes", json); }
  std::string add(std::size_t number) {
    const Output added =
        fleet_.cli({"member", "add", "--payer", "aetna-sandbox", "--from", "-"}, lines_.at(number));
    EXPECT_EQ(added.status, 0) << added.errors;
    return text_in(lines_.at(number), "member");
  }
  bool is_synced(const std::string& member) {
    return fleet_.redis({"ZSCORE", "cf:{0}:lastok", member}) != "\n";
  }
  long claims_of(const std::string& member) {
    return std::stol(
        fleet_.query("SELECT count(*) FROM claim_current WHERE member='" + member + "'"));
  }
  // An entry of the audit, by its event and code.
  bool audit_holds(const std::string& member, const std::string& event, const std::string& code) {
    const Output told = fleet_.cli({"audit", "show", "-o", "json", "--member", member});
    return says(told, "\"event\":\"" + event + "\"") && says(told, "\"code\":\"" + code + "\"");
  }

  Fleet fleet_;
  std::vector<std::string> lines_;
};

// ---- a worker that refreshes

struct Refreshed {
  const char* mode;
  const char* back;
};

constexpr Refreshed of_no_use[] = {
    {R"({"token_answer":"html"})", R"({"token_answer":"right"})"},
    {R"({"token_answer":"huge"})", R"({"token_answer":"right"})"},
    {R"({"token_answer":"no_object"})", R"({"token_answer":"right"})"},
    {R"({"token_answer":"number_for_refresh_token"})", R"({"token_answer":"right"})"},
};

// One wait serves all rows: a spent refresh token may be sent once more after a minute.
TEST_F(TokenAnswers, OfNoUseAreCodedCountedAndAskedForOnceMore) {
  begin(std::size(of_no_use));
  fleet_.start_worker("worker");
  std::vector<std::string> members;
  for (const Refreshed& row : of_no_use) {
    SCOPED_TRACE(row.mode);
    const long before = value_of(fleet_.metrics("worker"), refreshes("failed"));
    set_mode(row.mode);
    const std::string member = members.emplace_back(add(members.size()));
    ASSERT_TRUE(eventually(30s, [&] {
      return value_of(fleet_.metrics("worker"), refreshes("failed")) == before + 1;
    })) << fleet_.logs();
    set_mode(row.back);
    EXPECT_TRUE(eventually(30s, [&] {
      return audit_holds(member, "refresh_failed", "token_answer_unusable");
    })) << fleet_.logs();
    // It tries again at once, and learns that it has to wait.
    EXPECT_TRUE(eventually(30s, [&] {
      const Output why = fleet_.cli({"why", member});
      return says(why, "token_answer_unusable") || says(why, "refresh_uncertain");
    })) << fleet_.cli({"why", member}).text;
    EXPECT_THAT(fleet_.cli({"member", "show", member}).text, HasSubstr("active"));
  }
  EXPECT_THAT(fleet_.process("worker").log_text(), HasSubstr("token_answer_unusable"));
  ASSERT_TRUE(fleet_.wait_until_synced(static_cast<unsigned>(members.size()), 180s))
      << fleet_.logs();
  for (const std::string& member : members) {
    EXPECT_EQ(claims_of(member), eobs) << member;
  }
  EXPECT_EQ(fleet_.violation("refresh_reused"), 0);
  EXPECT_EQ(fleet_.violation("refresh_retried_late"), std::ssize(of_no_use));
  EXPECT_EQ(fleet_.redis({"ZCARD", "cf:{0}:dead"}), "0\n");
}

// A payer that ends a consent whose spent token it sees again: who threw away the rotated one is
// found out. Nobody waits, for the next refresh has a token that was never sent.
TEST_F(TokenAnswers, OfNoUseGiveUpNoRefreshTokenThatTheyHold) {
  const char* const holding[] = {"no_access_token", "number_for_token", "other_type"};
  begin(std::size(holding));
  fleet_.start_worker("worker");
  set_mode(R"({"refresh_grace":false})");
  for (std::size_t number = 0; number < std::size(holding); ++number) {
    SCOPED_TRACE(holding[number]);
    const long before = value_of(fleet_.metrics("worker"), refreshes("failed"));
    set_mode(std::string(R"({"token_answer":")") + holding[number] + "\"}");
    const std::string member = add(number);
    ASSERT_TRUE(eventually(30s, [&] {
      return value_of(fleet_.metrics("worker"), refreshes("failed")) > before;
    })) << fleet_.logs();
    set_mode(R"({"token_answer":"right"})");
    ASSERT_TRUE(eventually(60s, [&] { return is_synced(member); })) << fleet_.logs();
    EXPECT_TRUE(audit_holds(member, "refresh_failed", "token_answer_unusable"));
    EXPECT_EQ(claims_of(member), eobs);
  }
  EXPECT_EQ(fleet_.violation("refresh_reused"), 0);
  EXPECT_EQ(fleet_.violation("refresh_retried_late"), 0);
  EXPECT_EQ(fleet_.redis({"ZCARD", "cf:{0}:dead"}), "0\n");
}

constexpr Refreshed odd_but_of_use[] = {
    {R"({"token_answer":"odd_fields"})", R"({"token_answer":"right"})"},
    {R"({"token_answer":"negative_times"})", R"({"token_answer":"right"})"},
    {R"({"no_expires_in":true})", R"({"no_expires_in":false})"},
    {R"({"numbers_as_strings":true})", R"({"numbers_as_strings":false})"},
    {R"({"no_refresh_token_in_answer":true})", R"({"no_refresh_token_in_answer":false})"},
    {R"({"patient_in_answer":false})", R"({"patient_in_answer":true})"},
    {R"({"granted_scope":"launch/patient"})", R"({"granted_scope":""})"},
    {R"({"clock":"ahead"})", R"({"clock":"right"})"},
    {R"({"clock":"behind"})", R"({"clock":"right"})"},
};

// The access token serves, and one refresh is all that each costs. What was stored lives on: it
// is refreshed once more, without the oddity.
TEST_F(TokenAnswers, WithOddFieldsAndClocksServeAllTheSame) {
  begin(std::size(odd_but_of_use));
  fleet_.start_worker("worker");
  std::vector<std::string> members;
  for (const Refreshed& row : odd_but_of_use) {
    SCOPED_TRACE(row.mode);
    const long before = value_of(fleet_.metrics("worker"), refreshes("refreshed"));
    set_mode(row.mode);
    const std::string member = members.emplace_back(add(members.size()));
    ASSERT_TRUE(eventually(30s, [&] { return is_synced(member); })) << fleet_.logs();
    set_mode(row.back);
    EXPECT_EQ(value_of(fleet_.metrics("worker"), refreshes("refreshed")), before + 1);
    EXPECT_EQ(claims_of(member), eobs);
  }
  for (const std::string& member : members) {
    fleet_.control("POST", "/v1/tokens/expire", R"({"member":")" + member + "\"}");
    EXPECT_EQ(fleet_.cli({"backfill", "add", member, "--since", "2020-01-01"}).status, 0);
  }
  const long both = 2 * std::ssize(members);
  EXPECT_TRUE(eventually(60s, [&] {
    return value_of(fleet_.metrics("worker"), refreshes("refreshed")) == both;
  })) << fleet_.logs();
  EXPECT_EQ(fleet_.violation("token"), both);
  EXPECT_EQ(fleet_.verdict(), "");
}

TEST_F(TokenAnswers, OfAnotherPatientAreKeptApartAndAlarmed) {
  begin(1);
  fleet_.start_worker("worker");
  set_mode(R"({"patient_of_other":true})");
  const std::string member = add(0);
  ASSERT_TRUE(fleet_.wait_for_jobs("dead", 1)) << fleet_.logs();
  EXPECT_TRUE(eventually(30s, [&] {
    return says(fleet_.cli({"why", member}),
                "its last job is a dead letter: token_of_other_patient");
  })) << fleet_.cli({"why", member}).errors;
  EXPECT_EQ(
      value_of(fleet_.metrics("worker"), R"(claimferry_jobs_total{kind="sync",outcome="dead"})"),
      1);
  EXPECT_TRUE(eventually(
      30s, [&] { return audit_holds(member, "refresh_failed", "token_of_other_patient"); }));
  EXPECT_EQ(fleet_.violation("eob"), 0) << "nothing was asked for with it";
  EXPECT_EQ(fleet_.query("SELECT count(*) FROM claim_current"), "0\n");
  set_mode(R"({"patient_of_other":false})");
  const Output replayed = fleet_.cli({"dead", "replay", "--all", "1"});
  EXPECT_EQ(replayed.status, 0) << replayed.errors;
  ASSERT_TRUE(fleet_.wait_until_synced(1, 60s)) << fleet_.logs();
  EXPECT_EQ(claims_of(member), eobs);
  EXPECT_EQ(fleet_.verdict(), "");
}

// ---- the exchange of a code

struct Exchanged {
  const char* mode;
  const char* back;
  const char* outcome;
  int status;
  const char* title;
};

constexpr const char* unusable = "Your insurer&#39;s answer cannot be used";

constexpr Exchanged exchanges[] = {
    {R"({"token_answer":"html"})", R"({"token_answer":"right"})", "answer_unusable", 502, unusable},
    {R"({"token_answer":"huge"})", R"({"token_answer":"right"})", "answer_unusable", 502, unusable},
    {R"({"token_answer":"no_object"})", R"({"token_answer":"right"})", "answer_unusable", 502,
     unusable},
    {R"({"token_answer":"no_access_token"})", R"({"token_answer":"right"})", "answer_unusable", 502,
     unusable},
    {R"({"token_answer":"number_for_token"})", R"({"token_answer":"right"})", "answer_unusable",
     502, unusable},
    {R"({"token_answer":"other_type"})", R"({"token_answer":"right"})", "answer_unusable", 502,
     unusable},
    {R"({"token_answer":"number_for_refresh_token"})", R"({"token_answer":"right"})",
     "answer_unusable", 502, unusable},
    {R"({"token_answer":"odd_fields"})", R"({"token_answer":"right"})", "no_patient", 502,
     "Your insurer did not say who you are"},
    {R"({"patient_in_answer":false})", R"({"patient_in_answer":true})", "no_patient", 502,
     "Your insurer did not say who you are"},
    {R"({"granted_scope":"patient/Patient.read"})", R"({"granted_scope":""})", "scopes_narrow", 200,
     "You shared less than is needed"},
    {R"({"token_answer":"negative_times"})", R"({"token_answer":"right"})", "connected", 200,
     "You are connected"},
    {R"({"no_expires_in":true})", R"({"no_expires_in":false})", "connected", 200,
     "You are connected"},
    {R"({"numbers_as_strings":true})", R"({"numbers_as_strings":false})", "connected", 200,
     "You are connected"},
    {R"({"clock":"ahead"})", R"({"clock":"right"})", "connected", 200, "You are connected"},
    {R"({"clock":"behind"})", R"({"clock":"right"})", "connected", 200, "You are connected"},
};

class ExchangeAnswers : public TokenAnswers {
 protected:
  void begin(std::size_t members) {
    TokenAnswers::begin(members);
    url_ = fleet_.start_enroll();
  }
  // The page that member `number` ends on, by the payer's login of the same number.
  Answer connect(std::size_t number) {
    const Answer asked = ask("POST", url_ + "/v1/enrolments",
                             R"({"member":")" + name(number) + R"(","payer":"aetna-sandbox"})",
                             std::string("Authorization: Bearer ") + Fleet::api_key + "\r\n");
    EXPECT_EQ(asked.status, 201) << asked.body;
    const std::string digits = std::to_string(number + 1);
    Member person;
    person.user = "VTETestUser" + std::string(digits.size() < 2 ? "0" : "") + digits;
    return get(sign_in(text_in(asked.body, "authorize_url"), person));
  }
  static std::string name(std::size_t number) { return "E" + std::to_string(number + 1); }
  long ended(const std::string& outcome) {
    return value_of(fleet_.metrics("enroll"), "claimferry_enrolments_total{outcome=\"" + outcome +
                                                  "\",payer=\"aetna-sandbox\"}");
  }
  std::string tokens_of(std::size_t number) {
    return fleet_.redis({"HGETALL", "cf-tok:{0}:" + name(number)});
  }

  std::string url_;
};

TEST_F(ExchangeAnswers, AreToldOnThePageAuditedCountedAndANewSignInWorks) {
  begin(std::size(exchanges));
  for (std::size_t number = 0; number < std::size(exchanges); ++number) {
    const Exchanged& row = exchanges[number];
    SCOPED_TRACE(row.mode);
    const std::string outcome = row.outcome;
    const bool connects = outcome == "connected";
    const long before = ended(outcome);
    set_mode(row.mode);
    const Answer page = connect(number);
    EXPECT_EQ(page.status, row.status);
    EXPECT_THAT(page.body, HasSubstr(std::string("<h1 id=\"title\">") + row.title + "</h1>"));
    EXPECT_EQ(ended(outcome), before + 1);
    EXPECT_EQ(tokens_of(number).size() > 1, connects);
    set_mode(row.back);
    if (!connects) {
      EXPECT_TRUE(
          eventually(30s, [&] { return audit_holds(name(number), "enrolment_failed", outcome); }));
      EXPECT_EQ(connect(number).status, 200);
    }
  }
  // What was kept of each is good for a pull, and for a refresh.
  fleet_.control("POST", "/v1/tokens/expire", "{}");
  fleet_.start_worker("worker");
  ASSERT_TRUE(fleet_.wait_until_synced(static_cast<unsigned>(std::size(exchanges)), 90s))
      << fleet_.logs();
  for (std::size_t number = 0; number < std::size(exchanges); ++number) {
    EXPECT_EQ(claims_of(name(number)), eobs) << name(number);
  }
  EXPECT_EQ(fleet_.violation("codes_reused"), 0);
  EXPECT_EQ(fleet_.violation("refresh_reused"), 0);
}

// Somebody who consents anew, and the payer names another patient: what was there goes on.
TEST_F(ExchangeAnswers, OfAnotherPatientAtANewConsentChangeNothing) {
  begin(2);
  EXPECT_EQ(connect(0).status, 200);
  const std::string kept = tokens_of(0);
  set_mode(R"({"patient_of_other":true})");
  const Answer page = connect(0);
  EXPECT_EQ(page.status, 409);
  EXPECT_THAT(page.body, HasSubstr("This is another person&#39;s record"));
  EXPECT_EQ(ended("other_patient"), 1);
  EXPECT_EQ(tokens_of(0), kept);
  EXPECT_TRUE(
      eventually(30s, [&] { return audit_holds(name(0), "enrolment_failed", "other_patient"); }));
  EXPECT_THAT(fleet_.process("enroll").log_text(), HasSubstr("another patient"));
  set_mode(R"({"patient_of_other":false})");
  EXPECT_EQ(connect(0).status, 200);
  EXPECT_NE(tokens_of(0), kept);
  fleet_.start_worker("worker");
  ASSERT_TRUE(fleet_.wait_until_synced(1, 60s)) << fleet_.logs();
  EXPECT_EQ(claims_of(name(0)), eobs);
}

}  // namespace
}  // namespace claimferry::integration
