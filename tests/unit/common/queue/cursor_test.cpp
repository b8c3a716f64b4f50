#include "common/queue/cursor.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "common/base/limits.hpp"

namespace claimferry::queue {
namespace {

Cursor at_third_page() {
  Cursor cursor;
  cursor.resource = Resource::eob;
  cursor.next_url = "https://payer.test/fhir/ExplanationOfBenefit?patient=p1&page=3";
  cursor.pages = 3;
  cursor.entries = 60;
  cursor.total = 180;
  return cursor;
}

TEST(Cursor, HasOneLineOfText) {
  EXPECT_EQ(at_third_page().str(),
            "1 ExplanationOfBenefit 3 60 180 0 00 "
            "https://payer.test/fhir/ExplanationOfBenefit?patient=p1&page=3");
  EXPECT_EQ(Cursor{}.str(), "1 Patient 0 0 - 0 00 -");
}

TEST(Cursor, ComesBackFromItsTextAsItWas) {
  for (const Resource resource : {Resource::patient, Resource::coverage, Resource::eob}) {
    for (const bool coverage_incomplete : {false, true}) {
      for (const bool eob_incomplete : {false, true}) {
        for (const std::optional<std::uint64_t> total :
             {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(0),
              std::optional<std::uint64_t>(std::numeric_limits<std::uint64_t>::max())}) {
          Cursor cursor;
          cursor.resource = resource;
          cursor.pages = std::numeric_limits<std::uint32_t>::max();
          cursor.entries = std::numeric_limits<std::uint64_t>::max();
          cursor.total = total;
          cursor.restarts = 2;
          cursor.coverage_incomplete = coverage_incomplete;
          cursor.eob_incomplete = eob_incomplete;
          EXPECT_EQ(Cursor::parse(cursor.str()), cursor) << cursor.str();
          cursor.next_url = "https://payer.test/x?page=2&token=a-b";
          EXPECT_EQ(Cursor::parse(cursor.str()), cursor) << cursor.str();
        }
      }
    }
  }
}

TEST(Cursor, HoldsALinkUpToTheLimitOfUrls) {
  Cursor cursor = at_third_page();
  cursor.next_url = std::string(limits::url_bytes_max, 'u');
  EXPECT_EQ(Cursor::parse(cursor.str()), cursor);
  cursor.next_url += 'u';
  EXPECT_EQ(Cursor::parse(cursor.str()), std::nullopt);
}

TEST(Cursor, RefusesWhatIsNotItsText) {
  for (const std::string_view text : {
           "",
           "1",
           "garbage",
           "2 ExplanationOfBenefit 3 60 180 0 00 https://p/x",       // another version
           " 1 ExplanationOfBenefit 3 60 180 0 00 https://p/x",      // a space before
           "1  ExplanationOfBenefit 3 60 180 0 00 https://p/x",      // two between
           "1 ExplanationOfBenefit 3 60 180 0 00",                   // no link
           "1 ExplanationOfBenefit 3 60 180 0 00 ",                  // an empty one
           "1 ExplanationOfBenefit 3 60 180 0 00 https://p/x more",  // a ninth field
           "1 Observation 3 60 180 0 00 https://p/x",                // nothing we pull
           "1 explanationofbenefit 3 60 180 0 00 https://p/x",       // FHIR's names are exact
           "1 ExplanationOfBenefit -3 60 180 0 00 https://p/x",      // numbers below zero,
           "1 ExplanationOfBenefit +3 60 180 0 00 https://p/x",      //   with a sign,
           "1 ExplanationOfBenefit 3.5 60 180 0 00 https://p/x",     //   with a fraction,
           "1 ExplanationOfBenefit 3x 60 180 0 00 https://p/x",      //   with a letter,
           "1 ExplanationOfBenefit 4294967296 60 180 0 00 -",        //   and too large ones
           "1 ExplanationOfBenefit 3 18446744073709551616 180 0 00 -",
           "1 ExplanationOfBenefit 3 60 18446744073709551616 0 00 -",
           "1 ExplanationOfBenefit 3 60 180 4294967296 00 -",
           "1 ExplanationOfBenefit 3 60 many 0 00 https://p/x",
           "1 ExplanationOfBenefit 3 60 -- 0 00 https://p/x",
           "1 ExplanationOfBenefit 3 60 180 0 0 https://p/x",    // one flag,
           "1 ExplanationOfBenefit 3 60 180 0 000 https://p/x",  //   three,
           "1 ExplanationOfBenefit 3 60 180 0 02 https://p/x",   //   and one that is none
           "1 ExplanationOfBenefit 3 60 180 0 x0 https://p/x",
       }) {
    EXPECT_EQ(Cursor::parse(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(Cursor, ALinkWithASpaceWouldBeReadAsNoneOfOurs) {
  Cursor cursor = at_third_page();
  cursor.next_url = "https://payer.test/x?page=3 4";
  EXPECT_EQ(Cursor::parse(cursor.str()), std::nullopt);
}

TEST(Cursor, NamesResourcesAsFhirDoes) {
  EXPECT_EQ(to_string(Resource::patient), "Patient");
  EXPECT_EQ(to_string(Resource::coverage), "Coverage");
  EXPECT_EQ(to_string(Resource::eob), "ExplanationOfBenefit");
  for (const Resource resource : {Resource::patient, Resource::coverage, Resource::eob}) {
    EXPECT_EQ(parse_resource(to_string(resource)), resource);
  }
  EXPECT_EQ(parse_resource("patient"), std::nullopt);
  EXPECT_EQ(parse_resource(""), std::nullopt);
  EXPECT_EQ(parse_resource("unknown"), std::nullopt);
}

TEST(Cursor, WithoutItsLinkKeepsWhatCountsAndStillTellsAnEndFromAPlaceBetween) {
  Cursor between;
  between.resource = Resource::eob;
  between.next_url = "https://payer.example/fhir/ExplanationOfBenefit?patient=p1&page=2";
  between.pages = 1;
  const Cursor told = between.without_link();
  EXPECT_EQ(told.str().find("p1"), std::string::npos);
  EXPECT_EQ(told.pages, 1U);
  EXPECT_FALSE(told.next_url.empty());
  EXPECT_TRUE(Cursor::parse(told.str()).has_value());
  Cursor ended = between;
  ended.next_url.clear();
  EXPECT_EQ(ended.without_link(), ended);
}

}  // namespace
}  // namespace claimferry::queue
