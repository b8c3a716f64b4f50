// Who treated the member, and for what.
#include "tests/sandbox/fhir/eob_codes.hpp"
#include "tests/sandbox/fhir/eob_writer.hpp"

namespace claimferry::sandbox {
namespace {

using namespace codes;

constexpr std::array<std::string_view, 8> diagnoses{"E11.9",  "I10",   "J45.909", "M54.50",
                                                    "Z00.00", "F41.1", "K21.9",   "N39.0"};
constexpr std::array<std::string_view, 3> operations{"0SR9019", "02703DZ", "0DTJ4ZZ"};

std::string_view role_of(ClaimType type) {
  switch (type) {
    case ClaimType::pharmacy:
      return "prescribing";
    case ClaimType::inpatient:
    case ClaimType::outpatient:
      return "attending";
    case ClaimType::professional:
    case ClaimType::oral:
      return "rendering";
  }
  return "";
}

}  // namespace

void EobWriter::write_care_team() {
  json_.key("careTeam").open('[').open('{').raw_field("sequence", "1");
  reference("provider", practitioner());
  codeable("role", join(c4bb, "C4BBClaimCareTeamRole"), role_of(plan_.type));
  if (plan_.type == ClaimType::professional || plan_.type == ClaimType::oral) {
    codeable("qualification", "http://nucc.org/provider-taxonomy",
             plan_.type == ClaimType::oral ? "122300000X" : "207Q00000X");
  }
  json_.close('}').close(']');
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
    if (at == 0) {
      codeables("type", join(hl7, "ex-diagnosistype"), "principal");
    } else {
      codeables("type", join(c4bb, "C4BBClaimDiagnosisType"),
                plan_.institutional() ? "other" : "secondary");
    }
    if (plan_.type == ClaimType::inpatient) {
      codeable("onAdmission", join(nubc, "PresentOnAdmissionIndicator"), at == 0 ? "Y" : "N");
    }
    json_.close('}');
  }
  json_.close(']');
}

void EobWriter::write_procedures() {
  if (plan_.type != ClaimType::inpatient) {
    return;
  }
  json_.key("procedure").open('[').open('{').raw_field("sequence", "1");
  codeables("type", join(c4bb, "C4BBClaimProcedureType"), "principal");
  json_.field("date", iso_date(plan_.service_date) + "T08:30:00-05:00");
  codeable("procedureCodeableConcept", "http://www.cms.gov/Medicare/Coding/ICD10",
           pick(operations, plan_.flavour));
  json_.close('}').close(']');
}

}  // namespace claimferry::sandbox
