#include "common/claims/tables/definitions.hpp"
#include "common/claims/tables/table_maker.hpp"

namespace claimferry::claims {
namespace {

using enum ColumnKind;

void add_identity(TableMaker& maker) {
  maker
      .derived("unique_claim_id", text,
               "the identifier of type uc; else the first identifier with a value")
      .derived(
          "claim_type", text,
          "institutional, professional, pharmacy, oral or vision: the code of HL7's claim-type "
          "in `type`, else its first code")
      .derived("sub_type", text, "inpatient or outpatient: the first code of `subType`")
      .derived("profile", text, "the most specific of meta.profile, which is the longest")
      .text("meta_profile", "meta.profile[0]")
      .text("meta_version_id", "meta.versionId")
      .text("meta_last_updated", "meta.lastUpdated")
      .text("meta_source", "meta.source")
      .text("language", "language")
      .text("status", "status", "active, cancelled, draft or entered-in-error")
      .text("use", "use", "claim, preauthorization or predetermination")
      .text("outcome", "outcome", "queued, complete, error or partial")
      .text("disposition", "disposition")
      .date("created", "created", "when the payer made the statement")
      .codes("type", "type")
      .codes("subtype", "subType")
      .codes("priority", "priority")
      .codes("form_code", "formCode")
      .period("billable", "billablePeriod", "first and last day of service")
      .derived("billable_open", flag, "true where the payer ends the period in the year 3000");
}

void add_parties(TableMaker& maker) {
  maker.reference("patient", "patient")
      .reference("insurer", "insurer")
      .reference("provider", "provider", "who billed")
      .text("provider_type", "provider.type")
      .derived("provider_npi", text,
               "of who billed: the NPI of its identifier, or of the contained provider")
      .reference("facility", "facility")
      .derived("facility_npi", text, "as provider_npi, of `facility`")
      .reference("referral", "referral")
      .reference("enterer", "enterer")
      .reference("prescription", "prescription")
      .reference("original_prescription", "originalPrescription")
      .codes("payee_type", "payee.type")
      .reference("payee", "payee.party")
      .reference("claim", "claim")
      .reference("claim_response", "claimResponse")
      .list("preauth_numbers", "preAuthRef")
      .derived("prior_claim_id", text, "of `related`, where this claim replaces another")
      .derived("replaced_by_id", text, "of `related`, where another replaces this one")
      .derived("focal_coverage_ref", text, "the coverage that this claim was judged by");
}

void add_payment(TableMaker& maker) {
  maker.codes("payment_type", "payment.type")
      .date("payment_date", "payment.date")
      .money("payment_amount", "payment.amount")
      .money("payment_adjustment", "payment.adjustment")
      .codes("payment_adjustment_reason", "payment.adjustmentReason")
      .text("payment_identifier", "payment.identifier.value")
      .codes("funds_reserve", "fundsReserve")
      .period("benefit_period", "benefitPeriod")
      .derived("network_status_billing", text,
               "innetwork, outofnetwork or other: reason of the header's billingnetworkstatus")
      .derived("network_status_rendering", text, "the same of renderingnetworkstatus")
      .derived("payment_status", text,
               "paid, denied or partiallypaid: reason of the header's benefitpaymentstatus");
}

void add_supporting(TableMaker& maker) {
  maker.derived("admission_start", date, "supportingInfo admissionperiod")
      .derived("admission_end", open_end, "supportingInfo admissionperiod")
      .derived("received_date", date, "supportingInfo clmrecvddate: when the payer got the claim")
      .derived("bill_type", text, "supportingInfo typeofbill, NUBC")
      .derived("point_of_origin", text, "supportingInfo pointoforigin, NUBC")
      .derived("admission_type", text, "supportingInfo admtype, NUBC")
      .derived("discharge_status", text, "supportingInfo discharge-status, NUBC")
      .derived("drg_system", text, "supportingInfo drg: MS-DRG, AP-DRG or APR-DRG")
      .derived("drg_code", text, "supportingInfo drg")
      .derived("medical_record_number", text, "supportingInfo medicalrecordnumber")
      .derived("patient_account_number", text, "supportingInfo patientaccountnumber")
      .derived("service_facility_ref", text, "supportingInfo servicefacility")
      .derived("days_supply", decimal, "supportingInfo dayssupply, days")
      .derived("dispensed_as_written", text, "supportingInfo dawcode, NCPDP")
      .derived("refill_number", decimal, "supportingInfo refillnum; 0 is the first fill")
      .derived("refills_authorized", decimal, "supportingInfo refillsauthorized")
      .derived("brand_generic", text, "supportingInfo brandgenericindicator, NCPDP")
      .derived("prescription_origin", text, "supportingInfo rxorigincode, NCPDP")
      .derived("compound_code", text, "supportingInfo compoundcode, NCPDP")
      .derived("principal_diagnosis_system", text,
               "of the diagnosis of type principal, else the first")
      .derived("principal_diagnosis_code", text, "as principal_diagnosis_system");
}

void add_amounts(TableMaker& maker) {
  maker.derived("submitted", decimal, "what the provider billed: category submitted")
      .derived("allowed", decimal, "what the plan allows for it: category eligible")
      .derived("paid", decimal,
               "by the plan: paidtoprovider + paidtopatient, else benefit, else payment.amount")
      .derived("paid_source", text, "which of these gave `paid`, and from which level")
      .derived("member_liability", decimal,
               "memberliability, else copay + coinsurance + deductible")
      .derived("copay", decimal, "category copay")
      .derived("coinsurance", decimal, "category coinsurance")
      .derived("deductible", decimal, "category deductible")
      .derived("noncovered", decimal, "category noncovered")
      .derived("discount", decimal, "category discount")
      .derived("currency", text, "of the amounts; no currency: the payer named none");
}

}  // namespace

Table claim_table() {
  TableMaker maker(TableId::claim, "claim",
                   "One row a version of a claim (ExplanationOfBenefit). An amount is the header's "
                   "`total`, else the header's adjudication, else the sum of the lines.");
  maker.rows_of("ExplanationOfBenefit").ids("eob_id");
  add_identity(maker);
  add_parties(maker);
  add_payment(maker);
  add_supporting(maker);
  add_amounts(maker);
  return maker.made();
}

}  // namespace claimferry::claims
