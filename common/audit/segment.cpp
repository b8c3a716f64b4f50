#include "common/audit/segment.hpp"

#include <charconv>
#include <cstdio>

namespace claimferry::audit {
namespace {

constexpr std::string_view prefix = "audit-";
constexpr std::string_view suffix = ".jsonl";
constexpr std::size_t name_bytes = prefix.size() + 7 + suffix.size();

template <class Number>
bool read(std::string_view digits, Number& value) {
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return ec == std::errc{} && end == digits.data() + digits.size();
}

}  // namespace

Segment Segment::of(WallTime at) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(at));
  return {day.year() / day.month()};
}

std::optional<Segment> Segment::parse(std::string_view file_name) {
  unsigned year = 0;
  unsigned month = 0;
  const bool fits = file_name.size() == name_bytes && file_name.starts_with(prefix) &&
                    file_name.ends_with(suffix) && file_name[prefix.size() + 4] == '-' &&
                    read(file_name.substr(prefix.size(), 4), year) &&
                    read(file_name.substr(prefix.size() + 5, 2), month);
  const Segment segment{std::chrono::year(static_cast<int>(year)) / std::chrono::month(month)};
  return fits && segment.month.ok() ? std::optional(segment) : std::nullopt;
}

std::string Segment::file_name() const {
  char name[32];
  std::snprintf(name, sizeof name, "audit-%04d-%02u.jsonl", static_cast<int>(month.year()),
                static_cast<unsigned>(month.month()));
  return name;
}

WallTime Segment::end() const {
  return std::chrono::sys_days((month + std::chrono::months(1)) / 1);
}

Entry removal(const Segment& last_removed, const Head& last_of_it, WallTime at) {
  const std::string name = last_removed.file_name();
  return {"removed:" + name,
          at,
          std::string(segments_removed),
          {{"up_to", name}, {"seq", std::to_string(last_of_it.seq)}, {"hash", last_of_it.hash}}};
}

std::optional<Removal> removal_of(const Entry& entry) {
  const auto segment = Segment::parse(entry.field("up_to"));
  Head anchor{0, std::string(entry.field("hash"))};
  if (entry.event != segments_removed || !entry.id.starts_with("removed:") || !segment ||
      !read(entry.field("seq"), anchor.seq)) {
    return std::nullopt;
  }
  return Removal{*segment, std::move(anchor)};
}

}  // namespace claimferry::audit
