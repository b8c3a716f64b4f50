// What the fleet's quota announces on its channel (common/queue/lua/quota): a payer's quiet, or a
// change of its breaker. Pure: text in, values out.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "common/base/ids.hpp"
#include "common/quota/breaker.hpp"

namespace claimferry::quota {

struct QuietAnnounced {
  std::uint64_t epoch = 0;
  Duration how_long = Duration::zero();
};

struct Announcement {
  PayerName payer;
  std::variant<QuietAnnounced, Breaker> what;
};

inline constexpr std::string_view announcements_channel = "cf:{0}:quota";

// No payer's: running jobs were cancelled (common/queue/lua/moves.lua). Whose is not said here.
inline constexpr std::string_view cancel_announcement = "cancel";

// "aetna quiet <epoch> <ms>", "aetna breaker <change> <barred> <ms>"; nothing for what is neither:
// another release's, or nobody's.
std::optional<Announcement> parse_announcement(std::string_view text);

}  // namespace claimferry::quota
