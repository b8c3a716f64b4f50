// How times and fences stand in the columns.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"

namespace claimferry::claims {

// "2026-03-01T12:00:00.000Z": in UTC, so that text sorts as time does.
std::string column_text(WallTime at);
std::int64_t column_integer(Fence fence) noexcept;

}  // namespace claimferry::claims
