// Amounts for a database without exact decimals: ten-thousandths as integers, beside the text that
// was sent. No float on the way.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace claimferry::claims {

struct TenThousandths {
  std::int64_t value;
  bool inexact;  // rounding (half to even) changed it
};

// Of a JSON number ("158.3825000000001", "-0.10", "1e2"); nothing when it is none or does not fit.
std::optional<TenThousandths> to_ten_thousandths(std::string_view number);

}  // namespace claimferry::claims
