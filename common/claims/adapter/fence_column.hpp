// How fences stand in the columns; times stand there as format_exact_time() writes them.
#pragma once

#include <cstdint>

#include "common/base/ids.hpp"

namespace claimferry::claims {

std::int64_t column_integer(Fence fence) noexcept;

}  // namespace claimferry::claims
