// `claimferry-sandbox verify`: holds a sink against the sandbox's ledger and prints the verdict.
#pragma once

#include <string>

namespace claimferry::sandbox {

struct VerifyOptions {
  std::string sink;     // KIND:WHERE; sqlite:PATH
  std::string control;  // the sandbox's control port, "http://127.0.0.1:8081"
  bool json = false;
};

// The exit status: 0 only when nothing is lost, duplicated or wrong, and the payer has nothing to
// reproach. Throws std::runtime_error when it cannot judge.
int verify(const VerifyOptions& options);

}  // namespace claimferry::sandbox
