// supportingInfo: which slices each type must have, and some that it may.
#include "tests/sandbox/fhir/eob_codes.hpp"
#include "tests/sandbox/fhir/eob_writer.hpp"

namespace claimferry::sandbox {

namespace {

using namespace codes;

}  // namespace

void EobWriter::begin_info(std::string_view code) {
  json_.open('{').raw_field("sequence", std::to_string(++info_sequence_));
  codeable("category", join(c4bb, "C4BBSupportingInfoType"), code);
}

void EobWriter::info_code(std::string_view category, std::string_view system,
                          std::string_view code) {
  begin_info(category);
  codeable("code", system, code);
  json_.close('}');
}

void EobWriter::info_raw(std::string_view category, std::string_view name, std::string_view value) {
  begin_info(category);
  json_.raw_field(name, value).close('}');
}

void EobWriter::info_string(std::string_view category, std::string_view value) {
  begin_info(category);
  json_.field("valueString", value).close('}');
}

void EobWriter::write_supporting_info() {
  json_.key("supportingInfo").open('[');
  begin_info("clmrecvddate");
  json_.field("timingDate", iso_date(plan_.service_date + std::chrono::days(3))).close('}');
  switch (plan_.type) {
    case ClaimType::pharmacy:
      write_pharmacy_info();
      break;
    case ClaimType::inpatient:
    case ClaimType::outpatient:
      write_institutional_info();
      break;
    case ClaimType::oral:
      write_oral_info();
      break;
    case ClaimType::professional:
      info_raw("servicefacility", "valueReference", R"({"reference":"Organization/facility-1"})");
      break;
  }
  if (plan_.type != ClaimType::pharmacy) {
    info_string("medicalrecordnumber", "MR-" + std::to_string(plan_.flavour % 1'000'000));
    info_string("patientaccountnumber", "PA-" + std::to_string(plan_.flavour % 99'991));
  }
  json_.close(']');
}

void EobWriter::write_institutional_info() {
  const bool inpatient = plan_.type == ClaimType::inpatient;
  if (inpatient) {
    begin_info("admissionperiod");
    json_.key("timingPeriod").open('{').field("start", iso_date(plan_.service_date));
    json_.field("end", iso_date(plan_.service_date + std::chrono::days(1))).close('}').close('}');
    info_code("drg",
              "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/"
              "MS-DRG-Classifications-and-Software",
              "470");
  }
  info_code("typeofbill", join(nubc, "TypeOfBill"), inpatient ? "111" : "131");
  info_code("pointoforigin", join(nubc, "PointOfOrigin"), "1");
  info_code("admtype", join(nubc, "PriorityTypeOfAdmitOrVisit"), "3");
  info_code("discharge-status", join(nubc, "PatDischargeStatus"), "01");
}

void EobWriter::write_pharmacy_info() {
  info_raw("dayssupply", "valueQuantity", R"({"value":30.0})");
  info_raw("refillnum", "valueQuantity", R"({"value":2})");
  info_raw("refillsauthorized", "valueQuantity", R"({"value":5})");
  begin_info("dawcode");
  codeable("code", join(hl7, "NCPDPDispensedAsWrittenOrProductSelectionCode"), "0",
           "No Product Selection Indicated");
  json_.close('}');
  info_code("brandgenericindicator", join(hl7, "NCPDPBrandGenericIndicator"), "2");
  info_code("rxorigincode", join(hl7, "NCPDPPrescriptionOriginCode"), "3");
  info_code("compoundcode", join(hl7, "NCPDPCompoundCode"), plan_.compound ? "2" : "1");
}

void EobWriter::write_oral_info() {
  info_raw("servicefacility", "valueReference", R"({"reference":"Organization/facility-2"})");
  info_raw("orthodontics", "valueQuantity", R"({"value":18,"unit":"months"})");
  info_raw("prosthesis", "valueBoolean", "false");
  info_code("missingtoothnumber", join(hl7, "ADAUniversalToothDesignationSystem"), "17");
}

}  // namespace claimferry::sandbox
