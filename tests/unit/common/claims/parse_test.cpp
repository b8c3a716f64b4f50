#include "common/claims/parse.hpp"

#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

using queue::Resource;

std::string repeated(std::string_view element, std::size_t count) {
  std::string text;
  text.reserve(count * (element.size() + 1));
  for (std::size_t at = 0; at < count; ++at) {
    text += (at == 0 ? "" : ",");
    text += element;
  }
  return text;
}

std::string bundle_with(const std::string& member) {
  return R"({"resourceType":"Bundle",)" + member + "}";
}

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

TEST(ParsePage, RefusesAPageThatHidesItsNextLink) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {R"({"relation":"next","url":"u"})", "/link"},
      {R"("next")", "/link"},
      {R"([{"relation":"self","url":"a"},{"relation":"next"}])", "/link/1"},
      {R"([{"relation":"next","url":""}])", "/link/0"},
      {R"([{"relation":"next","url":null}])", "/link/0"},
      {R"([{"relation":"next","url":["u"]}])", "/link/0"},
      {R"([{"relation":["next"],"url":"u"}])", "/link/0"},
      {R"([{"url":"u"}])", "/link/0"},
      {R"(["u"])", "/link/0"},
      {R"([{"relation":"next","url":"a"},{"relation":"next","url":"b"}])", "/link/1"},
  };
  for (const auto& [link, place] : table) {
    auto page = parse(R"({"resourceType":"Bundle","link":)" + std::string(link) + "}");
    ASSERT_FALSE(page) << link;
    EXPECT_EQ(page.failure().code, "bad_next_link") << link;
    EXPECT_EQ(page.failure().kind, FailureKind::retryable) << link;
    EXPECT_NE(page.failure().detail.find(": " + std::string(place) + " of"), std::string::npos)
        << page.failure().detail;
  }
  for (const std::string_view none : {"null", "[]", R"([{"relation":"self"}])"}) {
    auto page = parse(R"({"resourceType":"Bundle","link":)" + std::string(none) + "}");
    ASSERT_TRUE(page) << none;
    EXPECT_FALSE(page->next_link) << none;
  }
}

TEST(ParsePage, QuarantinesWhatStandsWhereTheEntriesShould) {
  for (const std::string_view list : {R"({"resource": {"a":[1]} })", "7", R"("entries")", "true"}) {
    auto page =
        parse(R"({"resourceType":"Bundle","entry": )" + std::string(list) + R"( ,"total":3})");
    ASSERT_TRUE(page) << list;
    ASSERT_EQ(page->quarantined.size(), 1U) << list;
    EXPECT_EQ(page->quarantined[0].raw, list);
    EXPECT_EQ(page->quarantined[0].reason, "wrong_shape");
    EXPECT_EQ(page->quarantined[0].pointer, "/entry");
    EXPECT_FALSE(page->quarantined[0].identifiable);
    EXPECT_EQ(page->entries_distinct, 0U);
    EXPECT_EQ(page->total, 3U);
  }
  auto none = parse(R"({"resourceType":"Bundle","entry":null})");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->quarantined.empty());
}

TEST(ParsePage, SaysOfWhichResourceAQuarantinedEntryIs) {
  auto page =
      parse(bundle({eob("odd", R"("item":{})"), R"({"resourceType":"ExplanationOfBenefit","id":7})",
                    R"({"resourceType":"Practitioner","id":"x"})", R"({"id":"y"})"}));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->quarantined.size(), 4U);
  const std::pair<std::string_view, std::string_view> expected[] = {{"ExplanationOfBenefit", "odd"},
                                                                    {"ExplanationOfBenefit", "7"},
                                                                    {"Practitioner", "x"},
                                                                    {"", "y"}};
  for (std::size_t at = 0; at < std::size(expected); ++at) {
    EXPECT_EQ(page->quarantined[at].type, expected[at].first) << at;
    EXPECT_EQ(page->quarantined[at].id, expected[at].second) << at;
  }
}

