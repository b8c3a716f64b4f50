// EobWriter: a ClaimPlan as the JSON of an ExplanationOfBenefit.
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
  void write_meta();
  void write_contained();
  void write_identifiers();
  void write_kind();
  void write_parties();
  void write_care_team();
  void write_supporting_info();
  void write_diagnoses();
  void write_insurance();
  void write_items();
  void write_item(std::size_t at);
  void write_header_adjudication();
  void write_totals();
  void write_payment();
  void write_extensions();

  // The amounts of one level as elements of an open array, in the claim's own manner.
  void write_amounts(const LinePlan& amounts, bool with_paid);
  void amount(std::string_view system, std::string_view code, Money value);
  // {"coding":[{...}],"text":...}
  void codeable(std::string_view key, std::string_view system, std::string_view code,
                std::string_view display = {});
  void reference(std::string_view key, const std::string& target, std::string_view display = {});

  const ClaimPlan& plan_;
  const GenerateRequest& request_;
  JsonWriter json_;
};

std::string iso_date(std::chrono::sys_days day);

}  // namespace claimferry::sandbox
