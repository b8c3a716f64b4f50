#include "tests/sandbox/model/connect/test_users.hpp"

#include <charconv>
#include <cstdio>

namespace claimferry::sandbox {
namespace {

constexpr std::string_view user_prefix = "VTETestUser";

}  // namespace

std::string user_of(std::size_t member) {
  char number[24];
  std::snprintf(number, sizeof number, "%02zu", member + 1);
  return std::string(user_prefix) + number;
}

std::optional<std::size_t> member_of_user(std::string_view username, std::string_view password,
                                          std::size_t members) {
  if (!username.starts_with(user_prefix) || password != test_password) {
    return std::nullopt;
  }
  const std::string_view digits = username.substr(user_prefix.size());
  std::size_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  // One name a member: not 1 for 01, nor 01x.
  if (number < 1 || number > members || user_of(number - 1) != username) {
    return std::nullopt;
  }
  return number - 1;
}

}  // namespace claimferry::sandbox
