// Secret: a string that prints as *** and is wiped when it goes. reveal() is the only way in: easy
// to grep, so that each use of a token, a key or a client secret can be looked at.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

namespace claimferry {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) noexcept : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  bool empty() const noexcept { return text_.empty(); }
  std::string_view reveal() const noexcept { return text_; }
  // In constant time for equal lengths.
  friend bool operator==(const Secret& a, const Secret& b) noexcept;

 private:
  void wipe() noexcept;
  std::string text_;
};

std::ostream& operator<<(std::ostream& out, const Secret& secret);
inline std::string_view format_as(const Secret&) {
  return "***";
}

}  // namespace claimferry
