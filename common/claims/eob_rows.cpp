#include "common/claims/money.hpp"
#include "common/claims/resource_rows.hpp"

namespace claimferry::claims {
namespace {

constexpr std::string_view claim_type_system = "http://terminology.hl7.org/CodeSystem/claim-type";
// Some payers write an end that never comes instead of none.
constexpr std::string_view open_ended_from = "3000";

std::string_view unique_claim_id(JsonView identifiers) {
  std::string_view first;
  std::string_view unique;
  identifiers.any([&](JsonView identifier) {
    const std::string_view value = identifier["value"].scalar();
    if (value.empty()) {
      return false;
    }
    first = first.empty() ? value : first;
    const bool is_unique = identifier["type"]["coding"].any(
        [](JsonView coding) { return coding["code"].text() == "uc"; });
    unique = is_unique ? value : unique;
    return is_unique;
  });
  return unique.empty() ? first : unique;
}

// A profile's name extends the one that it refines, so the longest is the most specific.
std::string_view most_specific_profile(JsonView profiles) {
  std::string_view longest;
  profiles.each([&longest](JsonView profile) {
    longest = profile.text().size() > longest.size() ? profile.text() : longest;
  });
  return longest;
}

JsonView principal_diagnosis(JsonView diagnoses) {
  JsonView chosen = diagnoses.first();
  diagnoses.any([&chosen](JsonView diagnosis) {
    const bool is_principal =
        diagnosis["type"].any([](JsonView type) { return concept_code(type) == "principal"; });
    chosen = is_principal ? diagnosis : chosen;
    return is_principal;
  });
  return chosen["diagnosisCodeableConcept"];
}

JsonView diagnosis_of_sequence(JsonView diagnoses, std::string_view sequence) {
  JsonView found;
  diagnoses.any([&](JsonView diagnosis) {
    found = diagnosis["sequence"].scalar() == sequence ? diagnosis : JsonView();
    return found.exists();
  });
  return found;
}

std::string_view line_diagnosis(JsonView item, JsonView diagnoses) {
  std::string_view code;
  item["diagnosisSequence"].any([&](JsonView sequence) {
    const JsonView diagnosis = diagnosis_of_sequence(diagnoses, sequence.scalar());
    code = concept_code(diagnosis["diagnosisCodeableConcept"]);
    return !code.empty();
  });
  return code;
}

class EobReader {
 public:
  EobReader(JsonView eob, std::uint32_t resource, ClaimRows& rows, std::deque<std::string>& arena)
      : eob_(eob), resource_(resource), rows_(rows), arena_(arena) {}

  Misfit read() {
    const std::size_t lines_before = rows_.lines.size();
    Misfit misfit = add_level(eob_, "total", "", total_);
    misfit = misfit ? misfit : add_level(eob_, "adjudication", "", header_);
    misfit = misfit ? misfit : read_lines();
    if (misfit) {
      rows_.lines.resize(lines_before);
      return misfit;
    }
    add_claim();
    return std::nullopt;
  }

 private:
  static Misfit add_level(JsonView parent, std::string_view name, const std::string& where,
                          AmountLevel& level, AmountLevel* also = nullptr) {
    const JsonView list = parent[name];
    if (list.exists() && !list.is(JsonKind::array)) {
      return where + "/" + std::string(name);
    }
    std::size_t at = 0;
    const bool bad = list.any([&](JsonView element) {
      const bool fits = element.is(JsonKind::object) && level.add(element) &&
                        (also == nullptr || also->add(element));
      at += fits ? 1 : 0;
      return !fits;
    });
    return bad ? Misfit(where + "/" + std::string(name) + "/" + std::to_string(at)) : std::nullopt;
  }

  Misfit read_lines() {
    const JsonView items = eob_["item"];
    if (items.exists() && !items.is(JsonKind::array)) {
      return "/item";
    }
    Misfit misfit;
    std::size_t at = 0;
    items.any([&](JsonView item) {
      const std::string where = "/item/" + std::to_string(at++);
      misfit = item.is(JsonKind::object) ? read_line(item, where) : Misfit(where);
      return misfit.has_value();
    });
    return misfit;
  }

