#include "tests/sandbox/model/resource_endpoints.hpp"

#include <set>

#include "tests/unit/sandbox/payer_fixture.hpp"

namespace claimferry::sandbox {
namespace {

class ResourcesOf : public PayerTest {
 protected:
  // Every id of a search, page after page; paging that does not end fails.
  std::vector<std::string> walk(std::string target, const std::string& token) {
    std::vector<std::string> all;
    for (int page = 0; page < 20 && !target.empty(); ++page) {
      const Answer answer = get(target, token);
      EXPECT_EQ(answer.status, 200U) << target;
      const std::vector<std::string> found = ids(answer);
      all.insert(all.end(), found.begin(), found.end());
      const std::string next = link(answer, "next");
      target = next.empty() ? "" : path_of(next);
    }
    EXPECT_TRUE(target.empty()) << "paging did not end";
    return all;
  }
};

TEST_F(ResourcesOf, AllPagesTogetherHoldEachClaimOnce) {
  const std::string token = enrol(45);
  const std::vector<std::string> all = walk(eob_search(), token);
  EXPECT_EQ(all.size(), 45U);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 45U);
  EXPECT_EQ(json(get(eob_search(), token)).at("total").as_int64(), 45);
  EXPECT_EQ(model.violations().pages, 4U);
}

TEST_F(ResourcesOf, ThePatientIsReadById) {
  const std::string token = enrol();
  const Answer answer = get(std::string(base) + "/Patient/" + member.patient, token);
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(text(answer, "resourceType"), "Patient");
}

TEST_F(ResourcesOf, ServiceDatesNarrowTheSearchAndWantAPrefix) {
  const std::string token = enrol(45);
  const auto resources = model.members().resources(0);
  const auto day = resources->eobs[10].service_date;
  std::size_t since = 0;
  for (const GeneratedResource& eob : resources->eobs) {
    since += eob.service_date >= day ? 1 : 0;
  }
  const std::string date = format_date(day);
  EXPECT_EQ(walk(eob_search("&service-date=ge" + date), token).size(), since);
  const auto exact = walk(eob_search("&service-date=ge" + date + "&service-date=le" + date), token);
  EXPECT_NE(std::find(exact.begin(), exact.end(), resources->eobs[10].id), exact.end());
  EXPECT_LT(exact.size(), 45U);
  for (const std::string& wrong : {date, std::string("ge"), "gt" + date, "ge" + date + "T00:00"}) {
    EXPECT_EQ(get(eob_search("&service-date=" + wrong), token).status, 400U) << wrong;
  }
  EXPECT_EQ(model.violations().unknown_parameters, 0U);
}

TEST_F(ResourcesOf, UnknownParametersAreRefusedAndCounted) {
  const std::string token = enrol();
  for (const char* more : {"&_lastUpdated=gt2026-01-01", "&_count=50"}) {
    const Answer answer = get(eob_search(more), token);
    EXPECT_EQ(answer.status, 400U);
    EXPECT_EQ(text(answer, "resourceType"), "OperationOutcome");
  }
  EXPECT_EQ(model.violations().unknown_parameters, 2U);
}

TEST_F(ResourcesOf, CoverageTakesTheParameterThatTheModeNames) {
  const std::string token = enrol();
  const std::string by_patient = std::string(base) + "/Coverage?patient=" + member.patient;
  const std::string by_beneficiary =
      std::string(base) + "/Coverage?beneficiary=Patient/" + member.patient;
  EXPECT_EQ(get(by_patient, token).status, 200U);
  EXPECT_EQ(get(by_beneficiary, token).status, 400U);
  control("PATCH", "/v1/modes", R"({"coverage_param":"beneficiary"})");
  EXPECT_EQ(get(by_patient, token).status, 400U);
  EXPECT_FALSE(ids(get(by_beneficiary, token)).empty());
  control("PATCH", "/v1/modes", R"({"coverage_param":"both"})");
  EXPECT_EQ(get(by_patient, token).status, 200U);
  EXPECT_EQ(model.violations().unknown_parameters, 0U);
}

TEST_F(ResourcesOf, ATokenOpensOnePatientOnly) {
  const std::string token = enrol();
  const std::string own = member.patient;
  enrol();
  EXPECT_EQ(get(eob_search(), token).status, 403U);
  EXPECT_EQ(get(std::string(base) + "/Patient/" + member.patient, token).status, 403U);
  EXPECT_EQ(get(std::string(base) + "/Patient/" + own, token).status, 200U);
}

TEST_F(ResourcesOf, WithoutAGoodTokenNothingOpens) {
  enrol();
  EXPECT_EQ(get(eob_search(), "").status, 401U);
  EXPECT_EQ(get(eob_search(), "AAIbogus").status, 401U);
}

TEST_F(ResourcesOf, TheWrongBaseUrlIsTheGateways404) {
  const std::string token = enrol();
  for (const char* path : {"/fhirdemo/Patient/1", "/fhirdemo/v2/patientaccess/Observation",
                           "/fhirdemo/v2/patientaccess/.well-known/smart-configuration"}) {
    const Answer answer = get(path, token);
    EXPECT_EQ(answer.status, 404U) << path;
    EXPECT_EQ(text(answer, "moreInformation"), "No resources match requested URI") << path;
    EXPECT_EQ(text(answer, "httpCode"), "404");
  }
}

TEST_F(ResourcesOf, IntrudersComeBesideTheClaimsNeverInsteadOfThem) {
  const std::string token = enrol(25);
  const std::vector<std::string> clean = walk(eob_search(), token);
  control("PATCH", "/v1/modes", R"({"foreign_patient":true,"broken_entry":true})");
  std::vector<std::string> mixed = walk(eob_search(), token);
  EXPECT_EQ(mixed.size(), clean.size() + 3);
  for (const std::string& id : clean) {
    EXPECT_NE(std::find(mixed.begin(), mixed.end(), id), mixed.end());
  }
  EXPECT_NE(std::find(mixed.begin(), mixed.end(), ""), mixed.end());
}

TEST_F(ResourcesOf, DuplicateEntriesRepeatThePageBefore) {
  const std::string token = enrol(45);
  control("PATCH", "/v1/faults", R"({"duplicate_entries":1})");
  const std::vector<std::string> all = walk(eob_search(), token);
  EXPECT_EQ(all.size(), 47U);
  EXPECT_EQ(all[19], all[20]);
}

TEST_F(ResourcesOf, ShiftedPagesHideAClaimAtEachBorderAndTheTotalDoesNotTell) {
  const std::string token = enrol(45);
  control("PATCH", "/v1/faults", R"({"shifted_pages":1})");
  EXPECT_EQ(walk(eob_search(), token).size(), 43U);
  EXPECT_EQ(json(get(eob_search(), token)).at("total").as_int64(), 45);
}

TEST_F(ResourcesOf, NotABundleAndUnknownMembersByMode) {
  const std::string token = enrol();
  control("PATCH", "/v1/modes", R"({"not_a_bundle":true})");
  const Answer answer = get(eob_search(), token);
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(text(answer, "resourceType"), "OperationOutcome");
  control("PATCH", "/v1/modes", R"({"not_a_bundle":false,"member_unknown":"M000001"})");
  EXPECT_EQ(get(eob_search(), token).status, 404U);
  control("PATCH", "/v1/modes", R"({"member_unknown":"M000002"})");
  EXPECT_EQ(get(eob_search(), token).status, 200U);
}

TEST_F(ResourcesOf, ExpiredNextLinksSpareTheFirstPage) {
  const std::string token = enrol();
  control("PATCH", "/v1/faults", R"({"expired_next_links":1})");
  const Answer first = get(eob_search(), token);
  ASSERT_EQ(first.status, 200U);
  const unsigned status = get(path_of(link(first, "next")), token).status;
  EXPECT_TRUE(status == 400 || status == 404 || status == 410) << status;
}

TEST_F(ResourcesOf, TokensMayDieBetweenPages) {
  const std::string token = enrol();
  control("PATCH", "/v1/faults", R"({"expire_access_tokens":1})");
  const Answer first = get(eob_search(), token);
  ASSERT_EQ(first.status, 200U);
  EXPECT_EQ(get(path_of(link(first, "next")), token).status, 401U);
}

TEST_F(ResourcesOf, AnUnsubscribedProductIsA401WhateverTheToken) {
  const std::string token = enrol();
  control("PATCH", "/v1/modes", R"({"resources_unsubscribed":true})");
  EXPECT_EQ(get(eob_search(), token).status, 401U);
  const std::string fresh = enrol();
  const Answer answer = get(eob_search(), fresh);
  EXPECT_EQ(answer.status, 401U);
  EXPECT_EQ(text(answer, "httpCode"), "401");
}

TEST_F(ResourcesOf, TheEdgeMayDenyInHtml) {
  const std::string token = enrol();
  control("PATCH", "/v1/modes", R"({"html_403":true})");
  for (const std::string& target : {eob_search(), std::string(discovery_path)}) {
    const Answer answer = get(target, target == eob_search() ? token : "");
    EXPECT_EQ(answer.status, 403U);
    EXPECT_EQ(header(answer, "Content-Type"), "text/html");
    EXPECT_NE(answer.body.find("Access Denied"), std::string::npos);
  }
  EXPECT_EQ(refresh(member.refresh_token).status, 403U);
}

TEST_F(ResourcesOf, ReadsMayAnswer203AndSearchesDoNot) {
  const std::string token = enrol(3);
  control("PATCH", "/v1/modes", R"({"status_203_on_reads":true})");
  const std::string id = model.members().resources(0)->eobs[0].id;
  EXPECT_EQ(get(std::string(base) + "/Patient/" + member.patient, token).status, 203U);
  EXPECT_EQ(get(std::string(base) + "/ExplanationOfBenefit/" + id, token).status, 203U);
  EXPECT_EQ(get(eob_search(), token).status, 200U);
}

TEST_F(ResourcesOf, AFatalOutcomeMayStandBesideTheClaims) {
  const std::string token = enrol(25);
  control("PATCH", "/v1/modes", R"({"fatal_outcome_entry":true})");
  const boost::json::value page = json(get(eob_search(), token));
  const boost::json::array& entries = page.at("entry").as_array();
  ASSERT_EQ(entries.size(), 21U);
  EXPECT_EQ(entries.back().at("search").at("mode").as_string(), "outcome");
  EXPECT_EQ(entries.back().at("resource").at("issue").at(0).at("severity").as_string(), "fatal");
}

TEST_F(ResourcesOf, FullUrlsPadNumericIdsAndByModeAllIds) {
  const std::string token = enrol(60);
  control("PATCH", "/v1/modes", R"({"page_size":60})");
  const auto padded = [&](bool numbers_only) {
    const boost::json::value page = json(get(eob_search(), token));
    unsigned count = 0;
    for (const boost::json::value& entry : page.at("entry").as_array()) {
      const std::string url(entry.at("fullUrl").as_string());
      const boost::json::value& id = entry.at("resource").at("id");
      const std::string last = url.substr(url.rfind('/') + 1);
      EXPECT_TRUE(url.starts_with("http://payer.test/")) << url;
      const std::string bare = id.is_string() ? std::string(id.as_string()) : serialize(id);
      EXPECT_TRUE(last.ends_with(bare)) << url;
      EXPECT_EQ(last.starts_with("0"), !numbers_only || !id.is_string()) << url;
      count += last.starts_with("0") ? 1 : 0;
    }
    return count;
  };
  EXPECT_GT(padded(true), 0U);
  control("PATCH", "/v1/modes", R"({"padded_full_urls":true})");
  EXPECT_EQ(padded(false), 60U);
}

TEST_F(ResourcesOf, ContentDependsOnThePortOnlyWhereAbsoluteReferencesAreAskedFor) {
  const auto contents_at = [](const std::string& origin, bool absolute) {
    ModelOptions elsewhere = options();
    elsewhere.site.origin = origin;
    Model payer(elsewhere);
    payer.modes().absolute_references = absolute;
    MemberSpec spec;
    spec.eobs = 40;
    payer.enrol(spec, WallTime(std::chrono::hours(480'000)));
    return payer.ledger_line(0);
  };
  const std::string first = "http://127.0.0.1:1111";
  const std::string second = "http://127.0.0.1:2222";
  EXPECT_EQ(contents_at(first, false), contents_at(second, false));
  EXPECT_NE(contents_at(first, true), contents_at(second, true));
}

TEST_F(ResourcesOf, WithADayOfItsOwnASeedMakesTheSameBytesOnAnyDay) {
  const auto contents_on = [](WallTime day) {
    ModelOptions dated = options();
    dated.today = std::chrono::sys_days(std::chrono::year(2026) / 6 / 1);
    Model payer(dated);
    payer.enrol({}, day);
    return payer.ledger_line(0);
  };
  const WallTime day(std::chrono::hours(480'000));
  EXPECT_EQ(contents_on(day), contents_on(day + std::chrono::hours(24 * 100)));
}

TEST_F(ResourcesOf, VolatileMetaChangesTheBytesAtEachSend) {
  const std::string token = enrol(1);
  control("PATCH", "/v1/modes", R"({"volatile_meta":true})");
  const std::string first = get(eob_search(), token).body;
  EXPECT_NE(first, get(eob_search(), token).body);
}

}  // namespace
}  // namespace claimferry::sandbox
