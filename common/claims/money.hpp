// Money: the amounts of a claim or a line out of its adjudications. Exact: a single amount stays as
// it was sent, several are added as decimals. Codes: CARIN C4BBAdjudication and HL7's adjudication.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "common/base/text_arena.hpp"
#include "common/claims/decimal.hpp"
#include "common/claims/json_tape.hpp"

namespace claimferry::claims {

enum class AmountCategory : std::uint8_t {
  submitted,
  eligible,
  paidtoprovider,
  paidtopatient,
  benefit,
  memberliability,
  copay,
  coinsurance,
  deductible,
  noncovered,
  discount,
};
inline constexpr std::size_t amount_categories = 11;

// The amounts of one level of a claim (total, header, all lines, one line), by category.
class AmountLevel {
 public:
  // An element of `total` or `adjudication`. False: it holds an amount that is no number or that no
  // longer adds up within 38 digits.
  bool add(JsonView adjudication);
  // All amounts of another level. False: one no longer adds up.
  bool add(const AmountLevel& other);

  // The sum over those of the categories that are present; empty when none is.
  std::string_view sum(std::initializer_list<AmountCategory> categories, TextArena& texts) const;
  std::string_view currency() const noexcept { return currency_; }

 private:
  struct Total {
    std::string_view verbatim;  // while there is only one
    std::optional<Decimal> decimal;
  };
  std::array<Total, amount_categories> totals_{};
  std::string_view currency_;
};

struct Amounts {
  std::string_view submitted;
  std::string_view allowed;
  std::string_view paid;
  std::string_view member_liability;
  std::string_view paid_source;
  // Each by its own category alone.
  std::string_view copay;
  std::string_view coinsurance;
  std::string_view deductible;
  std::string_view noncovered;
  std::string_view discount;
};

// The amounts over the levels, the first that has one wins. `source` names the level in
// paid_source: "total: paidtoprovider + paidtopatient".
struct NamedLevel {
  std::string_view source;
  const AmountLevel& level;
};
Amounts choose_amounts(std::initializer_list<NamedLevel> levels, TextArena& texts);

}  // namespace claimferry::claims
