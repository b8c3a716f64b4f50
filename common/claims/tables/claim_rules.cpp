#include "common/claims/tables/claim_rules.hpp"

#include "common/claims/concepts.hpp"
#include "common/claims/money.hpp"
#include "common/claims/tables/column_value.hpp"
#include "common/claims/tables/derived_cells.hpp"
#include "common/claims/tables/supporting_rules.hpp"

namespace claimferry::claims {
namespace {

constexpr std::string_view claim_type_system = "http://terminology.hl7.org/CodeSystem/claim-type";
constexpr std::string_view ndc_system = "http://hl7.org/fhir/sid/ndc";

Named in_claim(std::string_view name) {
  return {TableId::claim, name};
}
Named in_line(std::string_view name) {
  return {TableId::claim_line, name};
}

// An amount's list, and where it does not fit.
Misfit add_level(JsonView parent, std::string_view name, AmountLevel& level) {
  const JsonView list = parent[name];
  if (list.exists() && !list.is(JsonKind::array)) {
    return "/" + std::string(name);
  }
  std::size_t at = 0;
  const bool bad = list.any([&](JsonView element) {
    const bool fits = element.is(JsonKind::object) && level.add(element);
    at += fits ? 1 : 0;
    return !fits;
  });
  return bad ? Misfit("/" + std::string(name) + "/" + std::to_string(at)) : std::nullopt;
}

// The amounts of its elements are the lines' business.
Misfit check_lines(JsonView eob) {
  const JsonView items = eob["item"];
  if (items.exists() && !items.is(JsonKind::array)) {
    return "/item";
  }
  std::size_t at = 0;
  const bool bad = items.any([&at](JsonView item) {
    const bool is_line = item.is(JsonKind::object);
    at += is_line ? 1 : 0;
    return !is_line;
  });
  return bad ? Misfit("/item/" + std::to_string(at)) : std::nullopt;
}

std::string_view unique_claim_id(JsonView identifiers) {
  const std::string_view unique = identifier_of_type(identifiers, "uc");
  std::string_view first = unique;
  identifiers.any([&first](JsonView identifier) {
    first = first.empty() ? identifier["value"].scalar() : first;
    return !first.empty();
  });
  return first;
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
        diagnosis["type"].any([](JsonView type) { return concept_has(type, "principal"); });
    chosen = is_principal ? diagnosis : chosen;
    return is_principal;
  });
  return chosen["diagnosisCodeableConcept"];
}

void put_identity(JsonView eob, std::span<Cell> cells) {
  static const Named unique_id = in_claim("unique_claim_id");
  static const Named claim_type = in_claim("claim_type");
  static const Named sub_type = in_claim("sub_type");
  static const Named profile = in_claim("profile");
  static const Named billable_open = in_claim("billable_open");
  static const Named diagnosis_system = in_claim("principal_diagnosis_system");
  static const Named diagnosis_code = in_claim("principal_diagnosis_code");
  unique_id.put(cells, unique_claim_id(eob["identifier"]));
  claim_type.put(cells, concept_code(eob["type"], claim_type_system));
  sub_type.put(cells, concept_code(eob["subType"]));
  profile.put(cells, most_specific_profile(eob["meta"]["profile"]));
  billable_open.put(cells, is_open_end(eob["billablePeriod"]["end"].text()) ? "true" : "false");
  const JsonView coding = principal_diagnosis(eob["diagnosis"])["coding"].first();
  diagnosis_system.put(cells, coding["system"].text());
  diagnosis_code.put(cells, coding["code"].scalar());
}

void put_parties(JsonView eob, std::span<Cell> cells) {
  static const Named provider_npi = in_claim("provider_npi");
  static const Named facility_npi = in_claim("facility_npi");
  static const Named prior = in_claim("prior_claim_id");
  static const Named replaced_by = in_claim("replaced_by_id");
  static const Named focal = in_claim("focal_coverage_ref");
  provider_npi.put(cells, npi_of_reference(eob, eob["provider"]));
  facility_npi.put(cells, npi_of_reference(eob, eob["facility"]));
  eob["related"].each([&](JsonView related) {
    const std::string_view by_value = related["reference"]["value"].scalar();
    const std::string_view id = by_value.empty() ? related["claim"]["reference"].text() : by_value;
    if (concept_has(related["relationship"], "prior")) {
      prior.put(cells, id);
    } else if (concept_has(related["relationship"], "replacedby")) {
      replaced_by.put(cells, id);
    }
  });
  // Of one alone, "focal" need not be said.
  const JsonView insurances = eob["insurance"];
  JsonView chosen = insurances.first();
  insurances.any([&chosen](JsonView insurance) {
    const bool is_focal = insurance["focal"].is(JsonKind::literal_true);
    chosen = is_focal ? insurance : chosen;
    return is_focal;
  });
  focal.put(cells, chosen["coverage"]["reference"].text());
}

