// A request target in its parts. Values are kept both as sent and decoded: opaque page tokens must
// come back byte for byte, everything else is compared decoded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace claimferry::sandbox {

struct Parameter {
  std::string name;
  std::string raw;    // as sent
  std::string value;  // decoded
};

struct Target {
  std::string path;
  std::vector<Parameter> parameters;

  const Parameter* find(std::string_view name) const noexcept;
  // The query as sent, without the parameters of these names.
  std::string query_without(std::string_view first, std::string_view second) const;
};

Target parse_target(std::string_view target);
// application/x-www-form-urlencoded: as a query, and '+' is a space.
std::vector<Parameter> parse_form(std::string_view form);
// Empty for a parameter without a value: RFC 6749 sections 3.1 and 3.2 take it for one left out.
std::string_view value_of(const std::vector<Parameter>& parameters, std::string_view name);
// nullopt: a '%' without two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
std::string percent_encode(std::string_view text);

}  // namespace claimferry::sandbox
