#include "common/claims/adapter/segment_line.hpp"

#include <gtest/gtest.h>

#include "tests/unit/common/claims/adapter/store_fixture.hpp"

namespace claimferry::claims {
namespace {

class SegmentLineTest : public StoreFixture {
 protected:
  static std::string upsert(std::string_view raw) {
    PageCommit commit = page("M1", 3);
    ResourceRow& row = commit.page.resources[0];
    row.raw = raw;
    row.id = "e\"1";
    row.content_hash = row.change_hash = sha256(raw);
    return upsert_head(commit, row, 2);
  }
};

TEST_F(SegmentLineTest, PutsThePayersBytesLastAndWhoseTheyAreFirst) {
  const std::string hash = to_hex(sha256("{}"));
  EXPECT_EQ(upsert("{}"),
            R"({"schema":1,"operation":"upsert","payer":"aetna","member":"M1","fence":1)"
            R"(,"resource_type":"ExplanationOfBenefit","resource_id":"e\"1","version":2)"
            R"(,"change_hash":")" +
                hash + R"(","sha256":")" + hash +
                R"(","received_at":"1970-01-01T00:00:00.000Z","raw":)");
}

TEST_F(SegmentLineTest, KeepsTheExactTextOfWhatHasLineEnds) {
  EXPECT_EQ(raw_on_one_line("{ }"), std::nullopt);
  EXPECT_EQ(raw_on_one_line("{\r\n}"), "{  }");
  EXPECT_NE(upsert("{\n}").find(R"("raw_text":"{\u000a}","raw":)"), std::string::npos);
}

TEST_F(SegmentLineTest, EscapesWhatJsonEscapes) {
  EXPECT_EQ(json_quoted("a\"\\\n\x1f\xc3\xa9/"), "\"a\\\"\\\\\\u000a\\u001f\xc3\xa9/\"");
}

TEST_F(SegmentLineTest, TellsTheOwnerOfALineFromItsBeginning) {
  const std::string line = upsert("{}");
  const auto owner = owner_of(line);
  ASSERT_TRUE(owner.has_value());
  EXPECT_EQ(owner->operation, "upsert");
  EXPECT_EQ(owner->payer, "aetna");
  EXPECT_EQ(owner->member, "M1");
  EXPECT_EQ(owner->fence, 1U);
  const std::string erasure = erase_line(key("M2", 7), WallTime());
  EXPECT_EQ(owner_of(erasure)->operation, "erase");
}

TEST_F(SegmentLineTest, ALineThatIsNoneOfOursHasNoOwner) {
  const std::string line = upsert("{}");
  // The digits of a fence that is cut may go on.
  const auto behind_fence = line.find(",\"resource_type\"");
  for (std::size_t bytes = 0; bytes <= behind_fence; ++bytes) {
    EXPECT_FALSE(owner_of(line.substr(0, bytes)).has_value()) << line.substr(0, bytes);
  }
  EXPECT_TRUE(owner_of(line.substr(0, behind_fence + 1)).has_value());
  EXPECT_EQ(owner_of("{}"), std::nullopt);
}

}  // namespace
}  // namespace claimferry::claims
