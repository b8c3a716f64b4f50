// Money: exact amounts of the generator, in 10^-13 of a currency unit, so that sums of what payers
// publish (158.3825000000001) stay exact. Own arithmetic: nothing here is the product's.
#pragma once

#include <cstdint>
#include <string>

namespace claimferry::sandbox {

class Money {
 public:
  static Money of_cents(std::int64_t cents) {
    return Money(static_cast<Wide>(cents) * 100'000'000'000);
  }
  static Money of_ten_thousandths(std::int64_t parts) {
    return Money(static_cast<Wide>(parts) * 1'000'000'000);
  }
  static Money dust() { return Money(1); }

  Money operator+(Money other) const { return Money(units_ + other.units_); }
  Money operator-(Money other) const { return Money(units_ - other.units_); }
  Money operator-() const { return Money(-units_); }
  // "12.50", "158.3800000000001": two decimals at least.
  std::string str() const;
  // "1e2" where that is exact, else str().
  std::string scientific() const;

 private:
  __extension__ using Wide = __int128;
  constexpr explicit Money(Wide units) : units_(units) {}

 public:
  constexpr Money() = default;

 private:
  Wide units_ = 0;
};

}  // namespace claimferry::sandbox
