// The payer's published test users: VTETestUser01 is the first member, all with one password.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace claimferry::sandbox {

inline constexpr std::string_view test_password = "FHIRdemo2020";

// Members are numbered from 0.
std::string user_of(std::size_t member);
// Whose name and password these are, of so many members; nothing: nobody's.
std::optional<std::size_t> member_of_user(std::string_view username, std::string_view password,
                                          std::size_t members);

}  // namespace claimferry::sandbox
