// Owners, and vaults over keys of one repeated letter.
#pragma once

#include <string>

#include "common/base/encoding.hpp"
#include "common/vault/vault.hpp"

namespace claimferry::vault {

inline Owner owner_of(const std::string& payer, const std::string& member) {
  return {*PayerName::parse(payer), *MemberId::parse(member)};
}

inline std::string key_line(const std::string& id, char fill) {
  return id + ":" + to_base64(std::string(key_bytes, fill)) + "\n";
}

inline Vault vault_of(const std::string& lines) {
  return Vault(KeyRing::parse(Secret(lines), "keys").value());
}

}  // namespace claimferry::vault
