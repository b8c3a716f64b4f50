#include "common/claims/adapter/fence_column.hpp"

namespace claimferry::claims {

std::int64_t column_integer(Fence fence) noexcept {
  return static_cast<std::int64_t>(to_number(fence));
}

}  // namespace claimferry::claims
