#include "tests/sandbox/model/control.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include "common/base/digest.hpp"
#include "tests/unit/sandbox/payer_fixture.hpp"

namespace claimferry::sandbox {
namespace {

namespace js = boost::json;

class ControlOf : public PayerTest {
 protected:
  js::value ledger() { return js::parse(control("GET", "/v1/ledger?member=M000001").body); }

  // The ledger's entry for the first claim, or the claim of this id.
  js::object claim(std::string_view id = "") {
    const js::value truth = ledger();
    for (const js::value& entry : truth.at("resources").as_array()) {
      const bool is_claim = entry.at("type").as_string() == "ExplanationOfBenefit";
      if (is_claim && (id.empty() || entry.at("id").as_string() == id)) {
        return entry.as_object();
      }
    }
    ADD_FAILURE() << "no such claim";
    return {};
  }

  std::string changed_claim(std::string_view command) {
    const ControlAnswer answer = control("POST", command, R"({"member":"M000001","count":1})");
    return std::string(js::parse(answer.body).at("changed").at(0).at("id").as_string());
  }

  // The hash of the resource of this id as a page carries it, from its exact bytes.
  static std::string hash_on_page(const Answer& page, const GeneratedResource& resource) {
    EXPECT_NE(page.body.find(resource.json), std::string::npos);
    return to_hex(sha256(resource.json));
  }
};

TEST_F(ControlOf, MembersAreHandedOutAsNdjsonAndTheirTokensWork) {
  const ControlAnswer answer = control("POST", "/v1/members", R"({"count":3,"seed":1,"eobs":2})");
  std::istringstream lines(answer.body);
  std::string line;
  std::vector<js::value> members;
  while (std::getline(lines, line)) {
    members.push_back(js::parse(line));
  }
  ASSERT_EQ(members.size(), 3U);
  EXPECT_EQ(members[2].at("member").as_string(), "M000003");
  const Answer tokens = refresh(std::string(members[2].at("refresh_token").as_string()));
  EXPECT_EQ(text(tokens, "patient"), members[2].at("patient").as_string());
}

TEST_F(ControlOf, TheSameSeedMakesTheSameMembersAfterAReset) {
  const std::string command = R"({"count":2,"seed":9,"eobs":3})";
  control("POST", "/v1/members", command);
  const std::string first = control("GET", "/v1/ledger").body;
  control("POST", "/v1/reset");
  EXPECT_EQ(control("GET", "/v1/ledger").body, "");
  control("POST", "/v1/members", command);
  EXPECT_EQ(control("GET", "/v1/ledger").body, first);
}

TEST_F(ControlOf, TheLedgerHashesTheExactBytesOnThePage) {
  const std::string token = enrol(3);
  const Answer page = get(eob_search(), token);
  const auto resources = model.members().resources(0);
  const js::object entry = claim();
  EXPECT_EQ(entry.at("hash").as_string(), hash_on_page(page, resources->eobs[0]));
  EXPECT_EQ(entry.at("acceptable_hashes").as_array().size(), 1U);
  EXPECT_EQ(entry.at("claim_type").as_string(), resources->eobs[0].claim_type);
  EXPECT_EQ(entry.at("paid").as_string(), resources->eobs[0].paid);
  EXPECT_EQ(ledger().at("patient").as_string(), member.patient);
}

TEST_F(ControlOf, TheLedgerTellsLinesFactsAndTotals) {
  const std::string token = enrol(25);
  const js::value page = json(get(eob_search(), token));
  const js::object entry = claim();
  const js::value& sent = page.at("entry").at(0).at("resource");
  EXPECT_EQ(entry.at("line_count").to_number<std::size_t>(), sent.at("item").as_array().size());
  EXPECT_EQ(entry.at("lines").as_array().size(), sent.at("item").as_array().size());
  EXPECT_EQ(entry.at("lines").at(0).at("sequence").as_string(), "1");
  EXPECT_EQ(entry.at("facts").at("billable_start"), sent.at("billablePeriod").at("start"));
  EXPECT_EQ(entry.at("facts").at("status"), sent.at("status"));
  EXPECT_EQ(entry.at("facts").at("patient_ref").as_string(), "Patient/" + member.patient);
  const std::string id = changed_claim("/v1/claims/withdraw");
  Money submitted;
  Money paid;
  for (const GeneratedResource& eob : model.members().resources(0)->eobs) {
    submitted = eob.id == id ? submitted : submitted + eob.billed;
    paid = eob.id == id ? paid : paid + eob.paid_out;
    EXPECT_EQ(eob.billed.str(), eob.submitted);
    EXPECT_EQ(eob.paid_out.str(), eob.paid);
  }
  const js::value truth = ledger();
  EXPECT_EQ(truth.at("totals").at("claims").to_number<int>(), 24);
  EXPECT_EQ(truth.at("totals").at("submitted").as_string(), submitted.str());
  EXPECT_EQ(truth.at("totals").at("paid").as_string(), paid.str());
}

TEST_F(ControlOf, AnAdjustedClaimHasOtherBytesFromThenOn) {
  const std::string token = enrol(3);
  const std::string before = get(eob_search(), token).body;
  const js::value ledger_before = ledger();
  const std::string id = changed_claim("/v1/claims/adjust");
  EXPECT_NE(get(eob_search(), token).body, before);
  EXPECT_EQ(ids(get(eob_search(), token)).size(), 3U);
  const std::string hash(claim(id).at("hash").as_string());
  EXPECT_EQ(js::serialize(ledger_before).find(hash), std::string::npos);
  EXPECT_EQ(claim(id).at("acceptable_hashes").as_array().size(), 1U);
}

TEST_F(ControlOf, AWithdrawnClaimLeavesThePagesAndIsMarkedInTheLedger) {
  const std::string token = enrol(3);
  const std::string id = changed_claim("/v1/claims/withdraw");
  const std::vector<std::string> found = ids(get(eob_search(), token));
  EXPECT_EQ(found.size(), 2U);
  EXPECT_EQ(std::find(found.begin(), found.end(), id), found.end());
  EXPECT_TRUE(claim(id).at("withdrawn").as_bool());
}

TEST_F(ControlOf, EveryStampSentSinceTheLastAdjustmentIsAcceptable) {
  control("PATCH", "/v1/modes", R"({"volatile_meta":true})");
  const std::string token = enrol(1);
  get(eob_search(), token);
  get(eob_search(), token);
  const js::object sent_twice = claim();
  ASSERT_EQ(sent_twice.at("acceptable_hashes").as_array().size(), 3U);
  EXPECT_EQ(sent_twice.at("hash"), sent_twice.at("acceptable_hashes").as_array().back());
  changed_claim("/v1/claims/adjust");
  EXPECT_EQ(claim().at("acceptable_hashes").as_array().size(), 1U);
}

TEST_F(ControlOf, StampsRepeatInTimeSoThatTheLedgerStaysSmall) {
  control("PATCH", "/v1/modes", R"({"volatile_meta":true})");
  const std::string token = enrol(1);
  std::set<std::string> sent;
  for (int send = 0; send < 40; ++send) {
    const std::string body = get(eob_search(), token).body;
    const std::size_t begin = body.find(R"("resource":)") + 11;
    const std::size_t end = body.rfind(R"(,"search")");
    sent.insert(to_hex(sha256(body.substr(begin, end - begin))));
  }
  std::set<std::string> acceptable;
  const js::object entry = claim();
  for (const js::value& hash : entry.at("acceptable_hashes").as_array()) {
    acceptable.insert(std::string(hash.as_string()));
  }
  EXPECT_LE(acceptable.size(), 17U);
  EXPECT_TRUE(std::ranges::includes(acceptable, sent));
  EXPECT_GT(sent.size(), 8U);
}

TEST_F(ControlOf, AResetBeginsTheSeedAnew) {
  const auto story = [this] {
    control("PATCH", "/v1/faults", R"({"status_5xx":0.5})");
    std::string told = control("POST", "/v1/members", R"({"count":2,"eobs":9})").body;
    told += control("POST", "/v1/claims/adjust", R"({"count":2})").body;
    for (int request = 0; request < 30; ++request) {
      const Answer answer = get(discovery_path, "");
      told += std::to_string(answer.status) + header(answer, "x-global-transaction-id") + " ";
    }
    return told;
  };
  const std::string first = story();
  control("POST", "/v1/reset");
  EXPECT_EQ(story(), first);
}

TEST_F(ControlOf, MembersThatWouldTakeTooMuchMemoryAreRefused) {
  for (const char* body : {R"({"count":1000000,"eobs":100000})",
                           R"({"count":1,"eobs":100000,"lines_per_eob_max":1000})",
                           R"({"count":1,"eobs":1,"lines_per_eob_max":1000000000})",
                           R"({"count":1,"eobs":10,"padding_bytes":1000000000})"}) {
    const ControlAnswer answer = control("POST", "/v1/members", body);
    EXPECT_EQ(answer.status, 400U) << body;
    EXPECT_NE(answer.body.find("1 GiB"), std::string::npos) << answer.body;
  }
  EXPECT_EQ(model.members().size(), 0U);
  EXPECT_EQ(control("POST", "/v1/members", R"({"count":1000,"eobs":50})").status, 200U);
}

TEST_F(ControlOf, TokensExpireForOneOrForAll) {
  const std::string first = enrol();
  const std::string first_search = eob_search();
  const std::string second = enrol();
  control("POST", "/v1/tokens/expire", R"({"member":"M000001"})");
  EXPECT_EQ(get(first_search, first).status, 401U);
  EXPECT_EQ(get(eob_search(), second).status, 200U);
  control("POST", "/v1/tokens/expire");
  EXPECT_EQ(get(eob_search(), second).status, 401U);
}

TEST_F(ControlOf, ARevokedMemberIsInvalidGrant) {
  enrol();
  control("POST", "/v1/tokens/expire", R"({"member":"M000001","refresh":true})");
  EXPECT_EQ(text(refresh(member.refresh_token), "error"), "invalid_grant");
}

TEST_F(ControlOf, AMemberThatConsentsAnewGetsATokenThatWorks) {
  enrol();
  control("POST", "/v1/tokens/expire", R"({"member":"M000001","refresh":true})");
  const ControlAnswer answer = control("POST", "/v1/consents", R"({"member":"M000001"})");
  const js::value line = js::parse(answer.body);
  EXPECT_EQ(line.at("member").as_string(), "M000001");
  const Answer tokens = refresh(std::string(line.at("refresh_token").as_string()));
  EXPECT_EQ(text(tokens, "patient"), line.at("patient").as_string());
}

TEST_F(ControlOf, TheTokensOfAMemberAreTold) {
  const std::string access = enrol();
  const std::string first = member.refresh_token;
  enrol();
  const auto told = js::parse(control("GET", "/v1/tokens?member=M000001").body);
  std::set<std::string> tokens;
  for (const js::value& token : told.at("tokens").as_array()) {
    tokens.emplace(token.as_string());
  }
  EXPECT_EQ(tokens.size(), 3U);  // and the refresh token that followed
  EXPECT_TRUE(tokens.contains(first) && tokens.contains(access));
  EXPECT_EQ(control("GET", "/v1/tokens?member=nobody").status, 404U);
  EXPECT_EQ(control("GET", "/v1/tokens").status, 400U);
}

TEST_F(ControlOf, MistakesAreNamedAndChangeNothing) {
  struct Mistake {
    const char* method;
    const char* target;
    const char* body;
    unsigned status;
  };
  const Mistake mistakes[] = {
      {"PATCH", "/v1/modes", R"({"page_size":5,"pagesize":3})", 400},
      {"PATCH", "/v1/faults", R"({"reset":"often"})", 400},
      {"PUT", "/v1/limit", R"({"kind":"leaky"})", 400},
      {"PUT", "/v1/limit", R"({"kind":"token_bucket","schedule":[{"after_ms":1,"rate":0}]})", 400},
      {"GET", "/v1/usage?since_ms=soon", "", 400},
      {"POST", "/v1/members", R"({"count":-1})", 400},
      {"POST", "/v1/members", "[]", 400},
      {"POST", "/v1/claims/adjust", R"({"member":"M999999"})", 404},
      {"POST", "/v1/consents", "{}", 400},
      {"POST", "/v1/consents", R"({"member":"M999999"})", 404},
      {"GET", "/v1/ledger?member=nobody", "", 404},
      {"GET", "/v2/ledger", "", 404},
  };
  for (const Mistake& mistake : mistakes) {
    const ControlAnswer answer = control(mistake.method, mistake.target, mistake.body);
    EXPECT_EQ(answer.status, mistake.status) << mistake.target << mistake.body;
    EXPECT_TRUE(js::parse(answer.body).as_object().contains("error")) << answer.body;
  }
  EXPECT_EQ(model.modes().page_size, 20U);
  EXPECT_EQ(model.members().size(), 0U);
  EXPECT_EQ(model.limit().allowed(now, now), std::nullopt) << "still no limit";
}

}  // namespace
}  // namespace claimferry::sandbox
