#include "common/claims/money.hpp"

namespace claimferry::claims {
namespace {

using enum AmountCategory;

constexpr std::array<std::string_view, amount_categories> codes{
    "submitted", "eligible",    "paidtoprovider", "paidtopatient", "benefit", "memberliability",
    "copay",     "coinsurance", "deductible",     "noncovered",    "discount"};

std::optional<std::size_t> category_named(std::string_view code) noexcept {
  for (std::size_t at = 0; at < codes.size(); ++at) {
    if (codes[at].size() == code.size() && codes[at] == code) {
      return at;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> category_of(JsonView adjudication) {
  std::optional<std::size_t> category;
  adjudication["category"]["coding"].any([&category](JsonView coding) {
    category = category_named(coding["code"].text());
    return category.has_value();
  });
  return category;
}

}  // namespace

bool AmountLevel::add(JsonView adjudication) {
  const JsonView amount = adjudication["amount"];
  if (!amount.exists()) {
    return true;
  }
  if (currency_.empty()) {
    currency_ = amount["currency"].text();
  }
  const JsonView value = amount["value"];
  const auto category = category_of(adjudication);
  if (!value.exists() || !category) {
    return amount.is(JsonKind::object);
  }
  const auto decimal = Decimal::parse(value.scalar());
  Total& total = totals_[*category];
  if (!decimal) {
    return false;
  }
  if (!total.decimal) {
    total = {value.scalar(), decimal};
    return true;
  }
  total.decimal = total.decimal->plus(*decimal);
  total.verbatim = {};
  return total.decimal.has_value();
}

bool AmountLevel::add(const AmountLevel& other) {
  if (currency_.empty()) {
    currency_ = other.currency_;
  }
  for (std::size_t at = 0; at < amount_categories; ++at) {
    const Total& more = other.totals_[at];
    Total& total = totals_[at];
    if (!more.decimal) {
      continue;
    }
    if (!total.decimal) {
      total = more;
      continue;
    }
    total.decimal = total.decimal->plus(*more.decimal);
    total.verbatim = {};
    if (!total.decimal) {
      return false;
    }
  }
  return true;
}

std::string_view AmountLevel::sum(std::initializer_list<AmountCategory> categories,
                                  TextArena& texts) const {
  const Total* only = nullptr;
  std::optional<Decimal> decimal;
  unsigned present = 0;
  for (const AmountCategory category : categories) {
    const Total& total = totals_[static_cast<std::size_t>(category)];
    if (total.decimal) {
      only = &total;
      decimal = decimal ? decimal->plus(*total.decimal) : total.decimal;
      ++present;
    }
  }
  if (present == 1 && !only->verbatim.empty()) {
    return only->verbatim;
  }
  return decimal ? texts.add(decimal->str()) : std::string_view();
}

Amounts choose_amounts(std::initializer_list<NamedLevel> levels, TextArena& texts) {
  Amounts amounts;
  const auto choose = [&texts](std::string_view& amount, const AmountLevel& level,
                               std::initializer_list<AmountCategory> categories) {
    const bool chosen = amount.empty();
    if (chosen) {
      amount = level.sum(categories, texts);
    }
    return chosen && !amount.empty();
  };
  for (const auto& [source, level] : levels) {
    choose(amounts.submitted, level, {submitted});
    choose(amounts.allowed, level, {eligible});
    if (choose(amounts.paid, level, {paidtoprovider, paidtopatient})) {
      amounts.paid_source = texts.add(std::string(source) + ": paidtoprovider + paidtopatient");
    } else if (choose(amounts.paid, level, {benefit})) {
      amounts.paid_source = texts.add(std::string(source) + ": benefit");
    }
    choose(amounts.member_liability, level, {memberliability});
    choose(amounts.member_liability, level, {copay, coinsurance, deductible});
    choose(amounts.copay, level, {copay});
    choose(amounts.coinsurance, level, {coinsurance});
    choose(amounts.deductible, level, {deductible});
    choose(amounts.noncovered, level, {noncovered});
    choose(amounts.discount, level, {discount});
  }
  return amounts;
}

}  // namespace claimferry::claims
