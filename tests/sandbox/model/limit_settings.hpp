// What a payer's rate limit is, as a test sets it: its kind, its size, whom and what it counts, and
// how it changes while it stands. Fields are listed once, in visit(), for reading and writing JSON.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace claimferry::sandbox {

enum class LimitKind : std::uint8_t { none, token_bucket, fixed_window, sliding_window };
enum class LimitScope : std::uint8_t { app, address };
enum class RetryAfter : std::uint8_t { none, seconds, date };

constexpr auto names_of(LimitKind) {
  return std::to_array<std::string_view>(
      {"none", "token_bucket", "fixed_window", "sliding_window"});
}
constexpr auto names_of(LimitScope) {
  return std::to_array<std::string_view>({"app", "address"});
}
constexpr auto names_of(RetryAfter) {
  return std::to_array<std::string_view>({"none", "seconds", "date"});
}

// From after_ms behind the setting of the limit on, the rate is this one.
struct RateChange {
  unsigned after_ms = 0;
  double rate = 0;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& field) {
    field("after_ms", self.after_ms);
    field("rate", self.rate);
  }
};
inline constexpr std::size_t rate_changes_max = 32;

struct LimitSettings {
  LimitKind kind = LimitKind::none;
  double rate = 10;   // requests a second; a window grants rate × window, and at least one
  double burst = 10;  // token_bucket only
  unsigned window_ms = 1000;
  RetryAfter retry_after = RetryAfter::seconds;
  LimitScope scope = LimitScope::app;  // one count for all, or one for each source address
  bool tokens = false;                 // whether requests for tokens count too
  bool headers = true;                 // whether x-ratelimit-limit and -remaining tell of it
  std::vector<RateChange> schedule;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& field) {
    field("kind", self.kind);
    field("rate", self.rate);
    field("burst", self.burst);
    field("window_ms", self.window_ms);
    field("retry_after", self.retry_after);
    field("scope", self.scope);
    field("tokens", self.tokens);
    field("headers", self.headers);
    field("schedule", self.schedule);
  }
};

// A limit by address before its fields are read.
inline LimitSettings limit_by_address() {
  LimitSettings settings;
  settings.scope = LimitScope::address;
  return settings;
}

// What stands at once: a limit and, beside one for the app, another by source address.
struct Limits {
  LimitSettings limit;
  std::optional<LimitSettings> address;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor& field) {
    LimitSettings::visit(self.limit, field);
    field("address", self.address);
  }
};

// What is wrong with them beyond the types of their fields, where, and how to fix it.
std::optional<std::string> mistake_in(const Limits& limits);

}  // namespace claimferry::sandbox
