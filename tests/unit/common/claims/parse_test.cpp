#include "common/claims/parse.hpp"

#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

using queue::Resource;

TEST(ParsePage, KeepsTheExactBytesOfEachResourceAndTheirHash) {
  const std::string odd =
      "{ \"resourceType\" : \"ExplanationOfBenefit\",\n\t\"id\":\"e2\" ,"
      "\"patient\":{\"reference\":\"Patient/p1\"}, \"x\":[ 1 , {} ] }";
  auto page = parse("\xEF\xBB\xBF{\"total\":2,\"entry\":[ {\"fullUrl\":\"urn:1\" , \"resource\":" +
                    eob("e1") + " } ,\n{\"resource\" : " + odd +
                    "  ,\"fullUrl\":\"urn:2\"}],\"resourceType\":\"Bundle\"}  \n");
  ASSERT_TRUE(page);
  ASSERT_EQ(page->resources.size(), 2U);
  EXPECT_EQ(page->resources[0].raw, eob("e1"));
  EXPECT_EQ(page->resources[0].full_url, "urn:1");
  EXPECT_EQ(page->resources[1].raw, odd);
  EXPECT_EQ(page->resources[1].full_url, "urn:2");
  EXPECT_EQ(page->resources[1].content_hash, sha256(odd));
  EXPECT_EQ(page->total, 2U);
}

TEST(ParsePage, FindsTheNextLinkAsSent) {
  auto page = parse(R"({"resourceType":"Bundle","link":[{"relation":"self","url":"a"},
      {"relation":"next","url":"https:\/\/h/x?_page_token=%2B"}]})");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->next_link, "https://h/x?_page_token=%2B");
  EXPECT_FALSE(
      parse(R"({"resourceType":"Bundle","link":[{"relation":"last","url":"a"}]})")->next_link);
}

TEST(ParsePage, ReadsABarePatient) {
  const std::string text = "  {\"resourceType\":\"Patient\",\"id\":\"p1\"}\n";
  auto page = parse(text, Resource::patient);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->resources.size(), 1U);
  EXPECT_EQ(page->resources[0].raw, R"({"resourceType":"Patient","id":"p1"})");
  auto other = parse(R"({"resourceType":"Patient","id":"p2"})", Resource::patient);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->quarantined.at(0).reason, "foreign_patient");
}

TEST(ParsePage, RefusesA200ThatIsNotWhatWasAskedFor) {
  constexpr std::string_view outcome =
      R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"too-costly","diagnostics":"Jane"}]})";
  auto page = parse(outcome);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.failure().code, "not_a_bundle");
  EXPECT_NE(page.failure().detail.find("OperationOutcome (too-costly)"), std::string::npos);
  EXPECT_EQ(page.failure().detail.find("Jane"), std::string::npos);
  EXPECT_EQ(failure_code(outcome, Resource::patient), "not_a_patient");
  EXPECT_EQ(failure_code("{}"), "not_a_bundle");
  EXPECT_EQ(failure_code("[]"), "not_a_bundle");
  EXPECT_EQ(failure_code("7"), "not_a_bundle");
  EXPECT_EQ(failure_code(R"({"resourceType":"Bundle"})", Resource::patient), "not_a_patient");
  EXPECT_EQ(failure_code(R"({"httpCode":"200","entry":[]})"), "not_a_bundle");
}

TEST(ParsePage, FailsWholeOnWhatIsNotJson) {
  const std::string good = bundle({eob("e1")});
  const std::string_view bad[] = {"",
                                  " ",
                                  "<html>",
                                  "{",
                                  R"({"resourceType":"Bundle"}})",
                                  R"({"resourceType":"Bundle"} x)",
                                  R"({"resourceType":"Bundle","x":nulx})",
                                  R"({"resourceType":"Bundle","x":01})",
                                  R"({"resourceType":"Bundle","x":"\q"})",
                                  R"({"resourceType":"Bundle","x":[1 2]})",
                                  R"({"resourceType":"Bundle","entry":[{"resource":{"id":tru}}]})",
                                  R"({"resourceType":"Bundle","x":"a" "b"})",
                                  R"({"resourceType":"Bundle","x":[1,]})",
                                  R"({"resourceType":"Bundle",})",
                                  R"({"resourceType":"Bundle","entry":[5x]})"};
  for (const auto text : bad) {
    EXPECT_EQ(failure_code(text), "page_not_json") << text;
  }
  EXPECT_EQ(failure_code(good), "");
}

// Whatever the connection's end left out, nothing of such a page may count.
TEST(ParsePage, NoticesEveryTruncation) {
  const std::string good =
      R"({"resourceType":"Bundle","total":1,"entry":[{"fullUrl":"u","resource":)" +
      eob("e1", R"("item":[{"sequence":1}],"x":[true,null,-1.5e3,"\u00e9"])") +
      R"(,"search":{"mode":"match"}}],"link":[{"relation":"self","url":"a"}]})";
  ASSERT_EQ(failure_code(good), "");
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(failure_code(good.substr(0, size)), "page_not_json") << good.substr(0, size);
  }
}

