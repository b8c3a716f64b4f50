// What was billed, allowed, paid and owed, in the place and the manner that the plan chose.
#include "tests/sandbox/fhir/eob_codes.hpp"
#include "tests/sandbox/fhir/eob_writer.hpp"

namespace claimferry::sandbox {

namespace {

using namespace codes;

}  // namespace

void EobWriter::write_item_adjudication(std::size_t at) {
  const std::string statuses = join(c4bb, "C4BBPayerAdjudicationStatus");
  json_.key("adjudication").open('[');
  if (plan_.place != AmountPlace::header) {
    write_amounts(plan_.lines[at], plan_.place != AmountPlace::payment);
  }
  if (plan_.type == ClaimType::professional || plan_.type == ClaimType::oral) {
    status("benefitpaymentstatus", statuses, "innetwork");
  }
  if (plan_.type != ClaimType::pharmacy) {
    json_.open('{');
    codeable("category", join(c4bb, "C4BBAdjudicationDiscriminator"), "allowedunits");
    json_.raw_field("value", plan_.denied ? "0" : "1").close('}');
  }
  if (plan_.denied && plan_.type == ClaimType::pharmacy) {
    status("rejectreason", join(hl7, "NCPDPRejectCode"), "70");
  } else if (plan_.denied) {
    status("adjustmentreason", "https://x12.org/codes/claim-adjustment-reason-codes", "50");
  }
  json_.close(']');
}

void EobWriter::write_header_adjudication() {
  const std::string statuses = join(c4bb, "C4BBPayerAdjudicationStatus");
  json_.key("adjudication").open('[');
  status("billingnetworkstatus", statuses, "innetwork");
  if (plan_.type == ClaimType::oral) {
    status("renderingnetworkstatus", statuses, "innetwork");
  }
  if (plan_.type != ClaimType::professional) {
    status("benefitpaymentstatus", statuses, "innetwork");
  }
  if (plan_.place == AmountPlace::header) {
    write_amounts(plan_.sum, true);
  }
  json_.close(']');
}

void EobWriter::write_totals() {
  if (plan_.place == AmountPlace::total) {
    json_.key("total").open('[');
    write_amounts(plan_.sum, true);
    json_.close(']');
  }
}

void EobWriter::write_payment() {
  json_.key("payment").open('{');
  codeable("type", join(c4bb, "C4BBPayerAdjudicationStatus"), plan_.denied ? "denied" : "paid");
  json_.field("date", iso_date(plan_.service_date + std::chrono::days(21)));
  if (plan_.place == AmountPlace::payment) {
    money("amount", plan_.sum.paid(), true);
  }
  json_.close('}');
}

void EobWriter::write_amounts(const LinePlan& amounts, bool with_paid) {
  const std::string standard = join(hl7, "adjudication");
  const std::string own = join(c4bb, "C4BBAdjudication");
  amount(standard, "submitted", amounts.submitted);
  amount(standard, "eligible", amounts.allowed);
  if (with_paid && plan_.benefit_instead_of_paid) {
    amount(standard, "benefit", amounts.paid());
  } else if (with_paid) {
    amount(own, "paidtoprovider", amounts.paid_to_provider);
    amount(own, "paidtopatient", amounts.paid_to_patient);
  }
  if (plan_.no_liability) {
    return;
  }
  if (!plan_.liability_by_parts) {
    amount(own, "memberliability", amounts.liability());
    return;
  }
  amount(standard, "copay", amounts.copay);
  amount(own, "coinsurance", amounts.coinsurance);
  amount(standard, "deductible", amounts.deductible);
}

void EobWriter::amount(std::string_view system, std::string_view code, Money value) {
  json_.open('{');
  codeable("category", system, code);
  money("amount", value, !plan_.no_currency);
  json_.close('}');
}

void EobWriter::money(std::string_view key, Money value, bool with_currency) {
  json_.key(key).open('{');
  json_.raw_field("value", plan_.scientific ? value.scientific() : value.str());
  if (with_currency) {
    json_.field("currency", "USD");
  }
  json_.close('}');
}

// CARIN 1.x has other names for the networks, and one system for both halves.
void EobWriter::status(std::string_view discriminator, std::string_view system,
                       std::string_view reason) {
  const bool network = system.ends_with("C4BBPayerAdjudicationStatus");
  json_.open('{');
  if (plan_.older_codes && network) {
    codeable("category", join(c4bb, "C4BBPayerAdjudicationStatus"), "inoutnetwork");
  } else {
    codeable("category", join(c4bb, "C4BBAdjudicationDiscriminator"), discriminator);
  }
  codeable("reason", system, reason);
  json_.close('}');
}

}  // namespace claimferry::sandbox