// CARIN's discriminators of 2.x; in 1.x some had other names.
std::string_view discriminator_named(std::string_view code) noexcept {
  struct Name {
    std::string_view code;
    std::string_view slice;
  };
  constexpr Name names[]{{"billingnetworkstatus", "billingnetworkstatus"},
                         {"inoutnetwork", "billingnetworkstatus"},
                         {"renderingnetworkstatus", "renderingnetworkstatus"},
                         {"benefitpaymentstatus", "benefitpaymentstatus"},
                         {"adjustmentreason", "adjustmentreason"},
                         {"denialreason", "adjustmentreason"},
                         {"rejectreason", "rejectreason"},
                         {"allowedunits", "allowedunits"}};
  for (const Name& name : names) {
    if (name.code.size() == code.size() && name.code == code) {
      return name.slice;
    }
  }
  return {};
}

std::string_view discriminator(JsonView category) {
  std::string_view slice;
  category["coding"].any([&slice](JsonView coding) {
    slice = discriminator_named(coding["code"].text());
    return !slice.empty();
  });
  return slice;
}

// By what the reason says first: payers were seen to write a network's status as the payment's.
void put_statuses(JsonView eob, std::span<Cell> cells) {
  static const Named billing = in_claim("network_status_billing");
  static const Named rendering = in_claim("network_status_rendering");
  static const Named payment = in_claim("payment_status");
  eob["adjudication"].each([&](JsonView adjudication) {
    const std::string_view slice = discriminator(adjudication["category"]);
    const std::string_view reason = concept_code(adjudication["reason"]);
    const bool is_network = reason == "innetwork" || reason == "outofnetwork";
    if (slice == "renderingnetworkstatus") {
      rendering.put(cells, reason);
    } else if (slice == "billingnetworkstatus" || (slice == "benefitpaymentstatus" && is_network)) {
      billing.put(cells, reason);
    } else if (slice == "benefitpaymentstatus") {
      payment.put(cells, reason);
    }
  });
}

class AmountColumns {
 public:
  explicit AmountColumns(TableId table)
      : submitted_(table, "submitted"),
        allowed_(table, "allowed"),
        paid_(table, "paid"),
        member_liability_(table, "member_liability"),
        copay_(table, "copay"),
        coinsurance_(table, "coinsurance"),
        deductible_(table, "deductible"),
        noncovered_(table, "noncovered"),
        discount_(table, "discount") {}

  void put(std::span<Cell> cells, const Amounts& amounts) const {
    submitted_.put(cells, amounts.submitted);
    allowed_.put(cells, amounts.allowed);
    paid_.put(cells, amounts.paid);
    member_liability_.put(cells, amounts.member_liability);
    copay_.put(cells, amounts.copay);
    coinsurance_.put(cells, amounts.coinsurance);
    deductible_.put(cells, amounts.deductible);
    noncovered_.put(cells, amounts.noncovered);
    discount_.put(cells, amounts.discount);
  }

 private:
  Named submitted_, allowed_, paid_, member_liability_, copay_, coinsurance_, deductible_,
      noncovered_, discount_;
};

Misfit put_amounts(const RuleContext& context, std::span<Cell> cells) {
  static const AmountColumns columns(TableId::claim);
  static const Named paid_source = in_claim("paid_source");
  static const Named currency = in_claim("currency");
  const JsonView eob = context.resource;
  AmountLevel total;
  AmountLevel header;
  const AmountLevel& lines = context.lines;
  Misfit misfit = add_level(eob, "total", total);
  misfit = misfit ? misfit : add_level(eob, "adjudication", header);
  misfit = misfit ? misfit : check_lines(eob);
  if (misfit) {
    return misfit;
  }
  Amounts amounts =
      choose_amounts({{"total", total}, {"header", header}, {"lines", lines}}, context.texts);
  const JsonView payment = eob["payment"]["amount"];
  if (amounts.paid.empty() && is_decimal(payment["value"].scalar())) {
    amounts.paid = payment["value"].scalar();
    amounts.paid_source = "payment.amount";
  }
  columns.put(cells, amounts);
  paid_source.put(cells, amounts.paid_source);
  std::string_view named;
  for (const auto found :
       {total.currency(), header.currency(), lines.currency(), payment["currency"].text()}) {
    named = named.empty() ? found : named;
  }
  currency.put(cells, named);
  return std::nullopt;
}

