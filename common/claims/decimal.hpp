// Exact decimal sums of JSON numbers. No float on the way; what does not fit 38 digits is refused,
// not rounded.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace claimferry::claims {

class Decimal {
 public:
  Decimal() = default;
  // A JSON number ("158.3825000000001", "-0.10", "1e2"); nothing for anything else or too large.
  static std::optional<Decimal> parse(std::string_view number);
  // Nothing when the sum does not fit.
  std::optional<Decimal> plus(const Decimal& other) const;
  // Plain digits with the larger scale of the summands: "0.10" + "0.2" is "0.30".
  std::string str() const;

 private:
  __extension__ using Wide = __int128;
  std::optional<Decimal> rescaled(unsigned scale) const;

  Wide digits_ = 0;
  unsigned scale_ = 0;
};

// RFC 8259 §6.
bool is_json_number(std::string_view text) noexcept;

}  // namespace claimferry::claims
