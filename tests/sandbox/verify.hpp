// `claimferry-sandbox verify`: holds a sink against the sandbox's ledger and prints the verdict.
#pragma once

#include <cstdint>
#include <string>

#include <boost/json.hpp>

#include "tests/sandbox/judge/judge.hpp"

namespace claimferry::sandbox {

struct VerifyOptions {
  std::string sink;         // KIND:WHERE; sqlite:PATH, postgres:URL, ndjson:DIRECTORY
  std::string control;      // the sandbox's control port, "http://127.0.0.1:8081"
  std::uint64_t kills = 0;  // of clients between sending a refresh and storing its answer
  bool json = false;
};

struct Judgement {
  Verdict verdict;
  boost::json::object violations;
  std::vector<std::string> reproaches;

  bool clean() const { return verdict.clean() && reproaches.empty(); }
};

std::string as_json(const Judgement& judgement);
std::string as_text(const Judgement& judgement);

// The exit status: 0 only when nothing is lost, duplicated or wrong, and the payer has nothing to
// reproach. Throws std::runtime_error when it cannot judge.
int verify(const VerifyOptions& options);

}  // namespace claimferry::sandbox
