#include "tests/sandbox/model/paging.hpp"

#include "tests/unit/sandbox/payer_fixture.hpp"

namespace claimferry::sandbox {
namespace {

class PagingOf : public PayerTest {};

TEST_F(PagingOf, LinksAreAbsoluteAndKeepTheSearchUnlessAModeSaysOtherwise) {
  const std::string token = enrol(45);
  const Answer answer = get(eob_search("&service-date=ge2000-01-01"), token);
  EXPECT_EQ(link(answer, "next"), "http://payer.test" + std::string(base) +
                                      "/ExplanationOfBenefit?patient=" + member.patient +
                                      "&service-date=ge2000-01-01&page=2");
  EXPECT_EQ(link(answer, "previous"), "");
  const Answer last = get(eob_search("&page=3"), token);
  EXPECT_EQ(link(last, "next"), "");
  EXPECT_EQ(ids(last).size(), 5U);
}

TEST_F(PagingOf, RelativeAndOtherPrefixAndForeignLinks) {
  const std::string token = enrol(45);
  control("PATCH", "/v1/modes", R"({"next_link":"relative"})");
  EXPECT_EQ(link(get(eob_search(), token), "next"),
            "ExplanationOfBenefit?patient=" + member.patient + "&page=2");
  control("PATCH", "/v1/modes", R"({"next_link":"other_prefix"})");
  const std::string other = link(get(eob_search(), token), "next");
  EXPECT_TRUE(other.starts_with("http://payer.test/fhirdemo/prod/v2/patientaccess/")) << other;
  EXPECT_EQ(get(path_of(other), token).status, 200U);
  control("PATCH", "/v1/modes", R"({"other_prefix_served":false})");
  EXPECT_EQ(get(path_of(other), token).status, 404U);
  control("PATCH", "/v1/modes", R"({"next_link":"absolute","foreign_next_host":true})");
  EXPECT_TRUE(link(get(eob_search(), token), "next").starts_with("http://elsewhere.test/"));
}

TEST_F(PagingOf, AnOpaqueTokenMustComeBackByteForByte) {
  const std::string token = enrol(45);
  control("PATCH", "/v1/modes", R"({"next_link":"opaque"})");
  const std::string next = path_of(link(get(eob_search(), token), "next"));
  for (const char* escape : {"%2B", "%2F", "%3D"}) {
    EXPECT_NE(next.find(escape), std::string::npos) << escape;
  }
  EXPECT_EQ(ids(get(next, token)).size(), 20U);
  std::string recoded = next;
  recoded.replace(recoded.find("%2B"), 3, "%2b");
  EXPECT_EQ(get(recoded, token).status, 400U);
  recoded = next;
  recoded.replace(recoded.find("%3D"), 3, "=");
  EXPECT_EQ(get(recoded, token).status, 400U);
}

TEST_F(PagingOf, PageSizeAndTotalAreModes) {
  const std::string token = enrol(7);
  control("PATCH", "/v1/modes", R"({"page_size":3,"bundle_total":false})");
  const Answer answer = get(eob_search(), token);
  EXPECT_EQ(ids(answer).size(), 3U);
  EXPECT_FALSE(json(answer).as_object().contains("total"));
  EXPECT_TRUE(link(answer, "last").ends_with("page=3"));
}

TEST_F(PagingOf, NonsenseIsNoPage) {
  const std::string token = enrol(7);
  for (const char* page : {"0", "x", "-1", "1.5", ""}) {
    EXPECT_EQ(get(eob_search("&page=" + std::string(page)), token).status, 400U) << page;
  }
  const Answer beyond = get(eob_search("&page=9"), token);
  EXPECT_EQ(beyond.status, 200U);
  EXPECT_TRUE(ids(beyond).empty());
}

TEST_F(PagingOf, AMemberWithoutClaimsHasOneEmptyPage) {
  const std::string token = enrol(0);
  const Answer answer = get(eob_search(), token);
  EXPECT_EQ(json(answer).at("total").as_int64(), 0);
  EXPECT_FALSE(json(answer).as_object().contains("entry"));
  EXPECT_EQ(link(answer, "next"), "");
}

}  // namespace
}  // namespace claimferry::sandbox
