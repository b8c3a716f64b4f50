// What a request is for: the lane of its job, or a token, which has a share of its own so that no
// refresh stands behind pages. In order of precedence.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace claimferry::quota {

enum class Use : std::uint8_t { token, urgent, routine, backfill };

inline constexpr std::array<Use, 4> uses = {Use::token, Use::urgent, Use::routine, Use::backfill};

// Something for each use.
template <class T>
class ByUse {
 public:
  T& operator[](Use use) noexcept { return items_[static_cast<std::size_t>(use)]; }
  const T& operator[](Use use) const noexcept { return items_[static_cast<std::size_t>(use)]; }
  T sum() const noexcept {
    T total{};
    for (const T& item : items_) {
      total += item;
    }
    return total;
  }
  auto begin() const noexcept { return items_.begin(); }
  auto end() const noexcept { return items_.end(); }

 private:
  std::array<T, uses.size()> items_{};
};

std::string_view to_string(Use use) noexcept;

}  // namespace claimferry::quota
