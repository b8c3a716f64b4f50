// A sealed value as text: AES-256-GCM under a key that bears a name, bound to the place where it
// belongs. Which keys there are and which seals what is for data_key.hpp and vault.hpp to say.
//
// The text is base64 of: version (1 byte, 2) | length of the key's id | the key's id | nonce (12) |
// ciphertext | tag (16). Authenticated beside it: the bytes before the nonce, payer, member, field,
// each behind its length. Version 1, sealed without a data key, was in no release: it is not read.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"

namespace claimferry::vault {

inline constexpr std::size_t key_bytes = 32;

struct Key {
  std::string id;  // [A-Za-z0-9_-]{1,32}
  Secret bytes;    // key_bytes of them
};

struct Owner {
  PayerName payer;
  MemberId member;
};

std::string seal_blob(const Key& key, const Owner& owner, std::string_view field,
                      const Secret& plain);

class SealedBlob {
 public:
  // Nothing for a text that is no blob of this version.
  static std::optional<SealedBlob> parse(std::string_view text);

  // Of the key that sealed it.
  const std::string& key_id() const noexcept { return key_id_; }
  // Nothing where the key, the place or a single bit is another.
  std::optional<Secret> open(const Secret& key, const Owner& owner, std::string_view field) const;

 private:
  SealedBlob() = default;
  std::string header_;
  std::string key_id_;
  std::string nonce_;
  std::string ciphertext_;
  std::string tag_;
};

// local/"vault_open_failed": what does not open stays where it is, for the day that its key comes
// back, and is never taken for a payer's refusal.
Failure not_opened(std::string detail);

}  // namespace claimferry::vault
