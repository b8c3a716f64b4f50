#include "common/claims/adapter/sqlite_values.hpp"

#include <cstdio>

namespace claimferry::claims {

std::string column_text(WallTime at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::hh_mm_ss clock{at - day};
  char text[24];
  std::snprintf(text, sizeof text, "T%02d:%02d:%02d.%03dZ", static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return format_date(day) + text;
}

std::int64_t column_integer(Fence fence) noexcept {
  return static_cast<std::int64_t>(to_number(fence));
}

}  // namespace claimferry::claims
