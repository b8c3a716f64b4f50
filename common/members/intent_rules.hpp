// What may be noted of a refresh that leaves, and whose answer may be stored: the rules of
// lua/token_intent.lua and lua/token_store.lua, for tokens that a database keeps. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"

namespace claimferry::members {

// As it stands beside the tokens.
struct StandingIntent {
  std::uint64_t version = 0;    // of the tokens
  std::optional<Fence> fence;   // absent: no intent
  unsigned sends = 0;           // 1, or 2 after the one late retry
  std::optional<Fence> before;  // whose intent a late retry took the place of
};

struct IntentRequest {
  Fence fence;
  std::uint64_t version;
  unsigned sends;  // 0: none is left
};

// A request that did not leave is taken back by whoever noted it, with or without the lease.
bool takes_back(const StandingIntent& standing, const IntentRequest& request) noexcept;

struct IntentChange {
  enum class Kind : std::uint8_t { nothing, clear, set };
  Kind kind = Kind::nothing;
  Fence fence{};
  unsigned sends = 0;
  std::optional<Fence> before = {};
};
// permanent/"token_version": they were renewed, or another's refresh is under way. lease_lost: a
// later lease noted its own.
Result<IntentChange> decide_intent(const StandingIntent& standing, const IntentRequest& request);

enum class Storer : std::uint8_t {
  sent_it,   // its own intent stands
  outlived,  // a successor's late retry was refused, or did not reach the payer
  neither    // may store under its lease alone
};
Storer storer(const StandingIntent& standing, Fence fence) noexcept;

}  // namespace claimferry::members