TEST(ParsePage, CountsAnIdThatRepeatsOnce) {
  auto page = parse(bundle({eob("a"), eob("b"), eob("a", R"("status":"active")"),
                            eob("c", R"("item":{})"), eob("c", R"("item":7)"),
                            eob("b", R"("item":7)"), R"({"resourceType":"OperationOutcome"})",
                            R"({"resourceType":"ExplanationOfBenefit"})"}));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->resources.size(), 2U);
  EXPECT_EQ(page->entries_distinct, 3U);
  auto included = parse(R"({"resourceType":"Bundle","entry":[{"resource":)" + eob("a") +
                        R"(},{"search":{"mode":"include"},"resource":)" + eob("b") + "}]}");
  ASSERT_TRUE(included);
  EXPECT_EQ(included->entries_distinct, 1U);
}

TEST(ParsePage, LeavesTheBodyOfAFailedPageToTheCaller) {
  PageParser parser;
  for (const std::string_view text : {"<html>", "", "{\"resourceType\":\"Patient\"}",
                                      "{\"x\":\"\xC3\x28\"}", "{\"resourceType\":\"Bundle\""}) {
    http::Body body(text);
    EXPECT_FALSE(parser.parse(body, request_for())) << text;
    EXPECT_EQ(body.view(), text);
  }
  const std::string good = bundle({eob("e1")});
  http::Body body(good);
  auto page = parser.parse(body, request_for());
  ASSERT_TRUE(page);
  EXPECT_EQ(page->body.view(), good);
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
      {R"({"resource":{"id":"x"}})", "wrong_type", false, true},
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
  EXPECT_EQ(RowView(*first, TableId::claim, 0)["status"], "abc");
  EXPECT_EQ(RowView(*second, TableId::claim, 0)["status"], "def");
}

// A page at each of its limits, and one step beyond.