  Misfit read_line(JsonView item, const std::string& where) {
    AmountLevel level;
    if (auto misfit = add_level(item, "adjudication", where, level, &lines_)) {
      return misfit;
    }
    ClaimLineRow line;
    line.resource = resource_;
    line.eob_id = eob_["id"].scalar();
    line.line_sequence = item["sequence"].scalar();
    const JsonView product = item["productOrService"];
    const JsonView coding = product["coding"].first();
    line.product_system = coding["system"].text();
    line.product_code = coding["code"].scalar();
    line.product_display = coding["display"].text();
    if (line.product_display.empty()) {
      line.product_display = product["text"].text();
    }
    line.revenue_code = concept_code(item["revenue"]);
    line.place_of_service = concept_code(item["locationCodeableConcept"]);
    const JsonView period = item["servicedPeriod"];
    const std::string_view date = item["servicedDate"].text();
    line.serviced_start = date.empty() ? period["start"].text() : date;
    line.serviced_end = date.empty() ? period["end"].text() : date;
    line.quantity = item["quantity"]["value"].scalar();
    line.diagnosis_code = line_diagnosis(item, eob_["diagnosis"]);
    const Amounts amounts = choose_amounts({{"line", level}}, arena_);
    line.submitted = amounts.submitted;
    line.allowed = amounts.allowed;
    line.paid = amounts.paid;
    line.member_liability = amounts.member_liability;
    const JsonView net = item["net"];
    line.net = net["value"].scalar();
    const bool is_amount = net["value"].exists() ? Decimal::parse(line.net).has_value()
                                                 : !net.exists() || net.is(JsonKind::object);
    if (!is_amount) {
      return where + "/net";
    }
    rows_.lines.push_back(line);
    return std::nullopt;
  }

  void add_claim() {
    ClaimRow claim;
    claim.resource = resource_;
    claim.eob_id = eob_["id"].scalar();
    claim.unique_claim_id = unique_claim_id(eob_["identifier"]);
    claim.claim_type = concept_code(eob_["type"], claim_type_system);
    claim.sub_type = concept_code(eob_["subType"]);
    claim.profile = most_specific_profile(eob_["meta"]["profile"]);
    claim.meta_last_updated = eob_["meta"]["lastUpdated"].text();
    claim.status = eob_["status"].text();
    claim.use = eob_["use"].text();
    claim.outcome = eob_["outcome"].text();
    claim.created = eob_["created"].text();
    claim.patient_ref = eob_["patient"]["reference"].text();
    claim.provider_ref = eob_["provider"]["reference"].text();
    claim.provider_display = eob_["provider"]["display"].text();
    claim.insurer_display = eob_["insurer"]["display"].text();
    add_period(claim);
    const JsonView coding = principal_diagnosis(eob_["diagnosis"])["coding"].first();
    claim.principal_diagnosis_system = coding["system"].text();
    claim.principal_diagnosis_code = coding["code"].scalar();
    add_amounts(claim);
    rows_.claims.push_back(claim);
  }

  void add_period(ClaimRow& claim) const {
    const JsonView period = eob_["billablePeriod"];
    claim.billable_start = period["start"].text();
    claim.billable_end = period["end"].text();
    claim.billable_open = claim.billable_end.substr(0, 4) >= open_ended_from;
    if (claim.billable_open) {
      claim.billable_end = {};
    }
  }

  void add_amounts(ClaimRow& claim) {
    const Amounts amounts =
        choose_amounts({{"total", total_}, {"header", header_}, {"lines", lines_}}, arena_);
    claim.submitted = amounts.submitted;
    claim.allowed = amounts.allowed;
    claim.paid = amounts.paid;
    claim.paid_source = amounts.paid_source;
    claim.member_liability = amounts.member_liability;
    const JsonView payment = eob_["payment"]["amount"];
    if (claim.paid.empty() && is_json_number(payment["value"].scalar())) {
      claim.paid = payment["value"].scalar();
      claim.paid_source = "payment.amount";
    }
    for (const auto currency :
         {total_.currency(), header_.currency(), lines_.currency(), payment["currency"].text()}) {
      claim.currency = claim.currency.empty() ? currency : claim.currency;
    }
  }

  JsonView eob_;
  std::uint32_t resource_;
  ClaimRows& rows_;
  std::deque<std::string>& arena_;
  AmountLevel total_;
  AmountLevel header_;
  AmountLevel lines_;
};

}  // namespace

std::string_view concept_code(JsonView codeable, std::string_view system) {
  std::string_view first;
  std::string_view named;
  codeable["coding"].each([&](JsonView coding) {
    const std::string_view code = coding["code"].scalar();
    first = first.empty() ? code : first;
    if (!system.empty() && named.empty() && coding["system"].text() == system) {
      named = code;
    }
  });
  if (!named.empty()) {
    return named;
  }
  return first.empty() ? codeable["text"].text() : first;
}

Misfit read_eob(JsonView eob, std::uint32_t resource, ClaimRows& rows,
                std::deque<std::string>& arena) {
  return EobReader(eob, resource, rows, arena).read();
}

}  // namespace claimferry::claims
