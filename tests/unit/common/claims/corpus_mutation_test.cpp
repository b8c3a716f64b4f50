// Every file of the corpus, damaged as no payer should: rows or quarantined entries or a coded
// failure, never a crash, and nothing that was not in the page.
#include <random>

#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "common/claims/parse.hpp"
#include "tests/unit/common/claims/corpus_files.hpp"
#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {
namespace {

using Bytes = std::string;
using Change = Bytes (*)(const Bytes& page, std::mt19937& random);

std::size_t below(std::mt19937& random, std::size_t bound) {
  return bound == 0 ? 0 : random() % bound;
}

// Where some member's value begins; npos where there is none.
std::size_t some_value(const Bytes& page, std::mt19937& random) {
  const auto colon = page.find("\":", below(random, page.size()));
  return colon == Bytes::npos ? Bytes::npos : colon + 2;
}

Bytes cut_off(const Bytes& page, std::mt19937& random) {
  return page.substr(0, below(random, page.size()));
}

Bytes change_bytes(const Bytes& page, std::mt19937& random) {
  Bytes changed = page;
  for (int times = 0; times < 8 && !changed.empty(); ++times) {
    changed[below(random, changed.size())] = static_cast<char>(random() & 0xFFU);
  }
  return changed;
}

Bytes swap_a_type(const Bytes& page, std::mt19937& random) {
  constexpr const char* values[] = {
      "null,\"x\":", "7,\"x\":",        "true,\"x\":",   "[],\"x\":",
      "{},\"x\":",   "\"text\",\"x\":", "[[{}]],\"x\":", "-0.0e-0,\"x\":"};
  const auto at = some_value(page, random);
  return at == Bytes::npos ? page
                           : Bytes(page).insert(at, values[below(random, std::size(values))]);
}

Bytes nest_deeply(const Bytes& page, std::mt19937& random) {
  const auto at = some_value(page, random);
  return at == Bytes::npos
             ? page
             : Bytes(page).insert(at, Bytes(10'000, '[') + Bytes(10'000, ']') + ",\"x\":");
}

Bytes write_a_long_number(const Bytes& page, std::mt19937& random) {
  const auto at = some_value(page, random);
  return at == Bytes::npos ? page : Bytes(page).insert(at, Bytes(400, '9') + ".5e7,\"x\":");
}

Bytes spoil_utf8(const Bytes& page, std::mt19937& random) {
  const auto quote = page.find('"', below(random, page.size()));
  return quote == Bytes::npos ? page : Bytes(page).insert(quote + 1, "\xC3\x28\xED\xA0\x80");
}

Bytes repeat_a_name(const Bytes& page, std::mt19937& random) {
  const auto brace = page.find('{', below(random, page.size()));
  return brace == Bytes::npos
             ? page
             : Bytes(page).insert(
                   brace + 1, R"("id":"a","id":"b","resourceType":"Basic","entry":[],"item":7,)");
}

struct Damage {
  const char* name;
  Change change;
  bool stays_json;  // most pages can be read all the same
};

class Mutation : public testing::TestWithParam<Damage> {};

TEST_P(Mutation, EndsInRowsOrQuarantineOrACodedFailure) {
  const auto root = corpus();
  if (!root) {
    GTEST_SKIP() << "no corpus: set CLAIMFERRY_CORPUS to a folder of FHIR JSON";
  }
  std::mt19937 random(20'261'130);
  std::size_t pages = 0;
  std::size_t failed = 0;
  PageParser parser;
  for (const CorpusResource& resource :
       read_resources(*root, {"ExplanationOfBenefit", "Coverage", "Patient"})) {
    for (int times = 0; times < 3; ++times) {
      const Bytes page = GetParam().change(bundle({resource.raw}), random);
      for (const auto type : {queue::Resource::eob, queue::Resource::coverage}) {
        auto parsed = parser.parse(http::Body(page), request_for(type));
        ++pages;
        if (!parsed) {
          EXPECT_FALSE(parsed.failure().code.empty());
          ++failed;
          continue;
        }
        for (const ResourceRow& row : parsed->resources) {
          EXPECT_NE(page.find(row.raw), Bytes::npos) << resource.file;
        }
      }
    }
  }
  EXPECT_GT(pages, 500U);
  if (GetParam().stays_json) {
    EXPECT_LT(failed, pages / 10);
  } else {
    EXPECT_GT(failed, pages / 2);
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Mutation,
                         testing::Values(Damage{"cut_off", cut_off, false},
                                         Damage{"change_bytes", change_bytes, false},
                                         Damage{"swap_a_type", swap_a_type, true},
                                         Damage{"nest_deeply", nest_deeply, false},
                                         Damage{"write_a_long_number", write_a_long_number, true},
                                         Damage{"spoil_utf8", spoil_utf8, false},
                                         Damage{"repeat_a_name", repeat_a_name, true}),
                         [](const auto& which) { return which.param.name; });

TEST(LargePage, IsReadToItsEnd) {
  const std::string one = eob("e0", "\"note\":\"" + std::string(900'000, 'x') + "\"");
  std::string page = R"({"resourceType":"Bundle","entry":[)";
  for (int number = 0; page.size() + one.size() < limits::body_bytes_max; ++number) {
    std::string each = one;
    each.replace(each.find("e0"), 2, "e" + std::to_string(number));
    page += (number == 0 ? R"({"resource":)" : R"(,{"resource":)") + each + "}";
  }
  page += "]}";
  auto parsed = parse(page);
  ASSERT_TRUE(parsed) << parsed.failure().detail;
  EXPECT_GT(parsed->resources.size(), 60U);
  EXPECT_TRUE(parsed->quarantined.empty());
}

}  // namespace
}  // namespace claimferry::claims
