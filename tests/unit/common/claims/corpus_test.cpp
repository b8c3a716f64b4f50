// Real claims written by others, where they are present: every EOB must become rows, and its raw
// bytes must be its own.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "common/claims/parse.hpp"

namespace claimferry::claims {
namespace {

namespace fs = std::filesystem;

fs::path corpus() {
  if (const char* named = std::getenv("CLAIMFERRY_CORPUS")) {
    return named;
  }
  const char* source = std::getenv("CLAIMFERRY_SOURCE");
  return source == nullptr ? fs::path() : fs::path(source).parent_path() / "shared" / "data";
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The patient that a resource says it is of, so that each is parsed as that member's.
std::string patient_of(simdjson::dom::element resource) {
  std::string_view reference;
  if (resource["patient"]["reference"].get_string().get(reference)) {
    return {};
  }
  return std::string(reference.substr(reference.rfind('/') + 1));
}

struct Tally {
  unsigned files = 0;
  unsigned claims = 0;
  std::map<std::string, unsigned> refused;
};

void parse_eob(std::string_view raw, const std::string& patient, const std::string& name,
               Tally& tally) {
  PageParser parser;
  const ParseRequest request{queue::Resource::eob, patient, {"/meta/lastUpdated"}};
  auto page = parser.parse(
      http::Body(R"({"resourceType":"Bundle","entry":[{"resource":)" + std::string(raw) + "}]}"),
      request);
  ASSERT_TRUE(page) << name;
  for (const QuarantinedEntry& entry : page->quarantined) {
    ++tally.refused[std::string(entry.reason) + " in " + name];
  }
  if (page->quarantined.empty()) {
    ASSERT_EQ(page->resources.size(), 1U) << name;
    EXPECT_EQ(page->resources[0].raw, raw) << name;
    EXPECT_FALSE(page->rows.claims.at(0).claim_type.empty()) << name;
    ++tally.claims;
  }
}

void parse_file(const fs::path& path, Tally& tally) {
  const std::string text = read(path);
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(text).get(root) || !root.is_object()) {
    return;
  }
  ++tally.files;
  std::string_view type;
  if (root["resourceType"].get_string().get(type)) {
    return;
  }
  if (type == "ExplanationOfBenefit" && !patient_of(root).empty()) {
    const auto end = text.rfind('}');
    parse_eob(std::string_view(text).substr(text.find('{'), end + 1 - text.find('{')),
              patient_of(root), path.filename(), tally);
    return;
  }
  simdjson::dom::array entries;
  if (type != "Bundle" || root["entry"].get_array().get(entries)) {
    return;
  }
  for (const auto entry : entries) {
    simdjson::dom::element resource;
    if (!entry["resource"].get(resource) &&
        resource["resourceType"].get_string().value() == "ExplanationOfBenefit") {
      parse_eob(simdjson::minify(resource), patient_of(resource), path.filename(), tally);
    }
  }
}

TEST(Corpus, EveryClaimBecomesRows) {
  const fs::path root = corpus();
  if (root.empty() || !fs::exists(root)) {
    GTEST_SKIP() << "no corpus: set CLAIMFERRY_CORPUS to a folder of FHIR JSON";
  }
  Tally tally;
  for (const auto& file : fs::recursive_directory_iterator(root)) {
    const auto name = file.path().filename().string();
    if (file.is_regular_file() && (name.ends_with(".json"))) {
      parse_file(file.path(), tally);
    }
  }
  for (const auto& [what, count] : tally.refused) {
    ADD_FAILURE() << count << " × " << what;
  }
  EXPECT_GT(tally.claims, 0U) << "of " << tally.files << " files";
  RecordProperty("claims", static_cast<int>(tally.claims));
  std::printf("%u files, %u claims\n", tally.files, tally.claims);
}

}  // namespace
}  // namespace claimferry::claims
