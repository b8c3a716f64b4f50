// Generated claims against CARIN Blue Button's own profiles, where the corpus has them: whatever a
// snapshot makes mandatory is there, but for the quirks that a claim's plan names.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/sandbox/fhir/claim_plan.hpp"
#include "tests/sandbox/fhir/generate.hpp"

namespace claimferry::sandbox {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

fs::path definitions() {
  fs::path corpus;
  if (const char* named = std::getenv("CLAIMFERRY_CORPUS")) {
    corpus = named;
  } else if (const char* source = std::getenv("CLAIMFERRY_SOURCE")) {
    corpus = fs::path(source).parent_path() / "shared" / "data";
  }
  return corpus / "carin-ig-2.0.0" / "definitions";
}

json::value read_json(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return json::parse(text.str());
}

bool has_coding(const json::value& concept_of, std::string_view system, std::string_view code) {
  for (const json::value& coding : concept_of.at("coding").as_array()) {
    const json::object& object = coding.as_object();
    const json::value* its_system = object.if_contains("system");
    const json::value* its_code = object.if_contains("code");
    if (its_code != nullptr && its_code->as_string() == code &&
        (system.empty() || (its_system != nullptr && its_system->as_string() == system))) {
      return true;
    }
  }
  return false;
}

// One profile's snapshot, held against claims. Slices are told apart as CARIN does: by the pattern
// of their category or type, amounts by the codes of amounts.
class Profile {
 public:
  explicit Profile(const fs::path& file) : root_(read_json(file)) {
    for (const json::value& element : root_.at("snapshot").at("element").as_array()) {
      elements_.emplace(std::string(element.at("id").as_string()), &element.as_object());
    }
    for (const char* code : {"submitted", "copay", "eligible", "deductible", "benefit"}) {
      amount_codes_.insert(code);
    }
    const json::value own = read_json(file.parent_path() / "CodeSystem-C4BBAdjudication.json");
    for (const json::value& code : own.at("concept").as_array()) {
      amount_codes_.insert(std::string(code.at("code").as_string()));
    }
  }

  // The ids of elements that the claim has too few or too many of.
  std::set<std::string> misses(const json::value& claim) const {
    std::set<std::string> missed;
    for (const auto& [id, element] : elements_) {
      const bool inner = id.find('.') != std::string::npos;
      if (!inner || id.find(".extension") != std::string::npos) {
        continue;
      }
      const auto least = element->at("min").to_number<std::size_t>();
      const std::string most(element->at("max").as_string());
      const std::string parent = id.substr(0, id.rfind('.'));
      for (const json::value* node : instances(parent, claim)) {
        const std::size_t found = children(*node, id).size();
        if (found < least || (most != "*" && found > std::stoul(most))) {
          missed.insert(id.substr(id.find('.') + 1));
        }
      }
    }
    return missed;
  }

 private:
  using Nodes = std::vector<const json::value*>;

  Nodes instances(const std::string& id, const json::value& claim) const {
    const std::size_t dot = id.rfind('.');
    if (dot == std::string::npos) {
      return {&claim};
    }
    Nodes found;
    for (const json::value* parent : instances(id.substr(0, dot), claim)) {
      const Nodes own = children(*parent, id);
      found.insert(found.end(), own.begin(), own.end());
    }
    return found;
  }

  Nodes children(const json::value& parent, const std::string& id) const {
    std::string name = id.substr(id.rfind('.') + 1);
    std::string slice;
    if (const std::size_t colon = name.find(':'); colon != std::string::npos) {
      slice = name.substr(colon + 1);
      name.resize(colon);
    }
    Nodes found;
    for (const json::value* child : named(parent, name)) {
      if (slice.empty() || in_slice(*child, id, slice)) {
        found.push_back(child);
      }
    }
    return found;
  }

  // value[x] is whatever begins with value.
  static Nodes named(const json::value& parent, const std::string& name) {
    Nodes found;
    const bool choice = name.ends_with("[x]");
    const std::string stem = choice ? name.substr(0, name.size() - 3) : name;
    if (!parent.is_object()) {
      return found;
    }
    for (const auto& [key, value] : parent.as_object()) {
      if (!(choice ? key.starts_with(stem) : std::string_view(key) == stem)) {
        continue;
      }
      if (!value.is_array()) {
        found.push_back(&value);
        continue;
      }
      for (const json::value& item : value.as_array()) {
        found.push_back(&item);
      }
    }
    return found;
  }

  bool in_slice(const json::value& node, const std::string& id, const std::string& slice) const {
    for (const char* discriminator : {"category", "type"}) {
      const auto pattern = elements_.find(id + "." + discriminator);
      if (pattern == elements_.end() || !pattern->second->contains("patternCodeableConcept")) {
        continue;
      }
      const json::value& coding = pattern->second->at("patternCodeableConcept").at("coding").at(0);
      const json::value* there = node.as_object().if_contains(discriminator);
      return there != nullptr &&
             has_coding(*there, coding.at("system").as_string(), coding.at("code").as_string());
    }
    if (slice != "adjudicationamounttype") {
      return true;  // a choice of types: named() told them apart
    }
    for (const std::string& code : amount_codes_) {
      if (has_coding(node.at("category"), "", code)) {
        return true;
      }
    }
    return false;
  }

  json::value root_;
  std::map<std::string, const json::object*> elements_;
  std::set<std::string> amount_codes_;
};

std::string file_of(const ClaimPlan& plan) {
  const std::map<ClaimType, const char*> names{
      {ClaimType::professional, "Professional-NonClinician"},
      {ClaimType::pharmacy, "Pharmacy"},
      {ClaimType::outpatient, "Outpatient-Institutional"},
      {ClaimType::inpatient, "Inpatient-Institutional"},
      {ClaimType::oral, "Oral"}};
  return std::string("StructureDefinition-C4BB-ExplanationOfBenefit-") + names.at(plan.type) +
         ".json";
}

// What a claim may lack because its plan says so.
std::set<std::string> excused(const ClaimPlan& plan) {
  std::set<std::string> quirks;
  if (plan.place != AmountPlace::total) {
    quirks.insert({"total", "total:adjudicationamounttype"});
  }
  if (plan.place == AmountPlace::header) {
    quirks.insert({"item.adjudication", "item.adjudication:adjudicationamounttype"});
  }
  if (plan.unique_id_without_value) {
    quirks.insert("identifier:uniqueclaimid.value");
  }
  return quirks;
}

TEST(Corpus, GeneratedClaimsKeepTheirProfilesCardinalities) {
  if (!fs::exists(definitions())) {
    GTEST_SKIP() << "no corpus: set CLAIMFERRY_CORPUS to a folder of FHIR JSON";
  }
  std::map<std::string, Profile> profiles;
  GenerateRequest request;
  request.seed = 3;
  request.today = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
  unsigned held = 0;
  for (unsigned at = 0; at < 400; ++at) {
    const ClaimPlan plan = plan_claim(request, at, 0);
    if (plan.older_codes) {
      continue;  // says so in its profile
    }
    const std::string file = file_of(plan);
    const auto profile = profiles.try_emplace(file, definitions() / file).first;
    std::set<std::string> missed =
        profile->second.misses(json::parse(generate_eob(request, at, 0).json));
    for (const std::string& quirk : excused(plan)) {
      missed.erase(quirk);
    }
    EXPECT_TRUE(missed.empty()) << plan.id << " " << file << testing::PrintToString(missed);
    ++held;
  }
  EXPECT_EQ(profiles.size(), 5U);
  EXPECT_GT(held, 300U);
}

}  // namespace
}  // namespace claimferry::sandbox
