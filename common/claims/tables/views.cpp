#include "common/claims/tables/views.hpp"

#include <vector>

namespace claimferry::claims {
namespace {

constexpr int codes_max = 25;  // of diagnoses and procedures that have columns

// Columns of a SELECT: what gives them, and their names.
class Selection {
 public:
  explicit Selection(const ViewDialect& dialect) : dialect_(dialect) {}

  Selection& column(const std::string& expression, const std::string& name) {
    return add(expression + " AS " + name);
  }
  Selection& amount(const std::string& column, const std::string& name) {
    return add(dialect_.amount(column, name));
  }
  // prefix_1 … prefix_25 of a subquery.
  Selection& numbered(const std::string& from, const std::string& prefix) {
    for (int place = 1; place <= codes_max; ++place) {
      const std::string name = prefix + "_" + std::to_string(place);
      column(from + "." + name, name);
    }
    return *this;
  }
  std::string str() const { return "SELECT " + text_; }

 private:
  Selection& add(const std::string& text) {
    text_ += (text_.empty() ? "" : ", ") + text;
    return *this;
  }

  const ViewDialect& dialect_;
  std::string text_;
};

std::string view(const std::string& name, const std::string& select) {
  return "CREATE VIEW " + name + " AS " + select;
}

// Of the same version of the same claim.
std::string same_claim(const std::string& part, const std::string& claim) {
  return part + ".payer = " + claim + ".payer AND " + part + ".member = " + claim + ".member AND " +
         part + ".eob_id = " + claim + ".eob_id AND " + part + ".version = " + claim + ".version";
}

// What a reference to the claim may say: its identifier, its id, or "ExplanationOfBenefit/id".
std::string names_of(const std::string& claim) {
  return "(" + claim + ".unique_claim_id, " + claim + ".eob_id, 'ExplanationOfBenefit/' || " +
         claim + ".eob_id)";
}

// A claim counts until the one that replaces it is here; one that was replaced by a cancelled one
// counts no more either.
std::string claim_net() {
  return view(
      "claim_net",
      "SELECT c.* FROM claim_current c WHERE coalesce(c.status, 'active') = 'active' AND "
      "coalesce(c.use, 'claim') = 'claim' AND NOT EXISTS (SELECT 1 FROM claim_current n WHERE "
      "n.payer = c.payer AND n.member = c.member AND n.eob_id <> c.eob_id AND "
      "coalesce(n.status, 'active') IN ('active', 'cancelled') AND (n.prior_claim_id IN " +
          names_of("c") + " OR c.replaced_by_id IN " + names_of("n") + "))");
}

// One row a claim with <prefix>_1 … _25: what stands in `column` of its rows, in the order.
std::string numbered(const std::string& table, const std::vector<std::string>& columns,
                     const std::vector<std::string>& prefixes, const std::string& order) {
  std::string select = "SELECT payer, member, eob_id, version";
  for (std::size_t at = 0; at < columns.size(); ++at) {
    for (int place = 1; place <= codes_max; ++place) {
      select += ", max(CASE WHEN place = " + std::to_string(place) + " THEN " + columns[at] +
                " END) AS " + prefixes[at] + "_" + std::to_string(place);
    }
  }
  return select +
         " FROM (SELECT t.*, row_number() OVER (PARTITION BY payer, member, eob_id, version "
         "ORDER BY " +
         order + ") AS place FROM " + table +
         " t) AS ordered GROUP BY payer, member, eob_id, version";
}

std::string diagnoses() {
  return numbered("claim_diagnosis", {"diagnosis_code", "on_admission_code"},
                  {"diagnosis_code", "diagnosis_poa"},
                  "CASE WHEN type_codes LIKE '%\"principal\"%' THEN 0 ELSE 1 END, sequence, "
                  "pointer");
}

std::string procedures() {
  return numbered("claim_procedure", {"procedure_code", "date_day"},
                  {"procedure_code", "procedure_date"}, "sequence, pointer");
}

// A column of the first in the care team with one of the roles, the first role first.
std::string of_care_team(const std::string& column, const std::vector<std::string>& roles) {
  std::string rank = "CASE t.role_code";
  std::string list;
  for (std::size_t at = 0; at < roles.size(); ++at) {
    rank += " WHEN '" + roles[at] + "' THEN " + std::to_string(at);
    list += (at == 0 ? "'" : ", '") + roles[at] + "'";
  }
  return "(SELECT t." + column + " FROM claim_care_team t WHERE " + same_claim("t", "c") +
         " AND t.role_code IN (" + list + ") AND t." + column + " IS NOT NULL ORDER BY " + rank +
         " END, t.sequence, t.pointer LIMIT 1)";
}

std::string tax_id(const std::string& reference) {
  return "(SELECT p.tax_id FROM provider p WHERE p.payer = c.payer AND p.member = c.member AND "
         "p.resource_type = 'ExplanationOfBenefit' AND p.resource_id = c.eob_id AND "
         "p.version = c.version AND '#' || p.provider_id = " +
         reference + " ORDER BY p.pointer LIMIT 1)";
}

// ICD-10-CM and the like, as Tuva writes them.
std::string code_type(const std::string& table, const std::string& column) {
  return "(SELECT CASE WHEN d." + column + " LIKE '%icd-10-cm%' THEN 'icd-10-cm' WHEN d." + column +
         " LIKE '%icd-10-pcs%' OR d." + column + " LIKE '%icd10PCS%' THEN 'icd-10-pcs' WHEN d." +
         column + " LIKE '%icd-9%' THEN 'icd-9-cm' ELSE d." + column + " END FROM " + table +
         " d WHERE " + same_claim("d", "c") + " ORDER BY d.sequence, d.pointer LIMIT 1)";
}

// Whose the claim is, by which plan, and what its lines hang on.
std::string from_claims(const std::string& kind) {
  return " FROM claim_net c JOIN resource_current r ON r.payer = c.payer AND r.member = c.member "
         "AND r.resource_type = 'ExplanationOfBenefit' AND r.resource_id = c.eob_id "
         "LEFT JOIN claim_line l ON " +
         same_claim("l", "c") +
         " AND l.path IN ('item', 'addItem') "
         "LEFT JOIN member_person_current m ON m.payer = c.payer AND m.member = c.member "
         "LEFT JOIN coverage_current v ON v.payer = c.payer AND v.member = c.member AND "
         "(c.focal_coverage_ref = 'Coverage/' || v.coverage_id OR c.focal_coverage_ref LIKE "
         "'%/Coverage/' || v.coverage_id)" +
         kind;
}

Selection& identity(Selection& selection) {
  return selection.column("coalesce(c.unique_claim_id, c.eob_id)", "claim_id")
      .column("coalesce(l.line_sequence, 1)", "claim_line_number")
      .column("c.member", "person_id")
      .column("coalesce(m.member_identifier, c.member)", "member_id")
      .column("c.payer", "payer")
      .column("v.plan_name", "plan");
}

Selection& amounts(Selection& selection) {
  return selection.column("c.payment_date_day", "paid_date")
      .amount("l.paid", "paid_amount")
      .amount("l.allowed", "allowed_amount")
      .amount("l.submitted", "charge_amount")
      .amount("l.coinsurance", "coinsurance_amount")
      .amount("l.copay", "copayment_amount")
      .amount("l.deductible", "deductible_amount");
}

Selection& origin(Selection& selection, const ViewDialect& dialect) {
  return selection
      .column("CASE WHEN c.network_status_billing IS NULL THEN NULL ELSE " +
                  dialect.flag("c.network_status_billing = 'innetwork'") + " END",
              "in_network_flag")
      .column("c.payer", "data_source")
      .column(dialect.day_of("r.valid_from"), "file_date")
      .column("c.eob_id", "file_name")
      .column("r.valid_from", "ingest_datetime");
}

std::string medical_claim(const ViewDialect& dialect) {
  Selection selection(dialect);
  identity(selection)
      .column("CASE c.claim_type WHEN 'oral' THEN 'dental' ELSE c.claim_type END", "claim_type")
      .column("c.billable_start_day", "claim_start_date")
      .column("c.billable_end_day", "claim_end_date")
      .column("l.serviced_start_day", "claim_line_start_date")
      .column("l.serviced_end_day", "claim_line_end_date")
      .column("c.admission_start_day", "admission_date")
      .column("c.admission_end_day", "discharge_date")
      .column("c.point_of_origin", "admit_source_code")
      .column("c.admission_type", "admit_type_code")
      .column("c.discharge_status", "discharge_disposition_code")
      .column("l.location_code", "place_of_service_code")
      .column("c.bill_type", "bill_type_code")
      .column("c.drg_system", "drg_code_type")
      .column("c.drg_code", "drg_code")
      .column("l.revenue_code", "revenue_center_code")
      .amount("l.quantity", "service_unit_quantity")
      .column("l.product_code", "hcpcs_code");
  for (const char* at : {"1", "2", "3", "4", "5"}) {
    selection.column(std::string("l.modifier_") + at + "_code",
                     std::string("hcpcs_modifier_") + at);
  }
  const std::vector<std::string> rendering{"rendering", "performing", "primary"};
  selection.column(of_care_team("provider_npi", rendering), "rendering_npi")
      .column(tax_id(of_care_team("provider_ref", rendering)), "rendering_tin")
      .column("c.provider_npi", "billing_npi")
      .column(tax_id("c.provider_ref"), "billing_tin")
      .column("c.facility_npi", "facility_npi");
  amounts(selection)
      .amount("l.allowed", "total_cost_amount")
      .column(code_type("claim_diagnosis", "diagnosis_system"), "diagnosis_code_type")
      .numbered("dx", "diagnosis_code")
      .numbered("dx", "diagnosis_poa")
      .column(code_type("claim_procedure", "procedure_system"), "procedure_code_type")
      .numbered("px", "procedure_code")
      .numbered("px", "procedure_date");
  origin(selection, dialect);
  return view("medical_claim",
              selection.str() + from_claims(" LEFT JOIN (" + diagnoses() + ") AS dx ON " +
                                            same_claim("dx", "c") + " LEFT JOIN (" + procedures() +
                                            ") AS px ON " + same_claim("px", "c") +
                                            " WHERE coalesce(c.claim_type, '') <> 'pharmacy'"));
}

std::string pharmacy_claim(const ViewDialect& dialect) {
  Selection selection(dialect);
  identity(selection)
      .column(of_care_team("provider_npi", {"prescribing"}), "prescribing_provider_npi")
      .column("c.provider_npi", "dispensing_provider_npi")
      .column("coalesce(l.serviced_start_day, c.billable_start_day)", "dispensing_date")
      .column("coalesce(l.ndc, l.product_code)", "ndc_code")
      .amount("l.quantity", "quantity")
      .amount("c.days_supply", "days_supply")
      .amount("c.refill_number", "refills");
  amounts(selection);
  origin(selection, dialect);
  return view("pharmacy_claim", selection.str() + from_claims(" WHERE c.claim_type = 'pharmacy'"));
}

std::string eligibility(const ViewDialect& dialect) {
  Selection selection(dialect);
  selection.column("v.member", "person_id")
      .column("coalesce(m.member_identifier, v.member_identifier, v.member)", "member_id")
      .column("v.subscriber_id", "subscriber_id")
      .column("m.gender", "gender")
      .column("coalesce(m.race_text, m.race_code)", "race")
      .column("m.birth_date_day", "birth_date")
      .column("m.deceased_at_day", "death_date")
      .column(dialect.flag("coalesce(m.deceased, m.deceased_at IS NOT NULL)"), "death_flag")
      .column("v.period_start_day", "enrollment_start_date")
      .column("v.period_end_day", "enrollment_end_date")
      .column("v.payer", "payer")
      .column("v.type_code", "payer_type")
      .column("v.plan_name", "plan")
      .column("v.relationship_code", "subscriber_relation")
      .column("v.group_id", "group_id")
      .column("v.group_name", "group_name")
      .column("m.given_names", "first_name")
      .column("m.family_name", "last_name")
      .column("m.address_line", "address")
      .column("m.address_city", "city")
      .column("m.address_state", "state")
      .column("m.address_postal_code", "zip_code")
      .column(
          "CASE WHEN m.telecom_1_system = 'phone' THEN m.telecom_1 WHEN m.telecom_2_system = "
          "'phone' THEN m.telecom_2 END",
          "phone")
      .column("v.payer", "data_source")
      .column(dialect.day_of("r.valid_from"), "file_date")
      .column("v.coverage_id", "file_name")
      .column("r.valid_from", "ingest_datetime");
  return view("eligibility",
              selection.str() +
                  " FROM coverage_current v JOIN resource_current r ON r.payer = v.payer AND "
                  "r.member = v.member AND r.resource_type = 'Coverage' AND r.resource_id = "
                  "v.coverage_id LEFT JOIN member_person_current m ON m.payer = v.payer AND "
                  "m.member = v.member WHERE coalesce(v.status, 'active') = 'active'");
}

}  // namespace

std::vector<std::string> create_views(const ViewDialect& dialect) {
  return {claim_net(), medical_claim(dialect), pharmacy_claim(dialect), eligibility(dialect)};
}

const std::vector<std::string>& view_names() {
  static const std::vector<std::string> names{"claim_net", "medical_claim", "pharmacy_claim",
                                              "eligibility"};
  return names;
}

}  // namespace claimferry::claims
