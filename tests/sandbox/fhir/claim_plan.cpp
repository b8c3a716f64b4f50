#include "tests/sandbox/fhir/claim_plan.hpp"

namespace claimferry::sandbox {
namespace {

// How far back service dates go.
constexpr std::uint64_t days_back = 3ULL * 365;

// In hundred claims.
constexpr std::array<std::pair<ClaimType, unsigned>, 5> mix{{{ClaimType::professional, 45},
                                                             {ClaimType::pharmacy, 30},
                                                             {ClaimType::outpatient, 12},
                                                             {ClaimType::inpatient, 5},
                                                             {ClaimType::oral, 8}}};

ClaimType choose_type(SeededRandom& random) {
  auto at = random.below(100);
  for (const auto& [type, share] : mix) {
    if (at < share) {
      return type;
    }
    at -= share;
  }
  return ClaimType::professional;
}

bool one_in(SeededRandom& random, std::uint64_t n) {
  return random.below(n) == 0;
}

Money cents_below(SeededRandom& random, std::uint64_t most) {
  return Money::of_cents(static_cast<std::int64_t>(random.below(most)));
}

// What is left of an amount behind its cents. Payers publish four decimals, and what a float left
// over (158.3825000000001); the last kind is more than a float can hold, so that a client that puts
// an amount through one is found.
Money fraction(SeededRandom& random) {
  switch (random.below(24)) {
    case 0:
    case 1:
      return Money::of_ten_thousandths(static_cast<std::int64_t>(random.below(99)) + 1);
    case 2:
      return Money::dust();
    case 3:
      return Money::of_cents(819'200) + Money::dust();
    default:
      return {};
  }
}

LinePlan plan_line(SeededRandom& random, unsigned revision) {
  LinePlan line;
  const auto allowed = static_cast<std::int64_t>(random.below(90'000)) + 500;
  const std::int64_t adjusted = allowed + static_cast<std::int64_t>(revision) * 101;
  line.allowed = Money::of_cents(adjusted) + fraction(random);
  line.submitted = line.allowed + cents_below(random, 60'000) + fraction(random);
  line.copay = one_in(random, 3) ? Money::of_cents(2'000) : Money();
  line.coinsurance = cents_below(random, 200) + fraction(random);
  line.deductible = one_in(random, 8) ? cents_below(random, 300) : Money();
  line.paid_to_patient = one_in(random, 20) ? Money::of_cents(125) : Money();
  line.paid_to_provider = line.allowed - line.liability() - line.paid_to_patient;
  return line;
}

// The provider keeps what was billed: nothing is allowed, paid or owed.
void deny(LinePlan& line) {
  const Money submitted = line.submitted;
  line = {};
  line.submitted = submitted;
}

void reverse(LinePlan& line) {
  for (Money* amount : {&line.submitted, &line.allowed, &line.paid_to_provider,
                        &line.paid_to_patient, &line.copay, &line.coinsurance, &line.deductible}) {
    *amount = -*amount;
  }
}

void add(LinePlan& sum, const LinePlan& line) {
  sum.submitted = sum.submitted + line.submitted;
  sum.allowed = sum.allowed + line.allowed;
  sum.paid_to_provider = sum.paid_to_provider + line.paid_to_provider;
  sum.paid_to_patient = sum.paid_to_patient + line.paid_to_patient;
  sum.copay = sum.copay + line.copay;
  sum.coinsurance = sum.coinsurance + line.coinsurance;
  sum.deductible = sum.deductible + line.deductible;
}

AmountPlace choose_place(SeededRandom& random, ClaimType type) {
  const auto at = random.below(100);
  if (at < 4) {
    return AmountPlace::lines;
  }
  if (at < 8) {
    return AmountPlace::header;
  }
  return at < 14 && type == ClaimType::pharmacy ? AmountPlace::payment : AmountPlace::total;
}

void choose_features(ClaimPlan& plan, SeededRandom& random) {
  plan.denied = one_in(random, 15) && plan.revision == 0;
  plan.cancelled = one_in(random, 25);
  plan.follows = one_in(random, 6);
  plan.compound = one_in(random, 6) && plan.type == ClaimType::pharmacy;
  plan.notes = one_in(random, 5);
  plan.modifiers = one_in(random, 3);
}

void choose_quirks(ClaimPlan& plan, SeededRandom& random) {
  plan.numeric_id = one_in(random, 12);
  plan.open_period = one_in(random, 15);
  plan.unique_id_without_value = one_in(random, 9);
  plan.benefit_instead_of_paid = one_in(random, 6);
  plan.liability_by_parts = one_in(random, 4);
  plan.no_liability = one_in(random, 7);
  plan.no_currency = one_in(random, 8);
  plan.text_only_concepts = one_in(random, 7);
  plan.insurer_display_only = one_in(random, 3);
  plan.older_codes = one_in(random, 5);
  plan.scientific = one_in(random, 10);
  plan.contained_providers = one_in(random, 4);
  plan.flavour = random.next();
}

}  // namespace

SeededRandom random_for(const GenerateRequest& request, std::uint64_t stream) {
  SeededRandom mixer(request.seed * 0x9E3779B97F4A7C15ULL + request.member_index);
  return SeededRandom(mixer.next() + stream * 0xD1B54A32D192ED03ULL);
}

std::string patient_id_of(const GenerateRequest& request) {
  SeededRandom random = random_for(request, 0);
  return std::to_string(request.member_index + 1) + "-" + random.hex(6);
}

std::string_view claim_type_code(ClaimType type) {
  switch (type) {
    case ClaimType::professional:
      return "professional";
    case ClaimType::pharmacy:
      return "pharmacy";
    case ClaimType::outpatient:
    case ClaimType::inpatient:
      return "institutional";
    case ClaimType::oral:
      return "oral";
  }
  return "";
}

ClaimPlan plan_claim(const GenerateRequest& request, unsigned eob_index, unsigned revision) {
  SeededRandom random = random_for(request, 1000 + eob_index);
  ClaimPlan plan;
  plan.revision = revision;
  plan.patient_id = patient_id_of(request);
  plan.type = choose_type(random);
  plan.place = choose_place(random, plan.type);
  choose_features(plan, random);
  choose_quirks(plan, random);
  plan.id = plan.numeric_id ? std::to_string(100'000'000 * (request.member_index + 1) + eob_index)
                            : "EOB-" + std::to_string(request.member_index + 1) + "-" +
                                  std::to_string(eob_index) + "-" + random.hex(3);
  plan.service_date = request.today - std::chrono::days(1 + random.below(days_back));
  const auto lines = plan.type == ClaimType::pharmacy
                         ? 1
                         : 1 + random.below(std::max(1U, request.lines_per_eob_max));
  const bool reversed = one_in(random, 25);
  for (std::uint64_t at = 0; at < lines; ++at) {
    LinePlan line = plan_line(random, at == 0 ? revision : 0);
    if (reversed) {
      reverse(line);
    }
    if (plan.denied) {
      deny(line);
    }
    add(plan.sum, line);
    plan.lines.push_back(line);
  }
  return plan;
}

}  // namespace claimferry::sandbox
