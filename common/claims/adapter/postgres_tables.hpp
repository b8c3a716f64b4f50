// The tables of claims (tables/table.hpp) in PostgreSQL's words, each partitioned by hash of the
// member. A column of kind
//   decimal  is <name>, the text as sent, and <name>_num, the same as an exact numeric
//   date     is <name>, the text as sent, <name>_day (a date; the first of a month or year) and
//            <name>_precision (year, month, day or instant)
//   flag     is a boolean
//   list     is JSON, as text: jsonb would write its numbers anew
// A character U+0000 stands as U+FFFD in columns; raw bytes keep it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/claims/tables/table.hpp"

namespace claimferry::claims {

inline constexpr unsigned postgres_partitions = 16;
inline constexpr std::string_view postgres_loose_table = "extension_kv";

// A table and its partitions: `body` is what stands between the parentheses.
std::vector<std::string> postgres_partitioned(const std::string& table, const std::string& body);
// CREATE for every table, for extension_kv, for a view <table>_current of each, and for the views
// of tables/views.hpp; one statement an element.
std::vector<std::string> postgres_create_tables();
// The names of these tables and views.
const std::vector<std::string>& postgres_claim_tables();

// A statement that adds many rows of one page to a table, by its id; the last is extension_kv's.
// Parameters: payer, member, then an array a column: resource_type where the table has it, id,
// version, pointer, then the columns'.
const std::vector<std::string>& postgres_inserts();
// DELETE of the rows of many versions: payer, member, then arrays of resource types, ids and
// versions.
const std::vector<std::string>& postgres_deletes();
// DELETE of all that a member has, by payer and member.
const std::vector<std::string>& postgres_erasures();

}  // namespace claimferry::claims
