#include "common/quota/rate_headers.hpp"

#include <algorithm>
#include <vector>

#include "common/base/limits.hpp"

namespace claimferry::quota {
namespace {

// So that the product of any two fits.
constexpr std::uint64_t number_max = 1'000'000'000;
constexpr std::size_t definition_bytes_max = 128;

// One number of a header. The name is empty where the number stands alone.
struct Item {
  std::string_view name;
  std::uint64_t number;
};
using Items = std::vector<Item>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.empty()) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    number = std::min(number * 10 + static_cast<std::uint64_t>(c - '0'), number_max);
  }
  return number;
}

bool is_definition(std::string_view text) {
  return !text.empty() && text.size() <= definition_bytes_max &&
         std::ranges::all_of(text,
                             [](char c) { return c >= ' ' && c <= '~' && c != '=' && c != '"'; });
}

// "name=rate-limit-1,18000" or "18000"
std::optional<Item> parse_item(std::string_view text) {
  std::string_view name;
  std::string_view number = text;
  if (const auto equals = text.find('='); equals != std::string_view::npos) {
    const auto comma = text.find(',', equals);
    if (comma == std::string_view::npos || trimmed(text.substr(0, equals)) != "name") {
      return std::nullopt;
    }
    name = trimmed(text.substr(equals + 1, comma - equals - 1));
    number = text.substr(comma + 1);
    if (!is_definition(name)) {
      return std::nullopt;
    }
  }
  const auto parsed = parse_number(trimmed(number));
  if (!parsed) {
    return std::nullopt;
  }
  return Item{name, *parsed};
}

// What is joined out of several header lines has a comma between its items.
std::string_view without_joint(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with(',')) {
    text.remove_prefix(1);
  }
  return trimmed(text);
}

Items parse_items(const http::Headers& headers, std::string_view name) {
  Items items;
  std::string_view rest = headers.find(name).value_or("");
  for (std::size_t seen = 0; seen < limits::rate_headers_max && !rest.empty();) {
    const auto end = std::min(rest.find(';'), rest.size());
    const std::string_view text = without_joint(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (text.empty()) {
      continue;
    }
    ++seen;
    if (const auto item = parse_item(text)) {
      items.push_back(*item);
    }
  }
  return items;
}

// A list of quota policies may follow the number.
Items parse_draft(const http::Headers& headers, std::string_view name) {
  std::string_view text = headers.find(name).value_or("");
  text = text.substr(0, text.find_first_of(",;"));
  const auto number = parse_number(trimmed(text));
  return number ? Items{{"", *number}} : Items{};
}

bool is_tighter(const RateHint& one, const RateHint& other) {
  return one.remaining * other.limit < other.remaining * one.limit;
}

void take_tighter(std::optional<RateHint>& tightest, const Items& limits, const Items& remaining) {
  for (const Item& limit : limits) {
    for (const Item& left : remaining) {
      const RateHint hint{limit.number, left.number};
      if (limit.name == left.name && hint.limit > 0 && (!tightest || is_tighter(hint, *tightest))) {
        tightest = hint;
      }
    }
  }
}

}  // namespace

std::optional<RateHint> tightest_hint(const http::Headers& headers) {
  std::optional<RateHint> tightest;
  for (const std::string family : {"x-ratelimit", "x-countlimit", "x-burstlimit"}) {
    take_tighter(tightest, parse_items(headers, family + "-limit"),
                 parse_items(headers, family + "-remaining"));
  }
  take_tighter(tightest, parse_draft(headers, "ratelimit-limit"),
               parse_draft(headers, "ratelimit-remaining"));
  return tightest;
}

}  // namespace claimferry::quota
