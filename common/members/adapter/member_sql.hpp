// How members stand in SQL: times are ms since 1970 as text, and what is not known is the empty
// text, as Redis' scripts take them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/members/adapter/postgres_members.hpp"
#include "common/oauth/consent.hpp"
#include "common/postgres/connection.hpp"

namespace claimferry::members {

inline constexpr std::size_t row_width = 19;

// A column of times as ms since 1970, and a parameter of ms as a time.
std::string ms_of(std::string_view column);
std::string time_of(std::string_view parameter);
void put_time(postgres::Parameters& parameters, std::optional<WallTime> at);
std::optional<WallTime> time_in(const postgres::Answer& answer, std::size_t row,
                                std::size_t column);

// Of enrolled_member, in the order of mirror.lua's fields.
const std::string& row_columns();
MirrorRow row_in(const postgres::Answer& answer, std::size_t row);
// The values of the consent's terms in the order of those fields; none without a consent.
postgres::Array terms_of(const std::optional<oauth::Consent>& consent);

}  // namespace claimferry::members