// limits::json_depth_max
TEST(PageLimits, JsonDepthMaxHoldsInEveryPlace) {
  const auto nested = [](std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  const auto beside = [&](std::size_t levels) { return bundle_with("\"x\":" + nested(levels)); };
  EXPECT_EQ(failure_code(beside(limits::json_depth_max - 1)), "");
  EXPECT_EQ(failure_code(beside(limits::json_depth_max)), "page_too_deep");
  EXPECT_EQ(failure_code(beside(100'000)), "page_too_deep");
  // Bundle, entry, its object and the resource are four levels.
  const auto within = [&](std::size_t levels) {
    return bundle({eob("e1", "\"x\":" + nested(levels))});
  };
  EXPECT_EQ(failure_code(within(limits::json_depth_max - 4)), "");
  EXPECT_EQ(failure_code(within(limits::json_depth_max - 3)), "page_too_deep");
}

// limits::entries_per_page_max
TEST(PageLimits, EntriesPerPageMaxIsTheMostThatAPageMayHold) {
  const auto entries = [](std::size_t count) {
    return bundle_with("\"entry\":[" + repeated("{}", count) + "]");
  };
  auto full = parse(entries(limits::entries_per_page_max));
  ASSERT_TRUE(full);
  EXPECT_EQ(full->quarantined.size(), limits::entries_per_page_max);
  auto beyond = parse(entries(limits::entries_per_page_max + 1));
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.failure().code, "too_many_entries");
  EXPECT_EQ(beyond.failure().kind, FailureKind::permanent);
}

// limits::json_nodes_per_page_max: the resourceType and the arrays themselves are values, too.
TEST(PageLimits, JsonNodesPerPageMaxCountsThroughTheWholePage) {
  const auto values = [](std::size_t count) {
    const std::size_t half = count / 2;
    return bundle_with("\"x\":[" + repeated("0", half) + "],\"y\":[" + repeated("0", count - half) +
                       "]");
  };
  EXPECT_EQ(failure_code(values(limits::json_nodes_per_page_max - 3)), "");
  auto beyond = parse(values(limits::json_nodes_per_page_max - 2));
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.failure().code, "page_too_complex");
  EXPECT_EQ(beyond.failure().kind, FailureKind::retryable);
}

// limits::claim_lines_per_page_max
TEST(PageLimits, ClaimLinesPerPageMaxCountsThroughTheWholePage) {
  const auto lines = [](std::size_t count) {
    const std::size_t half = count / 2;
    return bundle({eob("a", "\"item\":[" + repeated("{}", half) + "]"),
                   eob("b", "\"item\":[" + repeated("{}", count - half) + "]")});
  };
  auto full = parse(lines(limits::claim_lines_per_page_max));
  ASSERT_TRUE(full);
  EXPECT_EQ(full->rows.of(TableId::claim_line).size(), limits::claim_lines_per_page_max);
  EXPECT_EQ(failure_code(lines(limits::claim_lines_per_page_max + 1)), "page_too_complex");
}

// limits::row_cells_per_page_max: lines below lines are rows, too.
TEST(PageLimits, RowCellsPerPageMaxBoundsRowsOfWhateverDepth) {
  const auto details = [](std::size_t count) {
    return bundle({eob("a", "\"item\":[{\"detail\":[" + repeated("{}", count) + "]}]")});
  };
  const std::size_t lines =
      limits::row_cells_per_page_max / table(TableId::claim_line).columns.size();
  EXPECT_EQ(failure_code(details(lines / 2)), "");
  EXPECT_EQ(failure_code(details(lines + 1)), "page_too_complex");
}

// limits::row_text_bytes_per_page_max: each value below a long name has it in its pointer.
TEST(PageLimits, RowTextBytesPerPageMaxBoundsPointers) {
  const auto page = [](std::size_t name_bytes) {
    return bundle(
        {eob("a", "\"" + std::string(name_bytes, 'n') + "\":[" + repeated("1", 10'000) + "]")});
  };
  EXPECT_EQ(failure_code(page(1'000)), "");
  EXPECT_EQ(failure_code(page(limits::row_text_bytes_per_page_max / 10'000 + 1)),
            "page_too_complex");
}

// limits::parse_buffer_bytes_kept_max
TEST(PageLimits, ParseBufferBytesKeptMaxIsTheMostThatOutlivesAPage) {
  PageParser parser;
  ASSERT_TRUE(parser.parse(http::Body(bundle({eob("e1")})), request_for()));
  const std::size_t small = parser.buffer_bytes();
  EXPECT_GT(small, 0U);
  ASSERT_TRUE(parser.parse(http::Body(bundle({eob("e2")})), request_for()));
  EXPECT_EQ(parser.buffer_bytes(), small);
  const std::string wide = bundle_with("\"x\":[" + repeated("0", 1'000'000) + "]");
  ASSERT_TRUE(parser.parse(http::Body(wide), request_for()));
  EXPECT_LE(parser.buffer_bytes(), limits::parse_buffer_bytes_kept_max);
  EXPECT_FALSE(parser.parse(http::Body(wide.substr(0, wide.size() - 1)), request_for()));
  EXPECT_LE(parser.buffer_bytes(), limits::parse_buffer_bytes_kept_max);
  ASSERT_TRUE(parser.parse(http::Body(bundle({eob("e3")})), request_for()));
}

TEST(ParsePage, TakesAResourceThatRepeatsInAPageOnceAndSetsADifferentOneAside) {
  auto same = parse(
      bundle({eob("e1", R"("created":"2025-01-01")"), eob("e1", R"("created":"2025-01-01")")}));
  ASSERT_TRUE(same);
  EXPECT_EQ(same->resources.size(), 1U);
  EXPECT_EQ(same->rows.of(TableId::claim).size(), 1U);
  EXPECT_TRUE(same->quarantined.empty());
  auto other = parse(
      bundle({eob("e1", R"("created":"2025-01-01")"), eob("e1", R"("created":"2025-02-02")")}));
  ASSERT_TRUE(other);
  EXPECT_EQ(other->resources.size(), 1U);
  EXPECT_EQ(RowView(*other, TableId::claim, 0)["created"], "2025-01-01");
  ASSERT_EQ(other->quarantined.size(), 1U);
  EXPECT_EQ(other->quarantined[0].reason, "repeated_id");
  EXPECT_TRUE(other->quarantined[0].identifiable);
  EXPECT_EQ(other->entries_distinct, 1U);
}

}  // namespace
}  // namespace claimferry::claims
