// How a value of JSON stands in a column of a kind, and how it reads there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/claims/json_tape.hpp"
#include "common/claims/tables/table.hpp"

namespace claimferry::claims {

enum class Fit : std::uint8_t {
  none,       // not at all: the column stays NULL
  converted,  // its meaning does: a number as a text, "12.5" as a decimal
  exact,      // as it was sent
};
Fit fit_of(ColumnKind kind, const JsonNode& value) noexcept;
inline Fit fit_of(ColumnKind kind, JsonView value) noexcept {
  return value.exists() ? fit_of(kind, value.node()) : Fit::none;
}

// A JSON number that databases' exact types hold: 300 digits and a power of ten of 300 at most.
bool is_decimal(std::string_view text) noexcept;
// From this year on, a payer means "for ever".
bool is_open_end(std::string_view date) noexcept;

// The whole number that fit_of() took.
std::int64_t to_integer(std::string_view text) noexcept;

// The day of a date, month, year or instant: "2024-03-01", the first of a month or year, the local
// one of an instant; and which of them it is. Both empty: it is none of them.
struct Day {
  std::string day;
  std::string_view precision;  // "year", "month", "day" or "instant"
};
Day day_of(std::string_view date);

// JSON: a text in quotes, and a list of texts and numbers: ["A","B"].
std::string quoted(std::string_view text);
std::string list_text(JsonView array);

}  // namespace claimferry::claims
