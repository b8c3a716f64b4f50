// Names of things: strong types, so that a job id is never passed for a member id. parse() holds
// each to its grammar; what comes out of Redis, a file or a person goes through it.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace claimferry {

// [A-Za-z0-9_-]{1,64}: opaque, chosen by the user's system, never health data. DESIGN: unique over
// all payers.
bool is_plain_name(std::string_view text, std::size_t length_max) noexcept;

template <class Tag, std::size_t LengthMax>
class Name {
 public:
  static constexpr std::size_t length_max = LengthMax;

  static std::optional<Name> parse(std::string_view text) {
    if (!is_plain_name(text, LengthMax)) {
      return std::nullopt;
    }
    return Name(std::string(text));
  }
  const std::string& str() const noexcept { return text_; }
  friend auto operator<=>(const Name&, const Name&) = default;

 private:
  explicit Name(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

using MemberId = Name<struct MemberTag, 64>;
using PayerName = Name<struct PayerTag, 32>;
using JobId = Name<struct JobTag, 40>;
using WorkerId = Name<struct WorkerTag, 64>;

// The ever-growing number that proves a lease; µs-like, below 2^53 so that Lua's doubles hold it
// exactly.
enum class Fence : std::uint64_t {};
constexpr std::uint64_t to_number(Fence fence) noexcept {
  return static_cast<std::uint64_t>(fence);
}

}  // namespace claimferry

template <class Tag, std::size_t LengthMax>
struct std::hash<claimferry::Name<Tag, LengthMax>> {
  std::size_t operator()(const claimferry::Name<Tag, LengthMax>& name) const noexcept {
    return std::hash<std::string>{}(name.str());
  }
};