TEST(ParsePage, RefusesWhatIsNotUtf8) {
  EXPECT_EQ(failure_code("{\"resourceType\":\"Bundle\",\"x\":\"\xC3\x28\"}"), "page_not_utf8");
  EXPECT_EQ(failure_code("{\"resourceType\":\"Bundle\",\"x\":\"caf\xC3\xA9\"}"), "");
}

TEST(ParsePage, BoundsDepth) {
  const auto nested = [](std::size_t levels) {
    return R"({"resourceType":"Bundle","x":)" + std::string(levels, '[') +
           std::string(levels, ']') + "}";
  };
  EXPECT_EQ(failure_code(nested(limits::json_depth_max - 1)), "");
  EXPECT_EQ(failure_code(nested(limits::json_depth_max)), "page_too_deep");
  EXPECT_EQ(failure_code(nested(100'000)), "page_too_deep");
}

TEST(ParsePage, BoundsEntries) {
  const auto entries = [](std::size_t count) {
    std::string text = R"({"resourceType":"Bundle","entry":[{})";
    for (std::size_t at = 1; at < count; ++at) {
      text += ",{}";
    }
    return text + "]}";
  };
  EXPECT_EQ(failure_code(entries(limits::entries_per_page_max)), "");
  EXPECT_EQ(failure_code(entries(limits::entries_per_page_max + 1)), "too_many_entries");
}

TEST(ParsePage, QuarantinesEachBadEntryWithItsReasonAndGoesOn) {
  struct Row {
    std::string_view entry;
    std::string_view reason;
    bool identifiable;
    bool counted;
  };
  const Row table[] = {
      {R"({"fullUrl":"u"})", "no_resource", false, true},
      {R"({"resource":[]})", "no_resource", false, true},
      {R"([1,{"a":2}])", "no_resource", false, true},
      {"null", "no_resource", false, true},
      {R"({"resource":{"resourceType":"Practitioner","id":"x"},"search":{"mode":"include"}})",
       "wrong_type", true, false},
      {R"({"resource":{"id":"x"}})", "wrong_type", true, true},
      {R"({"resource":{"resourceType":"ExplanationOfBenefit","patient":{"reference":"Patient/p1"}}})",
       "no_id", false, true},
      {R"({"resource":{"resourceType":"ExplanationOfBenefit","id":{}}})", "no_id", false, true},
      {R"({"resource":{"resourceType":"ExplanationOfBenefit","id":"x"}})", "no_patient", true,
       true},
      {R"({"resource":{"resourceType":"ExplanationOfBenefit","id":"x","patient":{"reference":"Patient/p11"}}})",
       "foreign_patient", true, true},
      {R"({"resource":{"resourceType":"ExplanationOfBenefit","id":"x","patient":{"reference":"XPatient/p1"}}})",
       "foreign_patient", true, true},
  };
  for (const Row& row : table) {
    auto page = parse(R"({"resourceType":"Bundle","entry":[)" + std::string(row.entry) +
                      R"( ,{"resource":)" + eob("good") + "}]}");
    ASSERT_TRUE(page) << row.entry;
    EXPECT_EQ(page->resources.size(), 1U) << row.entry;
    ASSERT_EQ(page->quarantined.size(), 1U) << row.entry;
    EXPECT_EQ(page->quarantined[0].reason, row.reason) << row.entry;
    EXPECT_EQ(page->quarantined[0].raw, row.entry);
    EXPECT_EQ(page->quarantined[0].identifiable, row.identifiable) << row.entry;
    EXPECT_EQ(page->quarantined[0].counted, row.counted) << row.entry;
  }
}

TEST(ParsePage, TellsAFatalOutcomeFromAWarning) {
  const auto with_severity = [](std::string_view severity) {
    return bundle({eob("e1"), R"({"resourceType":"OperationOutcome","issue":[{"severity":")" +
                                  std::string(severity) + R"(","code":"x"}]})"});
  };
  EXPECT_TRUE(parse(with_severity("fatal"))->fatal_outcome);
  EXPECT_TRUE(parse(with_severity("error"))->fatal_outcome);
  const auto warning = parse(with_severity("warning"));
  EXPECT_FALSE(warning->fatal_outcome);
  EXPECT_EQ(warning->quarantined.at(0).reason, "operation_outcome");
  EXPECT_FALSE(warning->quarantined.at(0).counted);
  EXPECT_EQ(warning->resources.size(), 1U);
}

TEST(ParsePage, ReusesItsBuffersWithoutMixingPages) {
  PageParser parser;
  auto first =
      parser.parse(http::Body(bundle({eob("e1", R"("status":"a\u0062c")")})), request_for());
  auto broken = parser.parse(http::Body("{\"entry\":[{"), request_for());
  auto second =
      parser.parse(http::Body(bundle({eob("e2", R"("status":"d\u0065f")")})), request_for());
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(broken);
  EXPECT_EQ(first->rows.claims.at(0).status, "abc");
  EXPECT_EQ(second->rows.claims.at(0).status, "def");
}

}  // namespace
}  // namespace claimferry::claims
