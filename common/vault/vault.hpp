// Vault: makes, wraps and unwraps members' data keys, so that what Redis, a dump or a backup holds
// is useless without the key file. A key-encryption key is changed by wrapping the data keys anew:
// no token is touched for it, and no worker waits. There is no mode without sealing. Safe to use
// from many threads.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "common/vault/data_key.hpp"
#include "common/vault/key_ring.hpp"

namespace claimferry::vault {

struct NewDataKey {
  DataKey key;
  std::string wrapped;  // under the active key
};

class Vault {
 public:
  // Wraps and unwraps with each key, and seals and opens a probe; throws std::runtime_error where
  // that fails, because a process that cannot seal must not start.
  explicit Vault(KeyRing keys);
  // Others in their place, once they pass the same test; throws as above, and then those that were
  // there go on. Whatever was begun with them ends with them.
  void replace(KeyRing keys);

  NewDataKey new_data_key(const Owner& owner) const;
  // Fails with local/"vault_open_failed".
  Result<DataKey> unwrap(const Owner& owner, std::string_view wrapped) const;
  // The same data key under the active key; nothing when it is there already. Fails as unwrap()
  // does, also under the active key: a key that does not open is found, not passed over.
  Result<std::optional<std::string>> rewrap(const Owner& owner, std::string_view wrapped) const;

  // The id of the key that wraps; empty when it is no wrapped key.
  static std::string key_id(std::string_view wrapped);
  std::shared_ptr<const KeyRing> keys() const;

 private:
  static Result<DataKey> unwrap_with(const KeyRing& keys, const Owner& owner,
                                     std::string_view wrapped);
  static std::shared_ptr<const KeyRing> tested(KeyRing keys);

  mutable std::mutex mutex_;  // of the pointer alone
  std::shared_ptr<const KeyRing> keys_;
};

}  // namespace claimferry::vault
