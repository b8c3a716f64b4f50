#include "common/claims/tables/column_value.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>

#include "common/claims/decimal.hpp"

namespace claimferry::claims {
namespace {

constexpr std::size_t decimal_bytes_max = 300;
constexpr int exponent_max = 300;
constexpr std::string_view open_ended_from = "3000";

// As it would be written again: neither "-0" nor beyond 64 bits.
bool is_integer(std::string_view text) noexcept {
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc() || end != text.data() + text.size()) {
    return false;
  }
  const bool leading_zero = text.size() > 1 && text[text[0] == '-' ? 1 : 0] == '0';
  return !leading_zero;
}

std::optional<unsigned> number_of(std::string_view text, std::size_t at, std::size_t digits) {
  if (text.size() < at + digits) {
    return std::nullopt;
  }
  unsigned value = 0;
  for (const char c : text.substr(at, digits)) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

Fit fit_number(bool fits, JsonKind kind) noexcept {
  if (!fits) {
    return Fit::none;
  }
  return kind == JsonKind::number ? Fit::exact : Fit::converted;
}

}  // namespace

bool is_decimal(std::string_view text) noexcept {
  if (text.size() > decimal_bytes_max || !is_json_number(text)) {
    return false;
  }
  const auto e = text.find_first_of("eE");
  if (e == std::string_view::npos) {
    return true;
  }
  std::string_view digits = text.substr(e + 1);
  digits.remove_prefix(digits.front() == '+' ? 1 : 0);
  int exponent = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  return ec == std::errc() && exponent <= exponent_max && exponent >= -exponent_max;
}

bool is_open_end(std::string_view date) noexcept {
  return date.size() >= open_ended_from.size() &&
         date.substr(0, open_ended_from.size()) >= open_ended_from && date[0] <= '9';
}

Fit fit_of(ColumnKind kind, const JsonNode& value) noexcept {
  const bool is_string = value.kind == JsonKind::string;
  const bool is_number = value.kind == JsonKind::number;
  switch (kind) {
    case ColumnKind::text:
    case ColumnKind::date:
      return is_string ? Fit::exact : is_number ? Fit::converted : Fit::none;
    case ColumnKind::open_end:
      return is_string && !is_open_end(value.text) ? Fit::exact : Fit::none;
    case ColumnKind::integer:
      return fit_number((is_string || is_number) && is_integer(value.text), value.kind);
    case ColumnKind::decimal:
      return fit_number((is_string || is_number) && is_decimal(value.text), value.kind);
    case ColumnKind::flag:
      return value.kind == JsonKind::literal_true || value.kind == JsonKind::literal_false
                 ? Fit::exact
                 : Fit::none;
    case ColumnKind::list:
      return Fit::none;
  }
  return Fit::none;
}

std::int64_t to_integer(std::string_view text) noexcept {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Day day_of(std::string_view date) {
  const auto year = number_of(date, 0, 4);
  if (!year) {
    return {};
  }
  if (date.size() == 4) {
    return {std::string(date) + "-01-01", "year"};
  }
  const auto month = date[4] == '-' ? number_of(date, 5, 2) : std::nullopt;
  if (!month || *month < 1 || *month > 12) {
    return {};
  }
  if (date.size() == 7) {
    return {std::string(date) + "-01", "month"};
  }
  const auto day = date[7] == '-' ? number_of(date, 8, 2) : std::nullopt;
  const std::chrono::year_month_day whole{std::chrono::year(static_cast<int>(*year)),
                                          std::chrono::month(*month),
                                          std::chrono::day(day.value_or(0))};
  if (!day || !whole.ok() || (date.size() > 10 && date[10] != 'T')) {
    return {};
  }
  return {std::string(date.substr(0, 10)), date.size() == 10 ? "day" : "instant"};
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[7];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
      out += escaped;
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string list_text(JsonView array) {
  std::string text = "[";
  array.each([&text](JsonView element) {
    text += text.size() == 1 ? "" : ",";
    if (element.is(JsonKind::string)) {
      text += quoted(element.text());
    } else {
      text += element.scalar();
    }
  });
  return text + "]";
}

}  // namespace claimferry::claims
