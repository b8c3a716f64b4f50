// KeyCensus: how many members' data keys each key-encryption key wraps, and what follows from it
// for the key file: which key is needed, which may go, and which is missing. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/vault/key_ring.hpp"

namespace claimferry::vault {

// needed: another one is active, but data keys are still wrapped under it. may_go: none is.
// missing: data keys are, and the file does not hold it.
enum class Standing : std::uint8_t { active, needed, may_go, missing };
std::string_view to_string(Standing standing) noexcept;

class KeyCensus {
 public:
  struct Row {
    std::string key;
    std::uint64_t members;
    Standing standing;
  };

  void count(std::string_view wrapped);
  // The file's keys in its order, then those that are missing, by id.
  std::vector<Row> rows(const KeyRing& keys) const;
  // Whose data key is none of this version, or that have none.
  std::uint64_t without_key() const noexcept { return without_key_; }
  std::uint64_t members() const noexcept { return members_; }

 private:
  std::map<std::string, std::uint64_t, std::less<>> members_by_key_;
  std::uint64_t without_key_ = 0;
  std::uint64_t members_ = 0;
};

}  // namespace claimferry::vault
