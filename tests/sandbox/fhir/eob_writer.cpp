#include "tests/sandbox/fhir/eob_writer.hpp"

#include <cstdio>

namespace claimferry::sandbox {
namespace {

constexpr std::string_view carin = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/";
constexpr std::string_view c4bb = "http://hl7.org/fhir/us/carin-bb/CodeSystem/";
constexpr std::string_view hl7 = "http://terminology.hl7.org/CodeSystem/";
constexpr std::string_view icd10 = "http://hl7.org/fhir/sid/icd-10-cm";

constexpr std::array<std::string_view, 8> diagnoses{"E11.9",  "I10",   "J45.909", "M54.50",
                                                    "Z00.00", "F41.1", "K21.9",   "N39.0"};
constexpr std::array<std::string_view, 6> procedures{"99213", "99214", "80053",
                                                     "85025", "93000", "36415"};
constexpr std::array<std::string_view, 4> drugs{"00093505698", "68180075209", "00378180510",
                                                "65862001099"};
constexpr std::array<std::string_view, 4> dental{"D0120", "D1110", "D2391", "D0274"};
constexpr std::array<std::string_view, 6> providers{"Clínica São João",
                                                    "O\\u2019Brien Family Medicine",
                                                    "Müller & Söhne \\\"Praxis\\\"",
                                                    "北京协和医院 Outreach",
                                                    "Valley Orthopædics",
                                                    "St. Mary\\u0027s \\ud83c\\udfe5"};

template <class Table>
std::string_view pick(const Table& table, std::uint64_t number) {
  return table[number % table.size()];
}

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

std::string join(std::string_view a, std::string_view b) {
  return std::string(a) + std::string(b);
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
  write_care_team();
  write_supporting_info();
  write_diagnoses();
  write_insurance();
  write_items();
  write_header_adjudication();
  write_totals();
  write_payment();
  return json_.close('}').take();
}

void EobWriter::write_meta() {
  const auto day = plan_.service_date + std::chrono::days(14 + plan_.revision);
  json_.key("meta").open('{');
  json_.field("versionId", std::to_string(plan_.revision + 1));
  json_.field("lastUpdated", iso_date(day) + "T10:00:00.000Z");
  json_.key("profile").open('[');
  json_.string(join(carin, "C4BB-ExplanationOfBenefit"));
  json_.string(join(carin, profile_of(plan_.type)) + "|2.0.0");
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
  json_.field("status", plan_.revision == 0 ? "active" : "active");
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
  reference("patient", plan_.flavour % 5 == 0 ? request_.base_url + "/Patient/" + plan_.patient_id
                                              : "Patient/" + plan_.patient_id);
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
  codeable("payee", "", "");
  json_.field("outcome", "complete").field("disposition", "Claim processed");
}

void EobWriter::write_care_team() {
  json_.key("careTeam").open('[').open('{').raw_field("sequence", "1");
  reference("provider", plan_.contained_providers ? "#prac1" : "Practitioner/prac-1");
  const bool is_pharmacy = plan_.type == ClaimType::pharmacy;
  codeable("role",
           is_pharmacy ? join(c4bb, "C4BBClaimCareTeamRole") : join(hl7, "claimcareteamrole"),
           is_pharmacy ? "prescribing" : "primary");
  json_.close('}').close(']');
}

void EobWriter::write_supporting_info() {
  const std::string system = join(c4bb, "C4BBSupportingInfoType");
  unsigned sequence = 1;
  const auto begin = [&](std::string_view code) {
    json_.open('{').raw_field("sequence", std::to_string(sequence++));
    codeable("category", system, code);
  };
  json_.key("supportingInfo").open('[');
  begin("clmrecvddate");
  json_.field("timingDate", iso_date(plan_.service_date + std::chrono::days(3))).close('}');
  if (plan_.type == ClaimType::pharmacy) {
    begin("dayssupply");
    json_.raw_field("valueQuantity", R"({"value":30.0})").close('}');
    begin("refillnum");
    json_.raw_field("valueQuantity", R"({"value":2})").close('}');
    begin("dawcode");
    codeable("code", "https://www.ncpdp.org/", "0", "No Product Selection Indicated");
    json_.close('}');
  } else if (plan_.type != ClaimType::professional) {
    begin("typeofbill");
    codeable("code", "https://www.nubc.org/CodeSystem/TypeOfBill", "131");
    json_.close('}');
    begin("medicalrecordnumber");
    json_.field("valueString", "MR-" + std::to_string(plan_.flavour % 1'000'000)).close('}');
  }
  if (plan_.type == ClaimType::inpatient) {
    begin("admissionperiod");
    json_.key("timingPeriod").open('{').field("start", iso_date(plan_.service_date)).close('}');
    json_.close('}');
    begin("drg");
    codeable("code", "https://www.cms.gov/MS-DRG", "470");
    json_.close('}');
  }
  json_.close(']');
}

void EobWriter::write_diagnoses() {
  if (plan_.type == ClaimType::pharmacy) {
    return;
  }
  json_.key("diagnosis").open('[');
  for (unsigned at = 0; at < 2; ++at) {
    const std::string code(pick(diagnoses, plan_.flavour + at * 3));
    json_.open('{').raw_field("sequence", std::to_string(at + 1));
    codeable("diagnosisCodeableConcept", plan_.text_only_concepts ? "" : icd10, code,
             "Diagnosis " + code);
    json_.key("type").open('[').open('{').key("coding").open('[').open('{');
    json_.field("system",
                at == 0 ? join(hl7, "ex-diagnosistype") : join(c4bb, "C4BBClaimDiagnosisType"));
    json_.field("code", at == 0 ? "principal" : "secondary");
    json_.close('}').close(']').close('}').close(']').close('}');
  }
  json_.close(']');
}

void EobWriter::write_insurance() {
  json_.key("insurance").open('[').open('{').raw_field("focal", "true");
  reference("coverage", "Coverage/cov-" + plan_.patient_id + "-1");
  json_.close('}').close(']');
}

void EobWriter::write_items() {
  json_.key("item").open('[');
  for (std::size_t at = 0; at < plan_.lines.size(); ++at) {
    write_item(at);
  }
  json_.close(']');
}

void EobWriter::write_item(std::size_t at) {
  json_.open('{').raw_field("sequence", std::to_string(at + 1));
  const bool has_diagnosis = plan_.type != ClaimType::pharmacy;
  if (has_diagnosis) {
    json_.raw_field("diagnosisSequence", at % 2 == 0 ? "[1]" : "[2,1]");
  }
  if (plan_.type == ClaimType::pharmacy) {
    codeable("productOrService", "http://hl7.org/fhir/sid/ndc", pick(drugs, plan_.flavour + at),
             "Metformin 500\u00a0mg");
  } else if (plan_.type == ClaimType::oral) {
    codeable("productOrService", "http://www.ada.org/cdt", pick(dental, plan_.flavour + at));
  } else if (plan_.text_only_concepts) {
    json_.raw_field("productOrService", R"({"text":"Office visit \u2014 established"})");
  } else {
    codeable("productOrService", "http://www.ama-assn.org/go/cpt",
             pick(procedures, plan_.flavour + at));
  }
  if (plan_.type == ClaimType::inpatient || plan_.type == ClaimType::outpatient) {
    codeable("revenue", "https://www.nubc.org/CodeSystem/RevenueCodes", "0450");
  }
  if (plan_.type == ClaimType::inpatient) {
    json_.key("servicedPeriod").open('{').field("start", iso_date(plan_.service_date)).close('}');
  } else {
    json_.field("servicedDate", iso_date(plan_.service_date));
  }
  codeable("locationCodeableConcept", "https://www.cms.gov/place-of-service-codes", "11");
  json_.key("quantity").open('{').raw_field("value", at % 3 == 0 ? "1" : "1.50").close('}');
  json_.key("adjudication").open('[');
  const bool carries = plan_.place == AmountPlace::total || plan_.place == AmountPlace::lines;
  if (carries || plan_.place == AmountPlace::payment) {
    write_amounts(plan_.lines[at], carries);
  }
  json_.open('{');
  const auto discriminator = join(
      c4bb, plan_.older_codes ? "C4BBPayerAdjudicationStatus" : "C4BBAdjudicationDiscriminator");
  codeable("category", discriminator, plan_.older_codes ? "inoutnetwork" : "benefitpaymentstatus");
  codeable("reason", join(c4bb, "C4BBPayerAdjudicationStatus"), "paid");
  json_.close('}').close(']').close('}');
}

void EobWriter::write_header_adjudication() {
  json_.key("adjudication").open('[').open('{');
  codeable("category", join(c4bb, "C4BBAdjudicationDiscriminator"), "billingnetworkstatus");
  codeable("reason", join(c4bb, "C4BBPayerAdjudicationStatus"), "innetwork");
  json_.close('}');
  if (plan_.place == AmountPlace::header) {
    write_amounts(plan_.sum, true);
  }
  json_.close(']');
}

void EobWriter::write_totals() {
  if (plan_.place == AmountPlace::total) {
    json_.key("total").open('[');
    write_amounts(plan_.sum, true);
    json_.close(']');
  }
}

void EobWriter::write_payment() {
  json_.key("payment").open('{');
  json_.field("date", iso_date(plan_.service_date + std::chrono::days(21)));
  if (plan_.place == AmountPlace::payment) {
    const Money paid = plan_.sum.paid_to_provider + plan_.sum.paid_to_patient;
    json_.key("amount")
        .open('{')
        .raw_field("value", paid.str())
        .field("currency", "USD")
        .close('}');
  }
  json_.close('}');
}

void EobWriter::write_amounts(const LinePlan& amounts, bool with_paid) {
  const std::string standard = join(hl7, "adjudication");
  const std::string own = join(c4bb, "C4BBAdjudication");
  amount(standard, "submitted", amounts.submitted);
  amount(standard, "eligible", amounts.allowed);
  if (with_paid && plan_.benefit_instead_of_paid) {
    amount(standard, "benefit", amounts.paid_to_provider + amounts.paid_to_patient);
  } else if (with_paid) {
    amount(own, "paidtoprovider", amounts.paid_to_provider);
    amount(own, "paidtopatient", amounts.paid_to_patient);
  }
  if (plan_.no_liability) {
    return;
  }
  if (!plan_.liability_by_parts) {
    amount(own, "memberliability", amounts.liability());
    return;
  }
  amount(standard, "copay", amounts.copay);
  amount(own, "coinsurance", amounts.coinsurance);
  amount(standard, "deductible", amounts.deductible);
}

void EobWriter::amount(std::string_view system, std::string_view code, Money value) {
  json_.open('{');
  codeable("category", system, code);
  json_.key("amount").open('{');
  json_.raw_field("value", plan_.scientific ? value.scientific() : value.str());
  if (!plan_.no_currency) {
    json_.field("currency", "USD");
  }
  json_.close('}').close('}');
}

void EobWriter::codeable(std::string_view key, std::string_view system, std::string_view code,
                         std::string_view display) {
  json_.key(key).open('{');
  if (key == "payee") {
    codeable("type", "http://terminology.hl7.org/CodeSystem/payeetype", "provider");
    json_.close('}');
    return;
  }
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

void EobWriter::reference(std::string_view key, const std::string& target,
                          std::string_view display) {
  json_.key(key).open('{').field("reference", target);
  if (!display.empty()) {
    json_.field("display", display);
  }
  json_.close('}');
}

}  // namespace claimferry::sandbox
