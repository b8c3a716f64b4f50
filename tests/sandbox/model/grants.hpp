// What the payer knows of its tokens: one grant a member, with a single-use rotating refresh token
// and short-lived access tokens. Decides whether a token is good; knows no HTTP.
//
// A lost answer must not cost a member: with grace, the token that was spent last is honoured once
// more, a minute or later after its first use, and answered with the successor that was lost. Any
// other second use is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"

namespace claimferry::sandbox {

struct RefreshRules {
  bool grace = true;   // false: a second use of a refresh token ends the whole grant
  bool rotate = true;  // false: the refresh token stays
  std::optional<Duration> access_lifetime;
  Duration refresh_lifetime = std::chrono::seconds(2'682'000);  // unused
};

class Grants {
 public:
  enum class Reuse : std::uint8_t {
    none,
    late_retry,  // the first one of this token, a minute or later after it was spent
    offence      // sooner, or once too often
  };
  struct Outcome {
    bool granted = false;
    Reuse reuse = Reuse::none;
    std::size_t member = 0;
    std::string access_token;
    std::string refresh_token;
    std::string scope;
    WallTime consented_on{};
  };
  struct Consent {
    std::size_t member = 0;
    std::string scope;
    WallTime given_at{};
  };

  explicit Grants(std::uint64_t seed) : seed_(seed), random_(seed) {}

  // A new grant for the next member; members are numbered from 0 in order. Answers its refresh
  // token.
  std::string open(WallTime now);
  // The member consents anew, whatever became of the old grant. Answers a fresh refresh token.
  std::string reopen(std::size_t member, WallTime now);
  // As reopen(), by what a member consented to at the payer; with the first tokens of it.
  Outcome begin(const Consent& consent, const RefreshRules& rules, WallTime now);
  // Of the member's present grant: grows with each that is opened anew.
  std::uint64_t generation(std::size_t member) const { return grants_[member].generation; }
  Outcome refresh(std::string_view refresh_token, const RefreshRules& rules, WallTime now);
  // The member whose living access token this is.
  std::optional<std::size_t> member_of(std::string_view access_token, WallTime now) const;
  // Whether it is a token of ours, spent refresh tokens included as far as they are remembered.
  bool knows(std::string_view token) const;
  // Those of the member, refresh and access, spent ones too, as far as they are remembered.
  std::vector<std::string> tokens_of(std::size_t member) const;
  std::size_t refresh_tokens_remembered() const noexcept { return refresh_tokens_.size(); }

  void expire_access_token(std::string_view access_token);
  void expire_access_tokens(std::size_t member);
  // The member withdrew the consent: every token is dead.
  void revoke(std::size_t member);
  // All is forgotten, and the seed's sequence begins again.
  void clear();

 private:
  struct Spent {
    std::string token;
    WallTime first_used_at{};
    bool retried_late = false;
  };
  struct Grant {
    std::string current;
    WallTime current_since{};
    std::deque<Spent> spent;  // the last few, the newest last
    WallTime consented_on{};
    std::string scope;  // empty: of a grant that was handed out, what its app is known to ask for
    std::uint64_t generation = 0;
    bool revoked = false;
    std::deque<std::string> access_tokens;
  };
  struct AccessToken {
    std::size_t member;
    std::optional<WallTime> expires_at;
  };

  static bool lives(const Grant& grant, const RefreshRules& rules, WallTime now);
  Outcome use_again(Grant& grant, std::size_t member, std::string_view token,
                    const RefreshRules& rules, WallTime now);
  void rotate(Grant& grant, std::size_t member, WallTime now);
  void issue(Grant& grant, std::size_t member, const RefreshRules& rules, WallTime now,
             Outcome& outcome);
  std::string new_token();

  std::uint64_t seed_;
  SeededRandom random_;
  std::vector<Grant> grants_;
  std::unordered_map<std::string, std::size_t> refresh_tokens_;  // member by token
  std::unordered_map<std::string, AccessToken> access_tokens_;
};

}  // namespace claimferry::sandbox
