#include "common/vault/key_census.hpp"

#include "common/vault/vault.hpp"

namespace claimferry::vault {

std::string_view to_string(Standing standing) noexcept {
  switch (standing) {
    case Standing::active:
      return "active";
    case Standing::needed:
      return "needed";
    case Standing::may_go:
      return "may_go";
    case Standing::missing:
      return "missing";
  }
  return "unknown";
}

void KeyCensus::count(std::string_view wrapped) {
  ++members_;
  std::string key = Vault::key_id(wrapped);
  if (key.empty()) {
    ++without_key_;
  } else {
    ++members_by_key_[std::move(key)];
  }
}

std::vector<KeyCensus::Row> KeyCensus::rows(const KeyRing& keys) const {
  std::vector<Row> rows;
  auto missing = members_by_key_;
  for (const Key& key : keys.keys()) {
    const auto found = missing.find(key.id);
    const std::uint64_t members = found == missing.end() ? 0 : found->second;
    const bool is_active = key.id == keys.active().id;
    const Standing old = members > 0 ? Standing::needed : Standing::may_go;
    rows.push_back({key.id, members, is_active ? Standing::active : old});
    missing.erase(key.id);
  }
  for (const auto& [key, members] : missing) {
    rows.push_back({key, members, Standing::missing});
  }
  return rows;
}

}  // namespace claimferry::vault
