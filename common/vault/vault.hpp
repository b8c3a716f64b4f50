// Vault: seals tokens with AES-256-GCM, so that what Redis, a dump or a backup holds is useless
// without the key file, and a blob moved to another member, payer or field does not open. There is
// no mode without sealing. Safe to use from many threads.
//
// A blob is base64 of: version (1 byte, 1) | length of the key id | key id | nonce (12) |
// ciphertext | tag (16). Authenticated beside it: the bytes before the nonce, payer, member, field.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "common/vault/key_ring.hpp"

namespace claimferry::vault {

// Where a sealed value belongs.
struct Context {
  PayerName payer;
  MemberId member;
  std::string field;  // "refresh_token", "access_token", "patient"
};

class Vault {
 public:
  // Seals and opens a probe with each key; throws std::runtime_error where that fails, because a
  // process that cannot seal must not start.
  explicit Vault(KeyRing keys);

  std::string seal(const Context& context, const Secret& plain) const;
  // Fails with local/"vault_open_failed": the blob stays where it is, for the day that the key
  // comes back.
  Result<Secret> open(const Context& context, std::string_view blob) const;
  // Recognises a secret without keeping it: HMAC-SHA-256 under each key, "key id:hexadecimal", the
  // active key's first. Seals are random and compare to nothing.
  std::vector<std::string> fingerprints(const Context& context, const Secret& plain) const;
  // The id of the key that sealed a blob; empty when it is none.
  static std::string key_id(std::string_view blob);
  const KeyRing& keys() const noexcept { return keys_; }

 private:
  KeyRing keys_;
};

}  // namespace claimferry::vault
