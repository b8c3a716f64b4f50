// What the operators' functions advise, in the words of whoever types `claimferry`: the functions
// answer redis-cli, and say FCALL.
#pragma once

#include <string>

namespace claimferry::ctl {

// "next: FCALL cf_backfill 1 'cf:{0}' M1 since=2023-01-01" becomes "next: claimferry backfill add
// M1 --since 2023-01-01". What is no call of a function stays as it is.
std::string in_shell_words(const std::string& text);

}  // namespace claimferry::ctl
