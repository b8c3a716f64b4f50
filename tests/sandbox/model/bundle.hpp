// Writes searchset Bundles by concatenation: entries are already bytes, and their exact bytes are
// what the ledger hashes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace claimferry::sandbox {

class BundleWriter {
 public:
  explicit BundleWriter(std::optional<std::size_t> total);

  // Links come before entries.
  void link(std::string_view relation, std::string_view url);
  void entry(std::string_view full_url, std::string_view resource);
  // An OperationOutcome about the search, which is no match.
  void outcome(std::string_view resource);
  std::string finish() &&;

 private:
  void begin_entry();

  std::string text_;
  bool has_links_ = false;
  bool has_entries_ = false;
};

}  // namespace claimferry::sandbox
