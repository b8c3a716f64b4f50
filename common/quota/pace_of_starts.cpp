#include "common/quota/pace_of_starts.hpp"

#include <algorithm>

namespace claimferry::quota {
namespace {

constexpr Duration tenth = std::chrono::milliseconds(100);

}  // namespace

void PaceOfStarts::count(SteadyTime now) {
  if (now - tenth_ >= tenth) {
    in_the_last_ = now - tenth_ < 2 * tenth ? in_this_ : 0;
    in_this_ = 0;
    tenth_ = now;
  }
  ++in_this_;
}

unsigned PaceOfStarts::expected(Duration ahead, SteadyTime now) const {
  if (now - tenth_ >= 2 * tenth) {
    return 0;
  }
  const auto in_a_tenth = std::max(in_the_last_, in_this_);
  return static_cast<unsigned>((in_a_tenth * ahead.count() + tenth.count() - 1) / tenth.count());
}

}  // namespace claimferry::quota
