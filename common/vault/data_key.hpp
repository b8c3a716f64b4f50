// DataKey: one member's own key, which seals every secret of that member and nothing else. Without
// it they are noise, so that to destroy it is to destroy them. How it is kept is vault.hpp's
// business.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/vault/sealed_blob.hpp"

namespace claimferry::vault {

enum class Field : std::uint8_t { patient, refresh_token, access_token, code_verifier };
std::string_view to_string(Field field) noexcept;

class DataKey {
 public:
  std::string seal(Field field, const Secret& plain) const;
  // Fails with local/"vault_open_failed" for a blob of another member, payer, field or data key.
  Result<Secret> open(Field field, std::string_view blob) const;

  // Random; which blobs are its own. Says nothing about the key.
  const std::string& id() const noexcept { return key_.id; }

 private:
  friend class Vault;  // makes, wraps and unwraps them

  static DataKey random(Owner owner);
  // As it is wrapped: id and bytes in one.
  Secret material() const;
  static std::optional<DataKey> of_material(Owner owner, const Secret& material);

  DataKey(Owner owner, Key key) : owner_(std::move(owner)), key_(std::move(key)) {}

  Owner owner_;
  Key key_;
};

}  // namespace claimferry::vault
