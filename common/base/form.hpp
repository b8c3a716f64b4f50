// Form: names and values of application/x-www-form-urlencoded text, as queries of callbacks carry
// them. Decoded once; a name that comes twice is kept twice, so that who cares can refuse it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace claimferry {

class Form {
 public:
  // Nothing for more than 64 pairs, or a '%' without two hexadecimal digits behind it.
  static std::optional<Form> parse(std::string_view text);

  // The value of a name that stands there once.
  std::optional<std::string_view> find(std::string_view name) const noexcept;
  bool repeats(std::string_view name) const noexcept;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

}  // namespace claimferry
