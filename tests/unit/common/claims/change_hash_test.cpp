#include "common/claims/change_hash.hpp"

#include <gtest/gtest.h>

#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

std::string hash_of(const std::string& members, std::vector<std::string> pointers) {
  PageParser parser;
  ParseRequest request = request_for();
  request.volatile_pointers = std::move(pointers);
  auto page = parser.parse(http::Body(bundle({eob("e1", members)})), request);
  EXPECT_TRUE(page) << members;
  return to_hex(page->resources.at(0).change_hash);
}

const std::string meta = R"("meta":{"versionId":"1","lastUpdated":"2026-01-01"},"status":"active")";

TEST(ChangeHash, LeavesOutWhatTheProfileCallsVolatile) {
  const std::vector<std::string> pointers{"/meta/lastUpdated", "/meta/versionId", "/not/there"};
  const std::string later =
      R"("meta":{"versionId":"2","lastUpdated":"2026-02-02"},"status":"active")";
  EXPECT_EQ(hash_of(meta, pointers), hash_of(later, pointers));
  EXPECT_NE(hash_of(meta, {}), hash_of(later, {}));
  EXPECT_EQ(hash_of(meta, {"/meta"}), hash_of(later, {"/meta"}));
}

TEST(ChangeHash, ReachesIntoArraysAndEscapedNames) {
  const std::vector<std::string> pointers{"/list/1/x", "/a~1b"};
  EXPECT_EQ(hash_of(R"("list":[{"x":1},{"x":2,"y":3}],"a/b":1)", pointers),
            hash_of(R"("list":[{"x":1},{"x":9,"y":3}],"a/b":2)", pointers));
  EXPECT_NE(hash_of(R"("list":[{"x":1},{"x":2}])", pointers),
            hash_of(R"("list":[{"x":9},{"x":2}])", pointers));
}

TEST(ChangeHash, SeesEveryLeafAndItsPlace) {
  const std::string variants[] = {
      R"("a":1)",        R"("a":"1")",        R"("a":1.0)",           R"("b":1)",
      R"("a":[1])",      R"("a":[1],"b":[])", R"("a":[[1]])",         R"("a":{"b":1})",
      R"("a":{},"b":1)", R"("a":true)",       R"("a":null)",          R"("a":["x","y"])",
      R"("a":["xy"])",   R"("a":["xy",""])",  R"("a":[{"b":[]},{}])", R"("a":[{"b":[{}]}])",
  };
  std::set<std::string> hashes;
  for (const std::string& variant : variants) {
    EXPECT_TRUE(hashes.insert(hash_of(variant, {})).second) << variant;
  }
}

TEST(ChangeHash, DoesNotMindWhiteSpaceOrEscapes) {
  EXPECT_EQ(hash_of(R"("a":"caf\u00e9")", {}), hash_of("  \"a\" :\n\"café\"  ", {}));
}

}  // namespace
}  // namespace claimferry::claims
