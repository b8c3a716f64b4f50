// Connecting members: the real enrolment process, a real Redis and the sandbox's pages.
#include <csignal>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"
#include "tests/integration/sign_in.hpp"

namespace claimferry::integration {
namespace {

using testing::Test;

const std::string bearer = std::string("Authorization: Bearer ") + Fleet::api_key + "\r\n";

class Enroll : public Test {
 protected:
  void begin(FleetOptions options = {}) {
    fleet_ = std::make_unique<Fleet>(std::move(options));
    fleet_->start_all_but_workers();
    fleet_->control("POST", "/v1/members", R"({"count":2,"seed":7,"eobs":3})");
    url_ = fleet_->start_enroll();
  }
  Answer api(const std::string& method, const std::string& path, const std::string& body = "") {
    return ask(method, url_ + path, body, bearer);
  }
  Answer ask_for(const std::string& member, const std::string& more = "") {
    return api("POST", "/v1/enrolments",
               R"({"member":")" + member + R"(","payer":"aetna-sandbox")" + more + "}");
  }
  std::string authorize_url(const std::string& member, const std::string& more = "") {
    const Answer answer = ask_for(member, more);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return std::string(boost::json::parse(answer.body).at("authorize_url").as_string());
  }
  // The page that the member ends on.
  Answer connect(const std::string& member, const Member& person = {}) {
    return get(sign_in(authorize_url(member), person));
  }
  bool knows(const std::string& member) {
    return fleet_->redis({"EXISTS", "cf:{0}:member:" + member, "cf-tok:{0}:" + member}) != "0\n";
  }
  void set_mode(const std::string& json) { fleet_->control("PATCH", "/v1/modes", json); }
  testing::AssertionResult counts(const std::string& series) {
    const std::string all = fleet_->metrics("enroll");
    const bool is_there = all.find(series + "\n") != std::string::npos;
    return is_there ? testing::AssertionSuccess() : testing::AssertionFailure() << all;
  }
  long figure(const std::string& name) { return fleet_->violation(name); }