void put_service_dates(JsonView line, std::span<Cell> cells) {
  static const Named start = in_line("serviced_start");
  static const Named end = in_line("serviced_end");
  const std::string_view date = line["servicedDate"].text();
  const JsonView period = line["servicedPeriod"];
  start.put(cells, date.empty() ? period["start"].text() : date);
  const std::string_view last = date.empty() ? period["end"].text() : date;
  end.put(cells, is_open_end(last) ? "" : last);
}

std::string_view first_diagnosis(JsonView line, JsonView diagnoses) {
  std::string_view code;
  line["diagnosisSequence"].any([&](JsonView sequence) {
    diagnoses.any([&](JsonView diagnosis) {
      const bool is_it = diagnosis["sequence"].scalar() == sequence.scalar();
      code = is_it ? concept_code(diagnosis["diagnosisCodeableConcept"]) : code;
      return is_it;
    });
    return !code.empty();
  });
  return code;
}

std::string_view national_drug_code(JsonView product) {
  std::string_view code;
  product["coding"].any([&code](JsonView coding) {
    code = coding["system"].text() == ndc_system ? coding["code"].scalar() : "";
    return !code.empty();
  });
  return code;
}

}  // namespace

std::string_view npi_of_reference(JsonView resource, JsonView reference) {
  const JsonView identifier = reference["identifier"];
  return is_npi(identifier) ? identifier["value"].scalar()
                            : npi_of(contained_by(resource, reference)["identifier"]);
}

Misfit derive_claim(const RuleContext& context, std::span<Cell> cells) {
  if (auto misfit = put_amounts(context, cells)) {
    return misfit;
  }
  put_identity(context.resource, cells);
  put_parties(context.resource, cells);
  put_statuses(context.resource, cells);
  put_supporting(context.resource, cells);
  return std::nullopt;
}

Misfit derive_line(const RuleContext& context, std::span<Cell> cells) {
  static const AmountColumns columns(TableId::claim_line);
  static const Named path = in_line("path");
  static const Named ndc = in_line("ndc");
  static const Named diagnosis_code = in_line("diagnosis_code");
  const JsonView line = context.element;
  AmountLevel level;
  if (auto misfit = add_level(line, "adjudication", level)) {
    return misfit;
  }
  if (context.origin == "item" && !context.lines.add(level)) {
    return "/adjudication";
  }
  const JsonView net = line["net"];
  const JsonView value = net["value"];
  const bool is_amount = value.exists() ? Decimal::parse(value.scalar()).has_value()
                                        : !net.exists() || net.is(JsonKind::object);
  if (!is_amount) {
    return "/net";
  }
  path.put(cells, context.origin);
  ndc.put(cells, national_drug_code(line["productOrService"]));
  put_service_dates(line, cells);
  diagnosis_code.put(cells, first_diagnosis(line, context.resource["diagnosis"]));
  columns.put(cells, choose_amounts({{"line", level}}, context.texts));
  return std::nullopt;
}

void derive_adjudication(TableId table, const RuleContext& context, std::span<Cell> cells) {
  static const Named header_slice(TableId::claim_header_adjudication, "slice");
  static const Named line_slice(TableId::claim_line_adjudication, "slice");
  static const Named line_sequence(TableId::claim_line_adjudication, "line_sequence");
  const bool is_header = table == TableId::claim_header_adjudication;
  const std::string_view known = discriminator(context.element["category"]);
  (is_header ? header_slice : line_slice)
      .put(cells, known.empty() && context.element["amount"].exists() ? "amount" : known);
  if (!is_header) {
    const JsonView sequence = context.around["sequence"];
    line_sequence.put(cells, fit_of(ColumnKind::integer, sequence) == Fit::none
                                 ? std::string_view()
                                 : sequence.scalar());
  }
}

}  // namespace claimferry::claims
