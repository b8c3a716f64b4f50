#include "common/queue/job.hpp"

#include <array>
#include <charconv>

namespace claimferry::queue {
namespace {

constexpr std::array kinds{JobKind::sync, JobKind::backfill, JobKind::keepalive, JobKind::erase};
constexpr std::array lanes{Lane::urgent, Lane::routine, Lane::backfill};

template <class Number>
bool parse_digits(std::string_view text, Number& out) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc{} && end == text.data() + text.size();
}

std::optional<std::chrono::sys_days> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
    return std::nullopt;
  }
  unsigned year = 0;
  unsigned month = 0;
  unsigned day = 0;
  if (!parse_digits(text.substr(0, 4), year) || !parse_digits(text.substr(5, 2), month) ||
      !parse_digits(text.substr(8, 2), day)) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(year)},
                                         std::chrono::month{month}, std::chrono::day{day}};
  if (!date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days{date};
}

}  // namespace

std::string_view to_string(JobKind kind) noexcept {
  switch (kind) {
    case JobKind::sync:
      return "sync";
    case JobKind::backfill:
      return "backfill";
    case JobKind::keepalive:
      return "keepalive";
    case JobKind::erase:
      return "erase";
  }
  return "unknown";
}

std::string_view to_string(Lane lane) noexcept {
  switch (lane) {
    case Lane::urgent:
      return "urgent";
    case Lane::routine:
      return "routine";
    case Lane::backfill:
      return "backfill";
  }
  return "unknown";
}

std::optional<JobKind> parse_job_kind(std::string_view text) noexcept {
  for (const JobKind kind : kinds) {
    if (to_string(kind) == text) {
      return kind;
    }
  }
  return std::nullopt;
}

std::optional<Lane> parse_lane(std::string_view text) noexcept {
  for (const Lane lane : lanes) {
    if (to_string(lane) == text) {
      return lane;
    }
  }
  return std::nullopt;
}

std::string Window::str() const {
  if (is_sweep()) {
    return "sweep";
  }
  return (since ? format_date(*since) : "") + ".." + (until ? format_date(*until) : "");
}

std::optional<Window> Window::parse(std::string_view text) {
  if (text == "sweep") {
    return Window{};
  }
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) {
    return std::nullopt;
  }
  const auto since = text.substr(0, dots);
  const auto until = text.substr(dots + 2);
  Window window;
  if (!since.empty()) {
    window.since = parse_date(since);
  }
  if (!until.empty()) {
    window.until = parse_date(until);
  }
  if (window.since.has_value() == since.empty() || window.until.has_value() == until.empty()) {
    return std::nullopt;
  }
  if (window.is_sweep() || (window.since && window.until && *window.since > *window.until)) {
    return std::nullopt;
  }
  return window;
}

}  // namespace claimferry::queue
