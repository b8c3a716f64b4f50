#include "common/quota/use.hpp"

namespace claimferry::quota {

std::string_view to_string(Use use) noexcept {
  switch (use) {
    case Use::token:
      return "token";
    case Use::urgent:
      return "urgent";
    case Use::routine:
      return "routine";
    case Use::backfill:
      return "backfill";
  }
  return "unknown";
}

}  // namespace claimferry::quota
