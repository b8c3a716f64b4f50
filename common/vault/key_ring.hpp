// KeyRing: the key-encryption keys, read from a file that the operator mounts, and which of them
// wraps new data keys. What a wrapped key looks like is sealed_blob.hpp's business.
//
// The file: one key a line, `id:base64 of 32 bytes`; the key marked with a leading `*`, else the
// first, is the active one. Blank lines and lines that begin with # say nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/secret.hpp"
#include "common/vault/sealed_blob.hpp"

namespace claimferry::vault {

class KeyRing {
 public:
  // Failures are permanent/"key_file": they name the file, the line and the fix, never a key.
  static Result<KeyRing> parse(const Secret& text, std::string_view source);
  // Refuses a file that anyone but its owner may read.
  static Result<KeyRing> load(const std::string& path);

  const Key& active() const noexcept { return keys_[active_]; }
  // nullptr: no such key.
  const Key* find(std::string_view id) const noexcept;
  const std::vector<Key>& keys() const noexcept { return keys_; }

 private:
  KeyRing(std::vector<Key> keys, std::size_t active) : keys_(std::move(keys)), active_(active) {}

  std::vector<Key> keys_;
  std::size_t active_;
};

// Makes a file of one random key, mode 0600, durable when it returns; never overwrites. Answers the
// key's id.
Result<std::string> write_new_key_file(const std::string& path);

}  // namespace claimferry::vault
