#include "tests/sandbox/fhir/eob_writer.hpp"

#include <cstdio>

#include "tests/sandbox/fhir/eob_codes.hpp"

namespace claimferry::sandbox {
namespace {

using namespace codes;

constexpr std::array<std::string_view, 6> providers{"Clínica São João",
                                                    "O\\u2019Brien Family Medicine",
                                                    "Müller & Söhne \\\"Praxis\\\"",
                                                    "北京协和医院 Outreach",
                                                    "Valley Orthopædics",
                                                    "St. Mary\\u0027s \\ud83c\\udfe5"};

std::string_view profile_of(ClaimType type) {
  switch (type) {
    case ClaimType::professional:
      return "C4BB-ExplanationOfBenefit-Professional-NonClinician";
    case ClaimType::pharmacy:
      return "C4BB-ExplanationOfBenefit-Pharmacy";
    case ClaimType::outpatient:
      return "C4BB-ExplanationOfBenefit-Outpatient-Institutional";
    case ClaimType::inpatient:
      return "C4BB-ExplanationOfBenefit-Inpatient-Institutional";
    case ClaimType::oral:
      return "C4BB-ExplanationOfBenefit-Oral";
  }
  return "";
}

}  // namespace

std::string iso_date(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::string EobWriter::write() {
  json_.open('{').field("resourceType", "ExplanationOfBenefit");
  json_.key("id");
  plan_.numeric_id ? json_.raw(plan_.id) : json_.string(plan_.id);
  write_meta();
  write_contained();
  write_extensions();
  write_identifiers();
  write_kind();
  write_parties();
  write_related();
  write_care_team();
  write_supporting_info();
  write_diagnoses();
  write_procedures();
  write_insurance();
  write_items();
  write_header_adjudication();
  write_totals();
  write_payment();
  write_notes();
  return json_.close('}').take();
}

void EobWriter::write_meta() {
  const auto day = plan_.service_date + std::chrono::days(14 + plan_.revision);
  json_.key("meta").open('{');
  json_.field("versionId", std::to_string(plan_.revision + 1));
  json_.field("lastUpdated", iso_date(day) + "T10:00:00.000Z");
  json_.key("profile").open('[');
  json_.string(join(carin, "C4BB-ExplanationOfBenefit"));
  json_.string(join(carin, profile_of(plan_.type)) + (plan_.older_codes ? "|1.1.0" : "|2.0.0"));
  json_.close(']').close('}');
}

void EobWriter::write_contained() {
  if (!plan_.contained_providers) {
    return;
  }
  json_.key("contained").open('[');
  json_.open('{').field("resourceType", "Practitioner").field("id", "prac1");
  json_.raw_field("name", R"([{"family":"Ng\u00fay\u1ec5n","given":["Th\u1ecb","A."]}])");
  json_.raw_field("identifier",
                  R"([{"system":"http://hl7.org/fhir/sid/us-npi","value":"1999999999"}])");
  json_.close('}');
  json_.open('{').field("resourceType", "Organization").field("id", "org1");
  json_.key("name").raw("\"" + std::string(pick(providers, plan_.flavour)) + "\"");
  json_.close('}').close(']');
}

void EobWriter::write_extensions() {
  json_.key("extension").open('[');
  json_.open('{').field("url", "https://payer.example/fhir/StructureDefinition/adjudication-run");
  json_.raw_field("valueInteger", std::to_string(plan_.flavour % 100'000)).close('}');
  if (request_.padding_bytes > 0) {
    json_.open('{').field("url", "https://payer.example/fhir/StructureDefinition/padding");
    std::string padding(request_.padding_bytes, ' ');
    SeededRandom random(plan_.flavour);
    for (char& c : padding) {
      c = static_cast<char>('a' + random.below(26));
    }
    json_.field("valueString", padding).close('}');
  }
  json_.close(']');
}

void EobWriter::write_identifiers() {
  json_.key("identifier").open('[').open('{');
  json_.key("type").open('{').key("coding").open('[').open('{');
  json_.field("system",
              plan_.older_codes ? join(hl7, "v2-0203") : join(c4bb, "C4BBIdentifierType"));
  json_.field("code", "uc").close('}').close(']');
  json_.close('}');
  if (!plan_.unique_id_without_value) {
    json_.field("system", "https://payer.example/claims").field("value", "UC" + plan_.id);
  }
  json_.close('}');
  json_.open('{').field("value", "PLAIN" + plan_.id).close('}').close(']');
}

void EobWriter::write_kind() {
  json_.field("status", plan_.cancelled ? "cancelled" : "active");
  json_.key("type").open('{').key("coding").open('[');
  if (plan_.older_codes) {
    json_.open('{').field("system", "https://payer.example/codes/claim").field("code", "40");
    json_.close('}');
  }
  json_.open('{').field("system", join(hl7, "claim-type"));
  json_.field("code", claim_type_code(plan_.type)).close('}').close(']').close('}');
  if (plan_.type == ClaimType::inpatient || plan_.type == ClaimType::outpatient) {
    const auto code = plan_.type == ClaimType::inpatient ? "inpatient" : "outpatient";
    if (plan_.text_only_concepts) {
      json_.raw_field("subType", join(R"({"coding":[{"system":")", c4bb) +
                                     R"(C4BBInstitutionalClaimSubType"}],"text":")" + code + "\"}");
    } else {
      codeable("subType", join(c4bb, "C4BBInstitutionalClaimSubType"), code);
    }
  }
  json_.field("use", "claim");
}

void EobWriter::write_parties() {
  const bool absolute = !request_.base_url.empty() && plan_.flavour % 5 == 0;
  reference("patient", (absolute ? request_.base_url + "/" : "") + "Patient/" + plan_.patient_id);
  json_.key("billablePeriod").open('{').field("start", iso_date(plan_.service_date));
  json_.field("end", plan_.open_period ? "3000-01-01"
                                       : iso_date(plan_.service_date + std::chrono::days(1)));
  json_.close('}');
  json_.field("created", iso_date(plan_.service_date + std::chrono::days(7)) + "T00:00:00+00:00");
  if (plan_.insurer_display_only) {
    json_.key("insurer").open('{').field("display", "Aetna").close('}');
  } else {
    reference("insurer", "Organization/aetna", "Aetna");
  }
  json_.key("provider").open('{');
  json_.field("reference", plan_.contained_providers ? "#org1" : "Organization/prov-1");
  json_.key("display").raw("\"" + std::string(pick(providers, plan_.flavour)) + "\"");
  json_.close('}');
  json_.key("payee").open('{');
  codeable("type", join(hl7, "payeetype"), "provider");
  json_.close('}');
  json_.field("outcome", "complete").field("disposition", "Claim processed");
}

void EobWriter::write_insurance() {
  json_.key("insurance").open('[').open('{').raw_field("focal", "true");
  reference("coverage", "Coverage/cov-" + plan_.patient_id + "-1");
  json_.close('}').close(']');
}

// FHIR's reference of a related claim is an identifier.
void EobWriter::write_related() {
  if (!plan_.follows) {
    return;
  }
  json_.key("related").open('[').open('{');
  codeable("relationship", join(hl7, "ex-relatedclaimrelationship"), "prior");
  json_.key("reference").open('{').field("system", "https://payer.example/claims");
  json_.field("value", "UCP" + plan_.id).close('}').close('}').close(']');
}

void EobWriter::write_notes() {
  if (!plan_.notes) {
    return;
  }
  json_.key("processNote").open('[').open('{').raw_field("number", "1").field("type", "display");
  json_.raw_field("text", R"("Priced by contract § 4; see your plan’s booklet")");
  json_.close('}').close(']');
}

void EobWriter::codeable(std::string_view key, std::string_view system, std::string_view code,
                         std::string_view display) {
  json_.key(key).open('{');
  json_.key("coding").open('[').open('{');
  if (!system.empty()) {
    json_.field("system", system);
  }
  json_.field("code", code);
  if (!display.empty()) {
    json_.field("display", display);
  }
  json_.close('}').close(']').close('}');
}

void EobWriter::codeables(std::string_view key, std::string_view system, std::string_view code) {
  json_.key(key).open('[').open('{').key("coding").open('[').open('{');
  json_.field("system", system).field("code", code);
  json_.close('}').close(']').close('}').close(']');
}

std::string EobWriter::practitioner() const {
  return plan_.contained_providers ? "#prac1" : "Practitioner/prac-1";
}

void EobWriter::reference(std::string_view key, const std::string& target,
                          std::string_view display) {
  json_.key(key).open('{').field("reference", target);
  if (!display.empty()) {
    json_.field("display", display);
  }
  json_.close('}');
}

}  // namespace claimferry::sandbox
