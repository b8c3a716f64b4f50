// The claim's lines: what was done, when and where.
#include "tests/sandbox/fhir/eob_codes.hpp"
#include "tests/sandbox/fhir/eob_writer.hpp"

namespace claimferry::sandbox {
namespace {

using namespace codes;

constexpr std::array<std::string_view, 6> procedures{"99213", "99214", "80053",
                                                     "85025", "93000", "36415"};
constexpr std::array<std::string_view, 4> drugs{"00093505698", "68180075209", "00378180510",
                                                "65862001099"};
constexpr std::array<std::string_view, 4> dental{"D0120", "D1110", "D2391", "D0274"};

}  // namespace

void EobWriter::write_items() {
  json_.key("item").open('[');
  for (std::size_t at = 0; at < plan_.lines.size(); ++at) {
    write_item(at);
  }
  json_.close(']');
}

void EobWriter::write_item(std::size_t at) {
  json_.open('{').raw_field("sequence", std::to_string(at + 1));
  if (plan_.type != ClaimType::pharmacy) {
    json_.raw_field("diagnosisSequence", at % 2 == 0 ? "[1]" : "[2,1]");
  }
  if (plan_.institutional()) {
    codeable("revenue", join(nubc, "RevenueCodes"), "0450");
  }
  write_product(at);
  if (plan_.modifiers && plan_.type != ClaimType::pharmacy && plan_.type != ClaimType::oral) {
    codeables("modifier", cpt, at % 2 == 0 ? "25" : "59");
  }
  if (plan_.type == ClaimType::inpatient) {
    json_.key("servicedPeriod").open('{').field("start", iso_date(plan_.service_date)).close('}');
  } else {
    json_.field("servicedDate", iso_date(plan_.service_date));
  }
  if (plan_.type == ClaimType::professional || plan_.type == ClaimType::oral) {
    codeable("locationCodeableConcept",
             "https://www.cms.gov/Medicare/Coding/place-of-service-codes/"
             "Place_of_Service_Code_Set",
             "11");
  }
  json_.key("quantity").open('{').raw_field("value", at % 3 == 0 ? "1" : "1.50").close('}');
  if (plan_.type == ClaimType::oral) {
    codeable("bodySite", join(hl7, "ADAUniversalToothDesignationSystem"), "14");
  }
  if (plan_.notes && at == 0) {
    json_.raw_field("noteNumber", "[1]");
  }
  write_item_adjudication(at);
  if (plan_.compound) {
    write_ingredients();
  }
  json_.close('}');
}

void EobWriter::write_product(std::size_t at) {
  constexpr std::string_view key = "productOrService";
  if (plan_.compound) {
    codeable(key, join(c4bb, "C4BBCompoundLiteral"), "compound");
  } else if (plan_.type == ClaimType::pharmacy) {
    codeable(key, ndc, pick(drugs, plan_.flavour + at), "Metformin 500\u00a0mg");
  } else if (plan_.type == ClaimType::oral) {
    codeable(key, "http://www.ada.org/cdt", pick(dental, plan_.flavour + at));
  } else if (plan_.text_only_concepts) {
    json_.raw_field(key, R"({"text":"Office visit \u2014 established"})");
  } else {
    codeable(key, cpt, pick(procedures, plan_.flavour + at));
  }
}

void EobWriter::write_ingredients() {
  json_.key("detail").open('[');
  for (unsigned at = 0; at < 2; ++at) {
    json_.open('{').raw_field("sequence", std::to_string(at + 1));
    codeable("productOrService", ndc, pick(drugs, plan_.flavour + at));
    json_.raw_field("quantity", R"({"value":0.5})").close('}');
  }
  json_.close(']');
}

}  // namespace claimferry::sandbox
