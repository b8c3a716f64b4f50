// Every quirk and every kind of claim that the generator promises really comes, and claims of a
// CARIN profile have what the profile makes mandatory.
#include <charconv>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/sandbox/fhir/claim_plan.hpp"
#include "tests/sandbox/fhir/generate.hpp"

namespace claimferry::sandbox {
namespace {

namespace json = boost::json;

struct Claim {
  ClaimPlan plan;
  GeneratedResource eob;
  json::object root;
};

const std::vector<Claim>& claims() {
  static const std::vector<Claim> all = [] {
    GenerateRequest request;
    request.seed = 7;
    request.eobs = 50;
    request.today = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
    std::vector<Claim> made;
    for (request.member_index = 0; request.member_index < 40; ++request.member_index) {
      for (unsigned at = 0; at < request.eobs; ++at) {
        Claim claim{plan_claim(request, at, 0), generate_eob(request, at, 0), {}};
        claim.root = json::parse(claim.eob.json).as_object();
        made.push_back(std::move(claim));
      }
    }
    return made;
  }();
  return all;
}

// Of 2,000 claims, those of which this is true.
unsigned count(const std::function<bool(const Claim&)>& is) {
  unsigned found = 0;
  for (const Claim& claim : claims()) {
    found += is(claim) ? 1 : 0;
  }
  return found;
}

unsigned holding(std::string_view text) {
  return count([text](const Claim& claim) { return claim.eob.json.find(text) != text.npos; });
}

std::size_t decimals(std::string_view amount) {
  const std::size_t point = amount.find('.');
  return point == amount.npos ? 0 : amount.size() - point - 1;
}

// What is left of an amount that went through a float and came back in full.
std::string through_double(const std::string& amount) {
  char text[64];
  const double value = std::strtod(amount.c_str(), nullptr);
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr;
  return std::string(text, end);
}

bool codes_hold(const json::value& concept_of, std::string_view code) {
  for (const json::value& coding : concept_of.at("coding").as_array()) {
    if (coding.as_object().contains("code") && coding.at("code").as_string() == code) {
      return true;
    }
  }
  return false;
}

// How many elements of a list are of this category.
unsigned of_category(const json::object& parent, std::string_view list, std::string_view code) {
  unsigned found = 0;
  const json::value* elements = parent.if_contains(list);
  if (elements != nullptr) {
    for (const json::value& element : elements->as_array()) {
      found += codes_hold(element.at("category"), code) ? 1 : 0;
    }
  }
  return found;
}

TEST(Quirks, AllFiveTypesComeWithBothInstitutionalSubtypes) {
  std::map<ClaimType, unsigned> types;
  for (const Claim& claim : claims()) {
    ++types[claim.plan.type];
    if (claim.plan.institutional() && !claim.plan.text_only_concepts) {
      const bool inpatient = claim.plan.type == ClaimType::inpatient;
      EXPECT_TRUE(codes_hold(claim.root.at("subType"), inpatient ? "inpatient" : "outpatient"));
    }
  }
  EXPECT_EQ(types.size(), 5U);
  for (const auto& [type, number] : types) {
    EXPECT_GT(number, 50U) << static_cast<int>(type);
  }
}

TEST(Quirks, EachAmountIsSometimesMoreThanCentsAndMoreThanAFloatHolds) {
  const std::map<std::string, std::string GeneratedAmounts::*> amounts{
      {"submitted", &GeneratedAmounts::submitted},
      {"allowed", &GeneratedAmounts::allowed},
      {"paid", &GeneratedAmounts::paid},
      {"member_liability", &GeneratedAmounts::member_liability}};
  for (const auto& [name, field] : amounts) {
    EXPECT_GT(count([&](const Claim& c) { return decimals(c.eob.*field) == 4; }), 20U) << name;
    EXPECT_GT(count([&](const Claim& c) { return decimals(c.eob.*field) == 13; }), 20U) << name;
    EXPECT_GT(count([&](const Claim& c) {
                return decimals(c.eob.*field) == 13 && through_double(c.eob.*field) != c.eob.*field;
              }),
              20U)
        << name;
    unsigned lines = 0;
    for (const Claim& claim : claims()) {
      for (const GeneratedLine& line : claim.eob.lines) {
        lines += decimals(line.*field) == 13 ? 1 : 0;
      }
    }
    EXPECT_GT(lines, 20U) << name;
  }
  unsigned payments = 0;
  for (const Claim& claim : claims()) {
    if (claim.plan.place == AmountPlace::payment && decimals(claim.eob.paid) > 2) {
      EXPECT_NE(claim.eob.json.find(R"("amount":{"value":)" + claim.eob.paid), std::string::npos);
      ++payments;
    }
  }
  EXPECT_GT(payments, 2U);
}

TEST(Quirks, LinesAddUpToTheClaim) {
  for (const Claim& claim : claims()) {
    Money submitted;
    for (const LinePlan& line : claim.plan.lines) {
      submitted = submitted + line.submitted;
    }
    EXPECT_EQ(submitted.str(), claim.eob.submitted);
    EXPECT_EQ(claim.eob.lines.size(), claim.root.at("item").as_array().size());
  }
}

TEST(Quirks, PublishedOdditiesCome) {
  EXPECT_GT(holding("3000-01-01"), 20U);
  EXPECT_GT(holding(R"("contained":[)"), 100U);
  EXPECT_GT(holding(R"("extension":[)"), 1000U);
  EXPECT_GT(holding("北京"), 50U);
  EXPECT_GT(holding(R"(\ud83c)"), 50U);
  EXPECT_GT(count([](const Claim& c) { return !c.root.at("id").is_string(); }), 50U);
  EXPECT_GT(holding(R"("code":"inoutnetwork")"), 100U);
  EXPECT_GT(holding("e2,"), 1U) << "1e2";
  EXPECT_GT(holding(R"("code":"benefit")"), 100U);
  EXPECT_GT(holding(R"("insurer":{"display")"), 100U);
  EXPECT_GT(count([](const Claim& c) { return c.plan.no_liability; }), 100U);
  EXPECT_GT(count([](const Claim& c) { return c.plan.sum.submitted.str().starts_with('-'); }), 20U);
  EXPECT_GT(count([](const Claim& c) {
              return !c.root.at("identifier").at(0).as_object().contains("value");
            }),
            50U);
  EXPECT_EQ(holding(R"("reference":"http)"), 0U) << "without a base no reference is absolute";
}

TEST(Quirks, DeniedAndCancelledClaimsComeAndAllElseThatAClaimMayHave) {
  EXPECT_GT(holding(R"("status":"cancelled")"), 20U);
  EXPECT_GT(count([](const Claim& c) {
              return codes_hold(c.root.at("payment").at("type"), "denied") &&
                     c.eob.paid == "0.00" && c.eob.allowed == "0.00";
            }),
            50U);
  for (const char* element : {"related", "procedure", "processNote"}) {
    EXPECT_GT(count([&](const Claim& c) { return c.root.contains(element); }), 50U) << element;
  }
  for (const char* element : {R"("modifier":[)", R"("detail":[)", R"("onAdmission":{)",
                              R"("noteNumber":[)", R"("code":"compound")"}) {
    EXPECT_GT(holding(element), 20U) << element;
  }
}

TEST(Quirks, AClaimWithoutTotalsIsRare) {
  const unsigned without = count([](const Claim& c) { return !c.root.contains("total"); });
  EXPECT_GT(without, 100U);
  EXPECT_LT(without, 250U);
  for (const AmountPlace place : {AmountPlace::lines, AmountPlace::header, AmountPlace::payment}) {
    EXPECT_GT(count([&](const Claim& c) { return c.plan.place == place; }), 20U);
  }
}

// Slices of cardinality 1.. in the snapshots of CARIN Blue Button 2.0.0.
TEST(Quirks, ClaimsHaveWhatTheirProfileMakesMandatory) {
  const std::map<ClaimType, std::vector<std::string>> infos{
      {ClaimType::inpatient, {"admissionperiod"}},
      {ClaimType::pharmacy, {"dayssupply", "dawcode", "refillnum", "refillsauthorized"}}};
  const std::map<ClaimType, std::vector<std::string>> statuses{
      {ClaimType::inpatient, {"benefitpaymentstatus"}},
      {ClaimType::outpatient, {"benefitpaymentstatus"}},
      {ClaimType::pharmacy, {"benefitpaymentstatus"}},
      {ClaimType::oral, {"benefitpaymentstatus", "renderingnetworkstatus"}}};
  for (const Claim& claim : claims()) {
    const ClaimType type = claim.plan.type;
    if (infos.contains(type)) {
      for (const std::string& code : infos.at(type)) {
        EXPECT_EQ(of_category(claim.root, "supportingInfo", code), 1U) << code;
      }
    }
    const json::array& profiles = claim.root.at("meta").at("profile").as_array();
    const bool current = profiles.back().as_string().ends_with("|2.0.0");
    EXPECT_EQ(current, !claim.plan.older_codes);
    if (!current) {
      continue;
    }
    if (statuses.contains(type)) {
      for (const std::string& code : statuses.at(type)) {
        EXPECT_EQ(of_category(claim.root, "adjudication", code), 1U) << code;
      }
    }
    for (const json::value& value : claim.root.at("item").as_array()) {
      const json::object& item = value.as_object();
      EXPECT_TRUE(type != ClaimType::inpatient || item.contains("revenue"));
      EXPECT_TRUE(item.contains("servicedDate") || type == ClaimType::inpatient);
      if (type == ClaimType::professional || type == ClaimType::oral) {
        EXPECT_EQ(of_category(item, "adjudication", "benefitpaymentstatus"), 1U);
        EXPECT_TRUE(item.contains("locationCodeableConcept"));
      }
    }
    EXPECT_TRUE(type == ClaimType::pharmacy || claim.root.contains("diagnosis"));
    EXPECT_TRUE(type != ClaimType::oral ||
                of_category(claim.root, "supportingInfo", "typeofbill") == 0);
  }
}

}  // namespace
}  // namespace claimferry::sandbox