  std::unique_ptr<Fleet> fleet_;
  std::string url_;
};

testing::AssertionResult shows(const Answer& page, int status, const std::string& title) {
  std::string escaped = title;
  for (auto at = escaped.find('\''); at != std::string::npos; at = escaped.find('\'', at)) {
    escaped.replace(at, 1, "&#39;");
  }
  if (page.status == status &&
      page.body.find("<h1 id=\"title\">" + escaped + "</h1>") != std::string::npos) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << page.status << " " << page.body;
}

TEST_F(Enroll, AMemberWhoConnectsIsPulled) {
  begin();
  EXPECT_TRUE(shows(connect("M1"), 200, "You are connected"));
  EXPECT_EQ(figure("codes_exchanged"), 1);
  fleet_->start_worker("worker");
  ASSERT_TRUE(fleet_->wait_until_synced(1, 60s)) << fleet_->logs();
  EXPECT_EQ(fleet_->query("SELECT count(*) FROM claim_current WHERE member='M1'"), "3\n");
  // The access token that came with the code served: none was refreshed for it.
  EXPECT_EQ(figure("token"), 1);
  for (const char* offence : {"refresh_reused", "tokens_elsewhere", "unknown_parameters",
                              "codes_reused", "credentials_in_body", "pkce_missing", "aud_wrong"}) {
    EXPECT_EQ(figure(offence), 0) << offence;
  }
  const auto told = boost::json::parse(api("GET", "/v1/members/M1").body);
  EXPECT_EQ(told.at("state"), "active");
  EXPECT_EQ(told.at("payer"), "aetna-sandbox");
  EXPECT_TRUE(told.at("last_success_at").is_string());
  EXPECT_TRUE(told.at("consented_at").is_string());
  EXPECT_EQ(told.at("consent").at("organisation"), "Integration & Sons");
  EXPECT_EQ(told.at("consent").at("policy_version"), "7");
  EXPECT_EQ(told.at("consent").at("scopes"), "launch/patient patient/*.read");
  EXPECT_EQ(told.at("consent").at("data_classes").as_array().size(), 3U);
  const auto exported =
      boost::json::parse(fleet_->cli({"-o", "json", "member", "show", "M1"}).text);
  EXPECT_EQ(exported.at("consent_organisation"), "Integration & Sons");
  EXPECT_EQ(exported.at("consent_scopes"), "launch/patient patient/*.read");
}

TEST_F(Enroll, TheBrowserGoesBackToWhoAsked) {
  begin();
  const std::string back = R"(,"return_to":"http://127.0.0.1:1/app/done?id=7")";
  Answer page = get(sign_in(authorize_url("M1", back)));
  EXPECT_EQ(page.status, 303);
  EXPECT_EQ(header_in(page, "Location"), "http://127.0.0.1:1/app/done?id=7&enrolment=connected");
  page = get(sign_in(authorize_url("M2", back), {"VTETestUser02", "FHIRdemo2020", false}));
  EXPECT_EQ(header_in(page, "Location"),
            "http://127.0.0.1:1/app/done?id=7&enrolment=failed&reason=denied");
  EXPECT_FALSE(knows("M2"));
}

TEST_F(Enroll, WhoSaysNoIsNotRegistered) {
  begin();
  EXPECT_TRUE(
      shows(connect("M1", {"VTETestUser01", "FHIRdemo2020", false}), 200, "You are not connected"));
  EXPECT_FALSE(knows("M1"));
}

TEST_F(Enroll, ACallbackCountsOnce) {
  begin();
  const std::string callback = sign_in(authorize_url("M1"));
  EXPECT_TRUE(shows(get(callback), 200, "You are connected"));
  // Another tab, the back button, somebody who saw the address.
  EXPECT_TRUE(shows(get(callback), 200, "You are connected"));
  EXPECT_EQ(figure("codes_exchanged"), 1);
  EXPECT_EQ(figure("codes_reused"), 0);
  EXPECT_TRUE(counts("claimferry_enrolment_callbacks_total{outcome=\"settled\"} 1"));
  EXPECT_TRUE(counts("claimferry_enrolment_callbacks_total{outcome=\"replayed\"} 1"));
}

TEST_F(Enroll, AStateThatIsStaleForeignOrDoubledGoesNowhere) {
  begin();
  const std::string callback = sign_in(authorize_url("M1"));
  const auto state = callback.substr(callback.find("state=") + 6, 43);
  const std::string path = "/api/auth/smart/callback";
  const std::string other(43, 'a');
  EXPECT_TRUE(shows(get(url_ + path + "?code=c&state=" + other), 400, "This sign-in is over"));
  for (const std::string& query :
       {std::string(), std::string("?"), "?state=" + state, std::string("?code=c"),
        "?code=&state=" + state, "?error=&state=" + state, "?code=c&code=d&state=" + state,
        "?code=c&error=e&state=" + state, "?code=%zz&state=" + state,
        "?code=c&state=" + state + "&state=" + state}) {
    EXPECT_TRUE(shows(get(url_ + path + query), 400, "This address is not complete")) << query;
  }
  EXPECT_TRUE(
      shows(get(callback), 200, "You are connected"));  // none of it was the enrolment's end
  EXPECT_TRUE(counts("claimferry_enrolment_callbacks_total{outcome=\"unknown_state\"} 1"));
  EXPECT_TRUE(counts("claimferry_enrolment_callbacks_total{outcome=\"bad_request\"} 10"));
  std::string kept = fleet_->redis({"--scan", "--pattern", "cf-enr:*"});
  ASSERT_EQ(kept.find("cf-enr:{0}:"), 0U) << kept;
  kept.pop_back();  // the line's end
  const std::string facts = fleet_->redis({"HGETALL", kept});
  EXPECT_NE(facts.find("M1"), std::string::npos) << facts;
  EXPECT_EQ((kept + facts).find(state), std::string::npos) << "its hash alone";
  // As when its time is over.
  EXPECT_EQ(fleet_->redis({"DEL", kept}), "1\n");
  EXPECT_TRUE(shows(get(callback), 400, "This sign-in is over"));
}

TEST_F(Enroll, AMemberUnderAnotherPayerIsRefused) {
  begin();
  const Output added = fleet_->cli({"member", "add", "--payer", "aetna-sandbox", "--from", "-"},
                                   R"({"member":"M9","patient":"p9","refresh_token":"by-hand"})"
                                   "\n");
  ASSERT_EQ(added.status, 0) << added.text;
  EXPECT_EQ(fleet_->redis({"HEXISTS", "cf:{0}:member:M9", "consent_expires_at"}), "1\n");
  EXPECT_NE(fleet_->cli({"member", "list", "--consent-ends-within", "366d"}).text.find("M9"),
            std::string::npos);
  EXPECT_EQ(ask_for("M9").status, 201);  // consenting anew
  fleet_->redis({"HSET", "cf:{0}:member:M9", "payer", "cigna"});
  const Answer refused = ask_for("M9");
  EXPECT_EQ(refused.status, 409) << refused.body;
  EXPECT_EQ(text_in(refused.body, "error"), "other_payer");
}

TEST_F(Enroll, AStateThatComesBackAsBase64IsFound) {
  begin();
  set_mode(R"({"state_returned":"base64"})");
  EXPECT_TRUE(shows(connect("M1"), 200, "You are connected"));
}

TEST_F(Enroll, APayerThatIsDownIsToldPlainly) {
  begin();
  const std::string callback = sign_in(authorize_url("M1"));
  fleet_->set_faults(R"({"down":true})");
  EXPECT_TRUE(shows(get(callback), 502, "Your insurer does not answer"));
  EXPECT_FALSE(knows("M1"));
  fleet_->set_faults(R"({"down":false})");
  EXPECT_TRUE(shows(connect("M1"), 200, "You are connected"));
}

TEST_F(Enroll, AnotherPersonsSignInChangesNothing) {
  begin();
  EXPECT_TRUE(shows(connect("M1"), 200, "You are connected"));
  const std::string before = fleet_->redis({"HGETALL", "cf-tok:{0}:M1"});
  EXPECT_TRUE(shows(connect("M1", {"VTETestUser02", "FHIRdemo2020", true}), 409,
                    "This is another person's record"));
  EXPECT_EQ(fleet_->redis({"HGETALL", "cf-tok:{0}:M1"}), before);
  EXPECT_NE(fleet_->metrics("enroll").find(
                R"(claimferry_enrolments_total{outcome="other_patient",payer="aetna-sandbox"} 1)"),
            std::string::npos);
  EXPECT_TRUE(shows(connect("M1"), 200, "You are connected"));  // consenting anew
  EXPECT_NE(fleet_->redis({"HGETALL", "cf-tok:{0}:M1"}), before);
}

TEST_F(Enroll, AMemberLeavesByTheApiAndMayComeBack) {
  begin();
  const std::string before = sign_in(authorize_url("M1"));
  EXPECT_EQ(api("DELETE", "/v1/members/M1").status, 404);
  EXPECT_TRUE(shows(get(before), 409, "You are being disconnected"));
  EXPECT_FALSE(knows("M1"));
  EXPECT_TRUE(shows(connect("M1"), 200, "You are connected"));
  const std::string late = sign_in(authorize_url("M1"));  // begun before the erasure
  fleet_->start_worker("worker");
  ASSERT_TRUE(fleet_->wait_until_synced(1, 60s)) << fleet_->logs();
  const Answer leaving = api("DELETE", "/v1/members/M1");
  EXPECT_EQ(leaving.status, 202) << leaving.body;
  EXPECT_EQ(text_in(leaving.body, "state"), "erasing");
  ASSERT_TRUE(eventually(60s, [&] {
    return text_in(api("GET", "/v1/members/M1").body, "state") == "erased";
  })) << fleet_->logs();
  EXPECT_EQ(fleet_->query("SELECT count(*) FROM claim_current WHERE member='M1'"), "0\n");
  EXPECT_EQ(fleet_->redis({"EXISTS", "cf-tok:{0}:M1"}), "0\n");
  EXPECT_TRUE(shows(get(late), 409, "You are being disconnected"));
  EXPECT_EQ(fleet_->redis({"EXISTS", "cf-tok:{0}:M1"}), "0\n");
  EXPECT_TRUE(shows(connect("M1"), 200, "You are connected"));
  EXPECT_EQ(text_in(api("GET", "/v1/members/M1").body, "state"), "active");
}

TEST_F(Enroll, TheSecondOfTwoSecretsServesWhileOneIsReplaced) {
  FleetOptions options;
  options.our_client_secret = "the-new-one\nintegration-secret";
  begin(std::move(options));
  EXPECT_TRUE(shows(connect("M1"), 200, "You are connected"));
  EXPECT_EQ(figure("codes_exchanged"), 1);
}

TEST_F(Enroll, ASecretThatIsWrongIsNotTheMembersFault) {
  FleetOptions options;
  options.our_client_secret = "wrong";
  begin(std::move(options));
  EXPECT_TRUE(shows(connect("M1"), 502, "Your insurer does not know this app"));
  EXPECT_FALSE(knows("M1"));
}

TEST_F(Enroll, PagesAreFoundByDiscoveryAndNeverElsewhere) {
  FleetOptions options;
  options.discovers = true;
  begin(std::move(options));
  set_mode(R"({"discovery_foreign_host":true})");
  const Answer answer = ask_for("M1");
  EXPECT_EQ(answer.status, 502) << answer.body;
  EXPECT_EQ(text_in(answer.body, "error"), "discovery_foreign");
  fleet_->stop("enroll", SIGTERM);
  set_mode(R"({"discovery_foreign_host":false})");
  url_ = fleet_->start_enroll();
  EXPECT_TRUE(shows(connect("M1"), 200, "You are connected"));
}

TEST_F(Enroll, TheApiSaysWhatIsWrong) {
  begin();
  struct Row {
    const char* body;
    int status;
    const char* error;
    const char* says;
  };
  const Row rows[] = {
      {"", 400, "bad_request", "send {"},
      {"[]", 400, "bad_request", "send {"},
      {R"({"member":7,"payer":"aetna-sandbox"})", 400, "bad_request", "opaque id"},
      {R"({"member":"ann lee","payer":"aetna-sandbox"})", 400, "bad_request", "opaque id"},
      {R"({"member":"M1"})", 400, "bad_request", "payer"},
      {R"({"member":"M1","payer":"cigna"})", 404, "unknown_payer", "no such payer"},
      {R"({"member":"M1","payer":"aetna-sandbox","returnto":"x"})", 400, "bad_request",
       "no field returnto"},
      {R"({"member":"M1","payer":"aetna-sandbox","return_to":"https://evil.test/"})", 400,
       "bad_request", "return_to_allow"},
  };
  for (const Row& row : rows) {
    const Answer answer = api("POST", "/v1/enrolments", row.body);
    EXPECT_EQ(answer.status, row.status) << row.body << answer.body;
    EXPECT_EQ(text_in(answer.body, "error"), row.error) << row.body;
    EXPECT_NE(answer.body.find(row.says), std::string::npos) << answer.body;
  }
  EXPECT_EQ(ask("POST", url_ + "/v1/enrolments", "{}").status, 401);
  EXPECT_EQ(ask("GET", url_ + "/v1/members/M1", "", "Authorization: Bearer no\r\n").status, 401);
  EXPECT_EQ(api("GET", "/v1/enrolments").status, 405);
  EXPECT_EQ(api("GET", "/v1/members/M1").status, 404);
  EXPECT_EQ(api("GET", "/v1/members/M%201").status, 400);
  EXPECT_EQ(api("GET", "/v1/other").status, 404);
  EXPECT_EQ(api("POST", "/v1/enrolments", std::string(20'000, ' ')).status, 413);
  EXPECT_EQ(get(url_ + "/").status, 404);
}

// What looks whether a page is there, a mail scanner or a monitor, does not take the sign-in away.
TEST_F(Enroll, ALookAtTheCallbackSpendsNothing) {
  begin();
  const std::string callback = sign_in(authorize_url("M1"));
  const Answer look = ask("HEAD", callback);
  EXPECT_EQ(look.status, 400);
  EXPECT_TRUE(look.body.empty()) << look.body;
  EXPECT_TRUE(shows(get(callback), 200, "You are connected"));
}

TEST_F(Enroll, WhoTriesKeysOrStatesInBulkIsHeldBack) {
  FleetOptions options;
  options.enroll = "requests_per_minute = 5\n";
  begin(std::move(options));
  for (int number = 0; number < 5; ++number) {
    EXPECT_EQ(ask("GET", url_ + "/v1/members/M1", "", "Authorization: Bearer no\r\n").status, 401);
  }
  const Answer held = ask("GET", url_ + "/v1/members/M1", "", "Authorization: Bearer no\r\n");
  EXPECT_EQ(held.status, 429);
  EXPECT_FALSE(header_in(held, "Retry-After").empty());
  // A member gets a page, and has lost nothing.
  const Answer page = get(url_ + "/api/auth/smart/callback?code=c&state=s");
  EXPECT_TRUE(shows(page, 429, "Too many sign-ins at once"));
  EXPECT_FALSE(header_in(page, "Retry-After").empty());
  EXPECT_TRUE(counts("claimferry_enrolment_callbacks_total{outcome=\"too_many\"} 1"));
  EXPECT_TRUE(counts("claimferry_api_keys_missing_total 6"));
  EXPECT_EQ(api("GET", "/v1/members/M1").status, 404);  // our own servers are not
}

TEST_F(Enroll, NoCodeStateKeyOrTokenIsWrittenAnywhere) {
  FleetOptions options;
  options.log_level = "debug";
  begin(std::move(options));
  const std::string callback = sign_in(authorize_url("M1"));
  EXPECT_TRUE(shows(get(callback), 200, "You are connected"));
  const auto code_at = callback.find("code=") + 5;
  const auto state_at = callback.find("state=") + 6;
  const std::string code = callback.substr(code_at, callback.find('&', code_at) - code_at);
  const std::string state = callback.substr(state_at, 43);
  const std::string access = fleet_->redis({"HGET", "cf-tok:{0}:M1", "access_token"});
  ASSERT_GT(code.size(), 10U);
  ASSERT_FALSE(access.empty());
  EXPECT_EQ(fleet_->stop("enroll", SIGTERM), 0);
  fleet_->redis({"BGREWRITEAOF"});
  ASSERT_TRUE(eventually(30s, [this] {
    const std::string info = fleet_->redis({"INFO", "persistence"});
    return info.find("aof_rewrite_in_progress:0") != std::string::npos &&
           info.find("aof_rewrite_scheduled:0") != std::string::npos;
  }));
  std::string everything = fleet_->logs();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(fleet_->directory())) {
    if (entry.is_regular_file() && entry.path().string().find("redis") == std::string::npos &&
        entry.path().filename() != "api_keys" && entry.path().extension() != ".toml") {
      everything += read_file(entry.path());
    }
  }
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(fleet_->directory() / "appendonlydir")) {
    everything += read_file(entry.path());
  }
  std::vector<std::string> secrets{code, state, std::string(Fleet::api_key)};
  const auto told = boost::json::parse(fleet_->control("GET", "/v1/tokens?member=M000001"));
  for (const auto& token : told.at("tokens").as_array()) {
    secrets.emplace_back(token.as_string());
  }
  ASSERT_GE(secrets.size(), 5U);  // an access and a refresh token at least
  for (const std::string& secret : secrets) {
    EXPECT_EQ(everything.find(secret), std::string::npos) << secret;
  }
}

}  // namespace
}  // namespace claimferry::integration
