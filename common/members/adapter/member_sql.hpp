// How members stand in SQL: times are ms since 1970 as text, and what is not known is the empty
// text, as Redis' scripts take them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.hpp"
#include "common/members/adapter/postgres_members.hpp"
#include "common/oauth/consent.hpp"
#include "common/postgres/connection.hpp"
#include "common/postgres/pool.hpp"

namespace claimferry::members {

inline constexpr std::size_t row_width = 20;

// Statements in one turn, and one implicit transaction. Failures are the sink's.
awaitable<Result<postgres::Answers>> run_calls(std::shared_ptr<postgres::Pool> pool,
                                               std::vector<postgres::Call> calls);
// 0 for a text that is no whole number.
std::uint64_t number_in(std::string_view text);

// Of a member who leaves; $1: which.
inline constexpr std::string_view drop_tokens_of_leaver =
    "DELETE FROM member_token t USING enrolled_member e WHERE t.member = $1 AND "
    "e.member = t.member AND e.state IN ('erasing', 'erased')";

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
