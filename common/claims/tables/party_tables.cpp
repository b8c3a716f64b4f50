#include "common/claims/tables/definitions.hpp"
#include "common/claims/tables/table_maker.hpp"

namespace claimferry::claims {
namespace {

using enum ColumnKind;

TableMaker& meta(TableMaker& maker) {
  return maker.text("meta_profile", "meta.profile[0]")
      .text("meta_version_id", "meta.versionId")
      .text("meta_last_updated", "meta.lastUpdated")
      .text("meta_source", "meta.source")
      .text("language", "language");
}

TableMaker& person(TableMaker& maker) {
  return maker.text("family_name", "name[0].family")
      .list("given_names", "name[0].given")
      .list("name_prefix", "name[0].prefix")
      .list("name_suffix", "name[0].suffix")
      .text("name_use", "name[0].use")
      .text("name_text", "name[0].text");
}

TableMaker& telecom(TableMaker& maker) {
  for (const char* at : {"1", "2"}) {
    const std::string path = "telecom[" + std::to_string(*at - '1') + "]";
    maker.text(std::string("telecom_") + at + "_system", path + ".system")
        .text(std::string("telecom_") + at, path + ".value")
        .text(std::string("telecom_") + at + "_use", path + ".use");
  }
  return maker;
}

Table coverage() {
  TableMaker maker(TableId::coverage, "coverage", "One row a version of a coverage.");
  maker.rows_of("Coverage").ids("coverage_id");
  meta(maker)
      .text("status", "status")
      .codes("type", "type")
      .text("subscriber_id", "subscriberId")
      .reference("subscriber", "subscriber")
      .reference("policy_holder", "policyHolder")
      .reference("beneficiary", "beneficiary")
      .text("dependent", "dependent")
      .codes("relationship", "relationship", "of the member to the subscriber")
      .period("period", "period")
      .reference("payor", "payor[0]")
      .text("network", "network")
      .integer("coverage_order", "order", "1 is asked first")
      .flag("subrogation", "subrogation")
      .derived("member_identifier", text, "the identifier of type MB")
      .derived("group_id", text, "class group")
      .derived("group_name", text, "class group")
      .derived("plan_id", text, "class plan")
      .derived("plan_name", text, "class plan");
  return maker.made();
}

Table coverage_class() {
  return TableMaker(TableId::coverage_class, "coverage_class", "Group, plan and the like.")
      .rows_of("Coverage", "class[]")
      .ids("coverage_id")
      .codes("type", "type")
      .text("value", "value")
      .text("name", "name")
      .made();
}

Table member() {
  TableMaker maker(TableId::member, "member_person", "One row a version of the member's Patient.");
  maker.rows_of("Patient").ids("patient_id");
  meta(maker)
      .flag("active", "active")
      .derived("member_identifier", text, "the identifier of type MB")
      .derived("unique_member_id", text, "the identifier of type um");
  telecom(person(maker).address("address[0]"))
      .date("birth_date", "birthDate")
      .derived("birth_date_absent_reason", text, "why the payer gives none")
      .text("gender", "gender")
      .flag("deceased", "deceasedBoolean")
      .date("deceased_at", "deceasedDateTime")
      .codes("marital_status", "maritalStatus")
      .codes("spoken_language", "communication[0].language")
      .derived("race_code", text, "US Core race: the first ombCategory")
      .derived("race_text", text, "US Core race")
      .derived("ethnicity_code", text, "US Core ethnicity: ombCategory")
      .derived("ethnicity_text", text, "US Core ethnicity")
      .derived("birth_sex", text, "US Core birth sex")
      .reference("general_practitioner", "generalPractitioner[0]")
      .reference("managing_organization", "managingOrganization");
  return maker.made();
}

Table provider() {
  TableMaker maker(
      TableId::provider, "provider",
      "Practitioners, organizations, related persons and places that a resource contains.");
  maker.of_several_types();
  for (const char* type : {"ExplanationOfBenefit", "Coverage", "Patient"}) {
    maker.rows_of(type, "contained[]");
  }
  maker.text("provider_type", "resourceType", "Practitioner, Organization, …")
      .text("provider_id", "id", "what references in the same resource call #id")
      .derived("npi", text, "the National Provider Identifier")
      .derived("tax_id", text, "the identifier of type TAX")
      .derived("name", text, "in one text")
      .flag("active", "active")
      .text("organization_name", "name");
  telecom(person(maker).address("address[0]"))
      .codes("type", "type[0]")
      .codes("qualification", "qualification[0].code")
      .codes("relationship", "relationship[0]")
      .reference("patient", "patient")
      .date("birth_date", "birthDate")
      .text("gender", "gender");
  return maker.made();
}

Table identifier() {
  TableMaker maker(TableId::identifier, "identifier",
                   "Every identifier of every resource, and of what it contains.");
  maker.of_several_types();
  for (const char* type : {"ExplanationOfBenefit", "Coverage", "Patient"}) {
    maker.rows_of(type, "identifier[]").rows_of(type, "contained[].identifier[]");
  }
  return maker.codes("type", "type", "uc, MB, um, npi, TAX, …")
      .text("system", "system")
      .text("value", "value")
      .text("use", "use")
      .period("period", "period")
      .reference("assigner", "assigner")
      .made();
}

}  // namespace

std::vector<Table> party_tables() {
  return {coverage(), coverage_class(), member(), provider(), identifier()};
}

}  // namespace claimferry::claims
