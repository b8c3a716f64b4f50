// `claimferry-sandbox summary`: what a run of the demo did, for a person or as one line of JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace claimferry::sandbox {

struct SummaryOptions {
  std::string sink;     // sqlite:PATH, postgres:URL
  std::string control;  // may be empty when the sandbox never came up
  std::uint64_t requested = 0;
  std::uint64_t synced = 0;
  std::uint64_t kills = 0;             // of workers, as verify's
  double seconds = 0;                  // from the first enrolment to the last sync
  std::string reason;                  // why the run failed; empty: it did not
  std::vector<std::string> addresses;  // name=url
  bool json = false;
};

// The exit status: 0 only for a run without reason whose verdict is clean. What cannot be read
// becomes the reason.
int summarize(const SummaryOptions& options);

}  // namespace claimferry::sandbox
