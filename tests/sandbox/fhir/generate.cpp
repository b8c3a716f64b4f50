#include "tests/sandbox/fhir/generate.hpp"

#include <algorithm>
#include <cstdio>

#include "tests/sandbox/fhir/eob_writer.hpp"

namespace claimferry::sandbox {
namespace {

constexpr std::array<std::string_view, 5> families{"Okonkwo", "García Márquez", "Smith-Jones",
                                                   "Þórsdóttir", "李"};
constexpr std::array<std::string_view, 5> givens{"Ada", "José", "Zoë", "Mary Ann", "明"};

std::string last_updated(const GenerateRequest& request) {
  return iso_date(request.today - std::chrono::days(400)) + "T10:00:00.000Z";
}

GeneratedResource generate_patient(const GenerateRequest& request, const std::string& id) {
  SeededRandom random = random_for(request, 1);
  JsonWriter json;
  json.open('{').field("resourceType", "Patient").field("id", id);
  json.key("meta").open('{').field("lastUpdated", last_updated(request)).close('}');
  json.key("identifier").open('[').open('{');
  json.raw_field(
      "type",
      R"({"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MB"}]})");
  json.field("value", "W" + std::to_string(random.below(1'000'000'000))).close('}').close(']');
  json.key("name").open('[').open('{').field("family", families[random.below(families.size())]);
  json.key("given").open('[').string(givens[random.below(givens.size())]).close(']');
  json.close('}').close(']').field("gender", random.below(2) == 0 ? "female" : "male");
  const auto born = request.today - std::chrono::days(7000 + random.below(25'000));
  json.field("birthDate", iso_date(born));
  json.raw_field("address",
                 R"([{"line":["1 Main St"],"city":"Hartford","state":"CT","postalCode":"06101"}])");
  json.close('}');
  GeneratedResource patient;
  patient.type = "Patient";
  patient.id = id;
  patient.json = json.take();
  return patient;
}

GeneratedResource generate_coverage(const GenerateRequest& request, const std::string& patient_id,
                                    unsigned number) {
  GeneratedResource coverage;
  coverage.type = "Coverage";
  coverage.id = "cov-" + patient_id + "-" + std::to_string(number);
  JsonWriter json;
  json.open('{').field("resourceType", "Coverage").field("id", coverage.id);
  json.key("meta").open('{').field("lastUpdated", last_updated(request)).close('}');
  const std::string start = iso_date(request.today - std::chrono::days(1500));
  const std::string end =
      number == 1 ? "3000-01-01" : iso_date(request.today - std::chrono::days(800));
  coverage.facts = {{"status", number == 1 ? "active" : "cancelled"},
                    {"type_code", "HMO"},
                    {"subscriber_id", "S" + patient_id},
                    {"period_start", start},
                    {"period_end", end}};
  json.field("status", coverage.facts.front().second);
  json.raw_field(
      "type",
      R"({"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HMO"}]})");
  json.field("subscriberId", "S" + patient_id);
  json.key("beneficiary").open('{').field("reference", "Patient/" + patient_id).close('}');
  json.raw_field("relationship", R"({"coding":[{"code":"self"}]})");
  json.key("period").open('{').field("start", start).field("end", end).close('}');
  json.raw_field("payor", R"([{"display":"Aetna"}])").close('}');
  coverage.json = json.take();
  return coverage;
}

GeneratedAmounts amounts_of(const LinePlan& amounts, bool with_paid, bool with_liability) {
  GeneratedAmounts truth;
  truth.submitted = amounts.submitted.str();
  truth.allowed = amounts.allowed.str();
  truth.paid = with_paid ? amounts.paid().str() : "";
  truth.member_liability = with_liability ? amounts.liability().str() : "";
  return truth;
}

// A line says what it carries; what only the header knows is not made up for it.
GeneratedLine line_of(const ClaimPlan& plan, std::size_t at) {
  GeneratedLine line;
  if (plan.place != AmountPlace::header) {
    const bool with_paid = plan.place != AmountPlace::payment;
    static_cast<GeneratedAmounts&>(line) =
        amounts_of(plan.lines[at], with_paid, !plan.no_liability);
  }
  line.sequence = std::to_string(at + 1);
  return line;
}

}  // namespace

GeneratedResource generate_eob(const GenerateRequest& request, unsigned eob_index,
                               unsigned revision) {
  const ClaimPlan plan = plan_claim(request, eob_index, revision);
  GeneratedResource eob;
  eob.type = "ExplanationOfBenefit";
  eob.id = plan.id;
  eob.service_date = plan.service_date;
  eob.claim_type = claim_type_code(plan.type);
  static_cast<GeneratedAmounts&>(eob) = amounts_of(plan.sum, true, !plan.no_liability);
  eob.billed = plan.sum.submitted;
  eob.paid_out = plan.sum.paid();
  for (std::size_t at = 0; at < plan.lines.size(); ++at) {
    eob.lines.push_back(line_of(plan, at));
  }
  eob.facts = {{"claim_type", eob.claim_type},
               {"status", plan.cancelled ? "cancelled" : "active"},
               {"billable_start", iso_date(plan.service_date)},
               {"patient_ref", "Patient/" + plan.patient_id}};
  eob.json = EobWriter(plan, request).write();
  return eob;
}

GeneratedMember generate_member(const GenerateRequest& request) {
  GeneratedMember member;
  member.patient_id = patient_id_of(request);
  member.patient = generate_patient(request, member.patient_id);
  const unsigned coverages = request.member_index % 3 == 0 ? 2 : 1;
  for (unsigned number = 1; number <= coverages; ++number) {
    member.coverages.push_back(generate_coverage(request, member.patient_id, number));
  }
  for (unsigned at = 0; at < request.eobs; ++at) {
    member.eobs.push_back(generate_eob(request, at, 0));
  }
  return member;
}

GeneratedResource with_new_last_updated(const GeneratedResource& resource, unsigned serial) {
  constexpr std::string_view name = "\"lastUpdated\":\"";
  constexpr std::size_t time_at = 11;  // behind "YYYY-MM-DDT"
  GeneratedResource stamped = resource;
  const auto at = stamped.json.find(name);
  if (at != std::string::npos) {
    char time[16];
    std::snprintf(time, sizeof time, "11:%02u:%02u.%03u", serial / 60'000 % 60, serial / 1000 % 60,
                  serial % 1000);
    stamped.json.replace(at + name.size() + time_at, 12, time);
  }
  return stamped;
}

}  // namespace claimferry::sandbox
