// Tokens as the store of record holds them (sealed) and as the token endpoint speaks of them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/base/secret.hpp"

namespace claimferry::oauth {

// Durable before a refresh leaves, so that a successor knows of a lost answer.
struct RefreshIntent {
  std::uint64_t version;  // of the tokens whose refresh token was about to be sent
  Fence fence;
  Duration age;    // since it was recorded, by the store's own clock
  unsigned sends;  // 1, or 2 after the one late retry
};

struct SealedTokens {
  std::uint64_t version = 0;  // grows by one with each store
  // Wrapped by the vault; seals all that follows. A store leaves it alone, so that it may be
  // wrapped anew in between.
  std::string data_key;
  std::string refresh_token;
  std::string access_token;  // empty: none yet
  std::optional<WallTime> access_issued_at;
  std::optional<WallTime> access_expires_at;  // absent with an access token: the payer named no end
  std::string patient;
  std::optional<RefreshIntent> intent;
  // Of a refresh token that is stored, where the payer named one; the store keeps alive by it and
  // does not load it.
  std::optional<Duration> refresh_token_life;
};

// A token endpoint's 200, parsed.
struct TokenAnswer {
  Secret access_token;
  std::optional<Secret> refresh_token;  // absent: keep the old one
  std::optional<Duration> expires_in;   // absent is not "expired"
  std::optional<Duration> refresh_token_expires_in;
  std::optional<std::string> patient;
  std::optional<std::string> scope;  // absent: as asked (RFC 6749 section 5.1)
  bool scope_is_unusable = false;    // there is one, and nobody can say what it grants
  std::optional<WallTime> consented_on;
};

}  // namespace claimferry::oauth
