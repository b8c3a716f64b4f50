// EobWriter: a ClaimPlan as the JSON of an ExplanationOfBenefit, with what CARIN Blue Button 2.0.0
// makes mandatory for its type. One unit a subject: frame, clinical, supporting info, items,
// amounts.
#pragma once

#include <string>

#include "tests/sandbox/fhir/claim_plan.hpp"
#include "tests/sandbox/fhir/json_writer.hpp"

namespace claimferry::sandbox {

class EobWriter {
 public:
  EobWriter(const ClaimPlan& plan, const GenerateRequest& request)
      : plan_(plan), request_(request) {}
  std::string write();

 private:
  // eob_writer.cpp: what the claim is and whose
  void write_meta();
  void write_contained();
  void write_extensions();
  void write_identifiers();
  void write_kind();
  void write_parties();
  void write_related();
  void write_insurance();
  void write_notes();

  // eob_clinical.cpp: who did what for which reason
  void write_care_team();
  void write_diagnoses();
  void write_procedures();

  // eob_supporting_info.cpp
  void write_supporting_info();
  void begin_info(std::string_view code);
  void info_code(std::string_view category, std::string_view system, std::string_view code);
  void info_raw(std::string_view category, std::string_view name, std::string_view value);
  void info_string(std::string_view category, std::string_view value);
  void write_institutional_info();
  void write_pharmacy_info();
  void write_oral_info();

  // eob_items.cpp
  void write_items();
  void write_item(std::size_t at);
  void write_product(std::size_t at);
  void write_ingredients();

  // eob_amounts.cpp: adjudication, totals, payment
  void write_item_adjudication(std::size_t at);
  void write_header_adjudication();
  void write_totals();
  void write_payment();
  // The amounts of one level as elements of an open array, in the claim's own manner.
  void write_amounts(const LinePlan& amounts, bool with_paid);
  void amount(std::string_view system, std::string_view code, Money value);
  void money(std::string_view key, Money value, bool with_currency);
  // An adjudication that says a reason instead of an amount.
  void status(std::string_view discriminator, std::string_view system, std::string_view reason);

  // {"coding":[{...}]}
  void codeable(std::string_view key, std::string_view system, std::string_view code,
                std::string_view display = {});
  // [{"coding":[{...}]}]
  void codeables(std::string_view key, std::string_view system, std::string_view code);
  void reference(std::string_view key, const std::string& target, std::string_view display = {});
  std::string practitioner() const;

  const ClaimPlan& plan_;
  const GenerateRequest& request_;
  JsonWriter json_;
  unsigned info_sequence_ = 0;
};

std::string iso_date(std::chrono::sys_days day);

}  // namespace claimferry::sandbox
