#include "common/claims/stored_resource.hpp"

#include <gtest/gtest.h>

#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

TEST(StoredResource, GivesTheRowsThatAPageGave) {
  const std::string raw = eob("e1", R"("item":[{"sequence":1,"net":{"value":0.10}}],"odd":[1])");
  auto page = parse(bundle({raw}));
  auto stored = read_stored(raw, request_for().volatile_pointers);
  ASSERT_TRUE(page && stored);
  ASSERT_EQ(stored->resources.size(), 1U);
  EXPECT_EQ(stored->resources[0].raw, raw);
  EXPECT_EQ(stored->resources[0].content_hash, page->resources[0].content_hash);
  EXPECT_EQ(stored->resources[0].change_hash, page->resources[0].change_hash);
  for (const Table& table : tables()) {
    const TableRows& was = page->rows.of(table.id);
    const TableRows& is = stored->rows.of(table.id);
    ASSERT_EQ(is.size(), was.size()) << table.name;
    for (std::size_t row = 0; row < was.size(); ++row) {
      EXPECT_EQ(is.head(row).pointer, was.head(row).pointer);
      EXPECT_TRUE(std::ranges::equal(is.cells(row), was.cells(row))) << table.name;
    }
  }
  ASSERT_EQ(stored->rows.loose().size(), 1U);
  EXPECT_EQ(stored->rows.loose()[0].pointer, "/odd/0");
}

TEST(StoredResource, SaysWhatItTakesNoMore) {
  auto misfit = read_stored(eob("e1", R"("item":[{"net":{"value":"n/a"}}])"));
  ASSERT_TRUE(misfit);
  EXPECT_EQ(misfit->rows.of(TableId::claim).size(), 0U);
  ASSERT_EQ(misfit->quarantined.size(), 1U);
  EXPECT_EQ(misfit->quarantined[0].pointer, "/item/0/net");
  for (const std::string_view none : {"", "[]", "{", "{}", R"({"resourceType":"Basic","id":"1"})",
                                      R"({"resourceType":"Patient"})"}) {
    auto read = read_stored(none);
    ASSERT_FALSE(read) << none;
    EXPECT_EQ(read.failure().code, "not_a_resource");
  }
}

}  // namespace
}  // namespace claimferry::claims
