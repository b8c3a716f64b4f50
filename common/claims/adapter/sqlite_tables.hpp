// The tables of claims (tables/table.hpp) in SQLite's words. A column of kind
//   decimal  is <name>, the text as sent, and <name>_e4, ten-thousandths: half to even, NULL where
//            they do not fit; amount_inexact says whether rounding changed one
//   date     is <name>, the text as sent, <name>_day (2024-03-01; the first of a month or year) and
//            <name>_precision (year, month, day or instant)
//   flag     is 0 or 1
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/claims/tables/table.hpp"

namespace claimferry::claims {

// CREATE for every table, for extension_kv, for a view <table>_current of each, and for the views
// of tables/views.hpp.
std::string sqlite_create_tables();
// INSERT and DELETE for a table, by its id; the last one is extension_kv's. The DELETE takes the
// rows of one version of a resource: payer, member, resource_type where the table has it, id,
// version.
const std::vector<std::string>& sqlite_inserts();
const std::vector<std::string>& sqlite_deletes();
// DELETE of all that a member has, by payer and member.
const std::vector<std::string>& sqlite_erasures();

}  // namespace claimferry::claims
