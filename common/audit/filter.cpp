#include "common/audit/filter.hpp"

#include <algorithm>
#include <charconv>

namespace claimferry::audit {
namespace {

// Digits alone, exactly `length` of them at `at`.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t length) {
  int value = 0;
  if (text.size() < at + length || text[at] < '0' || text[at] > '9') {
    return std::nullopt;
  }
  const char* begin = text.data() + at;
  const auto [end, ec] = std::from_chars(begin, begin + length, value);
  return ec == std::errc{} && end == begin + length ? std::optional(value) : std::nullopt;
}

std::optional<std::chrono::sys_days> parse_day(std::string_view text) {
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !year || !month || !day) {
    return std::nullopt;
  }
  const auto date = std::chrono::year(*year) / *month / *day;
  return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

// "10:00:00Z"
std::optional<std::chrono::seconds> parse_time(std::string_view text) {
  const auto hour = digits(text, 0, 2);
  const auto minute = digits(text, 3, 2);
  const auto second = digits(text, 6, 2);
  if (text.size() != 9 || text[2] != ':' || text[5] != ':' || text[8] != 'Z' || !hour || !minute ||
      !second || *hour > 23 || *minute > 59 || *second > 59) {
    return std::nullopt;
  }
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

bool is_plain(std::string_view text) {
  return !text.empty() && std::ranges::none_of(text, [](char c) {
    return static_cast<unsigned char>(c) <= 0x20U || c == '"' || c == '\\' || c == 0x7F;
  });
}

// A value that could be taken for something else on a terminal.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20U || c == 0x7F;
    out += is_control || c == '"' || c == '\\' ? '?' : c;
  }
  return out + '"';
}

}  // namespace

bool Filter::matches(const Entry& entry) const {
  const auto is = [&](std::string_view name, const std::string& wanted) {
    return wanted.empty() || entry.field(name) == wanted;
  };
  return is("member", member) && is("key", key) && is("worker", worker) &&
         (event.empty() || entry.event == event) && (!since || entry.at >= *since) &&
         (!until || entry.at < *until);
}

std::optional<WallTime> parse_moment(std::string_view text, bool is_end) {
  const auto day = parse_day(text.substr(0, 10));
  if (!day) {
    return std::nullopt;
  }
  if (text.size() == 10) {
    return WallTime(*day + std::chrono::days(is_end ? 1 : 0));
  }
  const auto time = text[10] == 'T' ? parse_time(text.substr(11)) : std::nullopt;
  if (!time) {
    return std::nullopt;
  }
  return WallTime(*day + *time + std::chrono::seconds(is_end ? 1 : 0));
}

std::string table_row(const Record& record) {
  std::string row = format_exact_time(record.entry.at) + "  " + record.entry.event;
  constexpr std::size_t fields_from = 46;
  row.resize(std::max(row.size() + 1, fields_from), ' ');
  for (const auto& [name, value] : record.entry.fields) {
    if (!value.empty()) {
      row += ' ' + (is_plain(name) ? name : quoted(name)) + '=' +
             (is_plain(value) ? value : quoted(value));
    }
  }
  return row;
}

}  // namespace claimferry::audit
