// What the payer knows of its tokens: one grant a member, with a single-use rotating refresh token
// and short-lived access tokens. Decides whether a token is good; knows no HTTP.
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
  bool grace = true;   // the preceding token is honoured again while its successor is unused
  bool rotate = true;  // false: the refresh token stays
  std::optional<Duration> access_lifetime;
};

class Grants {
 public:
  // A second use of a refresh token, by the time since its first.
  enum class Reuse : std::uint8_t { none, within_a_minute, later };
  struct Outcome {
    bool granted = false;
    Reuse reuse = Reuse::none;
    std::size_t member = 0;
    std::string access_token;
    std::string refresh_token;
    WallTime consented_on{};
  };

  explicit Grants(std::uint64_t seed) : random_(seed) {}

  // A new grant for the next member; members are numbered from 0 in order. Answers its refresh
  // token.
  std::string open(WallTime now);
  Outcome refresh(std::string_view refresh_token, const RefreshRules& rules, WallTime now);
  // The member whose living access token this is.
  std::optional<std::size_t> member_of(std::string_view access_token, WallTime now) const;

  void expire_access_token(std::string_view access_token);
  void expire_access_tokens(std::size_t member);
  // The member withdrew the consent: every token is dead.
  void revoke(std::size_t member);
  void clear();

 private:
  struct Grant {
    std::string current;
    WallTime current_since{};
    std::string previous;  // the token that current came in exchange for
    WallTime consented_on{};
    bool revoked = false;
    std::deque<std::string> access_tokens;
  };
  struct RefreshToken {
    std::size_t member;
    std::optional<WallTime> first_used_at;
  };
  struct AccessToken {
    std::size_t member;
    std::optional<WallTime> expires_at;
  };

  Outcome use_again(Grant& grant, const RefreshToken& token, bool is_previous,
                    const RefreshRules& rules, WallTime now);
  void rotate(Grant& grant, std::size_t member, WallTime now);
  void issue(Grant& grant, std::size_t member, const RefreshRules& rules, WallTime now,
             Outcome& outcome);
  std::string new_token();

  SeededRandom random_;
  std::vector<Grant> grants_;
  std::unordered_map<std::string, RefreshToken> refresh_tokens_;  // spent ones too
  std::unordered_map<std::string, AccessToken> access_tokens_;
};

}  // namespace claimferry::sandbox
