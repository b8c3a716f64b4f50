// What a run prints at its end: a table whose last line is the verdict, or one JSON object.
#pragma once

#include <string>

#include "tests/chaos/findings.hpp"

namespace claimferry::chaos {

// kept: the directory that stays for whoever looks into a failure; empty: none does.
std::string as_table(const Findings& findings, const std::string& kept);
std::string as_json(const Findings& findings, const std::string& kept);

}  // namespace claimferry::chaos
