// Finding: one link of the set-up as `claimferry doctor` found it. Texts only; never a secret.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace claimferry::ctl {

enum class Health : std::uint8_t { good, doubtful, bad };

struct Finding {
  Health health;
  std::string link;  // "aetna: discovery"
  std::string what;  // what was seen
  std::string fix;   // what to do; empty: nothing, which only a good one may say
};

Finding good(std::string link, std::string what);
Finding doubtful(std::string link, std::string what, std::string fix);
Finding bad(std::string link, std::string what, std::string fix);

// A line each, its fix below it: √, ‼ or × in front.
std::string findings_table(const std::vector<Finding>& findings);
std::string findings_json(const std::vector<Finding>& findings);
bool any_bad(const std::vector<Finding>& findings);

}  // namespace claimferry::ctl
