// How much a log line matters, and the words for it in the configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace claimferry::telemetry {

enum class LogLevel : std::uint8_t { debug, info, warning, error };
std::optional<LogLevel> parse_log_level(std::string_view text) noexcept;

}  // namespace claimferry::telemetry
