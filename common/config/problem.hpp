// Problem: one mistake in the configuration, for a person. No value is ever repeated in one: it
// could be a secret.
#pragma once

#include <string>

namespace claimferry::config {

struct Problem {
  std::string place;  // "claimferry.toml:12:3", "environment CLAIMFERRY_WORKER__SLOTS"
  std::string key;    // "worker.slots"; may be empty
  std::string what;   // one sentence: what is wrong and how to fix it

  std::string str() const { return place + (place.empty() ? "" : ": ") + subject() + what; }

 private:
  std::string subject() const { return key.empty() ? "" : key + " "; }
};

}  // namespace claimferry::config
