#include "common/claims/tables/definitions.hpp"
#include "common/claims/tables/table_maker.hpp"

namespace claimferry::claims {
namespace {

using enum ColumnKind;

constexpr const char* eob = "ExplanationOfBenefit";

TableMaker part(TableId id, std::string name, std::string about) {
  TableMaker maker(id, std::move(name), std::move(about));
  maker.ids("eob_id");
  return maker;
}

Table totals() {
  return part(TableId::claim_total, "claim_total", "Amounts of the whole claim, one a category.")
      .rows_of(eob, "total[]")
      .codes("category", "category", "of C4BBAdjudication and HL7's adjudication")
      .money("amount", "amount")
      .made();
}

TableMaker& adjudications(TableMaker& maker) {
  return maker
      .derived("slice", text,
               "what it tells: amount, or a status or reason by CARIN's discriminator, such as "
               "benefitpaymentstatus; 1.x and 2.x codes alike")
      .codes("category", "category")
      .codes("reason", "reason")
      .money("amount", "amount")
      .column("value", decimal, "value", "a number without a currency, such as allowedunits");
}

Table header_adjudications() {
  auto maker = part(TableId::claim_header_adjudication, "claim_header_adjudication",
                    "How the claim as a whole was judged.");
  maker.rows_of(eob, "adjudication[]");
  return adjudications(maker).made();
}

Table line_adjudications() {
  auto maker =
      part(TableId::claim_line_adjudication, "claim_line_adjudication",
           "How a line was judged: the line is the one whose pointer this one begins with.");
  for (const char* item : {"item[]", "item[].detail[]", "item[].detail[].subDetail[]", "addItem[]",
                           "addItem[].detail[]", "addItem[].detail[].subDetail[]"}) {
    maker.rows_of(eob, std::string(item) + ".adjudication[]");
  }
  maker.derived("line_sequence", integer, "of the line");
  return adjudications(maker).made();
}

void add_product(TableMaker& maker) {
  maker.derived("path", text, "item, item.detail, item.detail.subDetail, or the same of addItem")
      .integer("line_sequence", "sequence")
      .codes("revenue", "revenue", "NUBC revenue code")
      .codes("category", "category")
      .codes("product", "productOrService", "HCPCS, CPT, NDC, CDT")
      .derived("ndc", text, "the code of `productOrService` under the system ndc")
      .codes("modifier_1", "modifier[0]")
      .codes("modifier_2", "modifier[1]")
      .codes("modifier_3", "modifier[2]")
      .codes("modifier_4", "modifier[3]")
      .codes("modifier_5", "modifier[4]")
      .codes("program", "programCode[0]")
      .date("serviced_date", "servicedDate")
      .date("serviced_period_start", "servicedPeriod.start")
      .column("serviced_period_end", open_end, "servicedPeriod.end")
      .derived("serviced_start", date, "servicedDate, else the period's start")
      .derived("serviced_end", open_end, "servicedDate, else the period's end")
      .codes("location", "locationCodeableConcept", "place of service, CMS")
      .reference("location_reference", "locationReference")
      .text("location_state", "locationAddress.state")
      .codes("body_site", "bodySite", "tooth or quadrant, on oral claims")
      .codes("sub_site", "subSite[0]", "tooth surface, on oral claims");
}

Table lines() {
  auto maker =
      part(TableId::claim_line, "claim_line",
           "One row a line, of whatever depth. Amounts are those of the line's adjudications.");
  for (const char* item : {"item[]", "item[].detail[]", "item[].detail[].subDetail[]", "addItem[]",
                           "addItem[].detail[]", "addItem[].detail[].subDetail[]"}) {
    maker.rows_of(eob, item);
  }
  add_product(maker);
  maker.quantity("quantity", "quantity")
      .money("unit_price", "unitPrice")
      .column("factor", decimal, "factor")
      .money("net", "net")
      .list("item_sequences", "itemSequence", "of an added line: those it belongs to")
      .list("diagnosis_sequences", "diagnosisSequence")
      .list("procedure_sequences", "procedureSequence")
      .list("care_team_sequences", "careTeamSequence")
      .list("information_sequences", "informationSequence")
      .list("note_numbers", "noteNumber")
      .derived("diagnosis_code", text, "of the first of diagnosis_sequences that the claim has")
      .derived("submitted", decimal, "as in table claim, of this line alone")
      .derived("allowed", decimal, "as in table claim")
      .derived("paid", decimal, "paidtoprovider + paidtopatient, else benefit")
      .derived("member_liability", decimal, "as in table claim")
      .derived("copay", decimal, "category copay")
      .derived("coinsurance", decimal, "category coinsurance")
      .derived("deductible", decimal, "category deductible")
      .derived("noncovered", decimal, "category noncovered")
      .derived("discount", decimal, "category discount");
  return maker.made();
}

Table diagnoses() {
  return part(TableId::claim_diagnosis, "claim_diagnosis", "Diagnoses, in the payer's numbering.")
      .rows_of(eob, "diagnosis[]")
      .integer("sequence", "sequence")
      .codes("type", "type[0]", "principal, admitting, secondary, other, …")
      .derived("type_codes", list, "all types, as JSON")
      .codes("diagnosis", "diagnosisCodeableConcept", "ICD-10-CM or ICD-9-CM")
      .reference("diagnosis_reference", "diagnosisReference")
      .codes("on_admission", "onAdmission", "present on admission: y, n, u or w")
      .codes("package", "packageCode")
      .made();
}

Table procedures() {
  return part(TableId::claim_procedure, "claim_procedure", "Procedures of an institutional claim.")
      .rows_of(eob, "procedure[]")
      .integer("sequence", "sequence")
      .codes("type", "type[0]", "principal or other")
      .date("date", "date")
      .codes("procedure", "procedureCodeableConcept", "ICD-10-PCS, CPT, HCPCS")
      .reference("procedure_reference", "procedureReference")
      .made();
}

Table care_team() {
  return part(TableId::claim_care_team, "claim_care_team", "Who took part, and as what.")
      .rows_of(eob, "careTeam[]")
      .integer("sequence", "sequence")
      .codes("role", "role", "attending, referring, rendering, prescribing, …")
      .flag("responsible", "responsible")
      .codes("qualification", "qualification")
      .reference("provider", "provider")
      .derived("provider_npi", text, "of its identifier, or of the contained provider")
      .derived("provider_name", text, "as displayed, or of the contained provider")
      .made();
}

Table supporting_info() {
  return part(TableId::claim_supporting_info, "claim_supporting_info",
              "What else the claim says: admission, type of bill, days of supply, …")
      .rows_of(eob, "supportingInfo[]")
      .integer("sequence", "sequence")
      .codes("category", "category", "of C4BBSupportingInfoType")
      .codes("code", "code")
      .date("timing_date", "timingDate")
      .period("timing", "timingPeriod")
      .text("value_string", "valueString")
      .flag("value_boolean", "valueBoolean")
      .quantity("value_quantity", "valueQuantity")
      .reference("value_reference", "valueReference")
      .text("reason_system", "reason.system")
      .text("reason_code", "reason.code")
      .text("reason_display", "reason.display")
      .made();
}

std::vector<Table> small_parts() {
  return {part(TableId::claim_insurance, "claim_insurance", "The coverages that were looked at.")
              .rows_of(eob, "insurance[]")
              .flag("focal", "focal", "true: this claim was judged by it")
              .reference("coverage", "coverage")
              .list("preauth_numbers", "preAuthRef")
              .made(),
          part(TableId::claim_related, "claim_related", "Claims that this one follows or precedes.")
              .rows_of(eob, "related[]")
              .codes("relationship", "relationship", "prior or replacedby")
              .reference("claim", "claim")
              .text("reference_system", "reference.system")
              .text("reference", "reference.value")
              .made(),
          part(TableId::claim_note, "claim_note", "Notes that lines refer to by number.")
              .rows_of(eob, "processNote[]")
              .integer("number", "number")
              .text("type", "type")
              .text("text", "text")
              .codes("language", "language")
              .made(),
          part(TableId::claim_benefit, "claim_benefit", "What a benefit still held at that time.")
              .rows_of(eob, "benefitBalance[]")
              .codes("category", "category")
              .flag("excluded", "excluded")
              .text("name", "name")
              .text("description", "description")
              .codes("network", "network")
              .codes("unit", "unit")
              .codes("term", "term")
              .made(),
          part(TableId::claim_benefit_amount, "claim_benefit_amount",
               "Amounts of a benefit: the one whose pointer this one begins with.")
              .rows_of(eob, "benefitBalance[].financial[]")
              .codes("type", "type")
              .column("allowed_number", integer, "allowedUnsignedInt")
              .text("allowed_string", "allowedString")
              .money("allowed_money", "allowedMoney")
              .column("used_number", integer, "usedUnsignedInt")
              .money("used_money", "usedMoney")
              .made()};
}

}  // namespace

std::vector<Table> claim_part_tables() {
  std::vector<Table> parts{totals(),    header_adjudications(), lines(),     line_adjudications(),
                           diagnoses(), procedures(),           care_team(), supporting_info()};
  for (Table& small : small_parts()) {
    parts.push_back(std::move(small));
  }
  return parts;
}

}  // namespace claimferry::claims
