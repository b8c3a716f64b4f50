#include "tests/sandbox/model/grants.hpp"

#include <algorithm>
#include <utility>

namespace claimferry::sandbox {
namespace {

using namespace std::chrono_literals;

// IBM API Connect's default: a refresh token dies unused after 2,682,000 s.
constexpr auto refresh_token_lifetime = 2'682'000s;
// Beyond these, the oldest of a member's access tokens are forgotten.
constexpr std::size_t access_tokens_max = 16;

}  // namespace

std::string Grants::new_token() {
  return "AAI" + random_.hex(24);
}

std::string Grants::open(WallTime now) {
  const std::size_t member = grants_.size();
  Grant& grant = grants_.emplace_back();
  grant.current = new_token();
  grant.current_since = now;
  grant.consented_on = now;
  refresh_tokens_.emplace(grant.current, RefreshToken{member, std::nullopt});
  return grant.current;
}

Grants::Outcome Grants::refresh(std::string_view refresh_token, const RefreshRules& rules,
                                WallTime now) {
  const auto found = refresh_tokens_.find(std::string(refresh_token));
  if (found == refresh_tokens_.end()) {
    return {};
  }
  RefreshToken& token = found->second;
  const std::size_t member = token.member;
  Grant& grant = grants_[member];
  if (refresh_token != grant.current) {
    return use_again(grant, token, refresh_token == grant.previous, rules, now);
  }
  Outcome outcome;
  outcome.member = member;
  if (grant.revoked || now > grant.current_since + refresh_token_lifetime) {
    return outcome;
  }
  if (rules.rotate) {
    token.first_used_at = now;
    rotate(grant, member, now);
  } else {
    grant.current_since = now;
  }
  issue(grant, member, rules, now, outcome);
  return outcome;
}

Grants::Outcome Grants::use_again(Grant& grant, const RefreshToken& token, bool is_previous,
                                  const RefreshRules& rules, WallTime now) {
  Outcome outcome;
  outcome.member = token.member;
  outcome.reuse =
      now - token.first_used_at.value_or(now) <= 60s ? Reuse::within_a_minute : Reuse::later;
  if (!rules.grace) {
    revoke(token.member);
    return outcome;
  }
  if (is_previous && !grant.revoked) {
    issue(grant, token.member, rules, now, outcome);
  }
  return outcome;
}

void Grants::rotate(Grant& grant, std::size_t member, WallTime now) {
  grant.previous = std::exchange(grant.current, new_token());
  grant.current_since = now;
  refresh_tokens_.emplace(grant.current, RefreshToken{member, std::nullopt});
}

void Grants::issue(Grant& grant, std::size_t member, const RefreshRules& rules, WallTime now,
                   Outcome& outcome) {
  outcome.granted = true;
  outcome.access_token = new_token();
  outcome.refresh_token = grant.current;
  outcome.consented_on = grant.consented_on;
  AccessToken access{member, std::nullopt};
  if (rules.access_lifetime) {
    access.expires_at = now + *rules.access_lifetime;
  }
  access_tokens_.emplace(outcome.access_token, access);
  grant.access_tokens.push_back(outcome.access_token);
  if (grant.access_tokens.size() > access_tokens_max) {
    access_tokens_.erase(grant.access_tokens.front());
    grant.access_tokens.pop_front();
  }
}

std::optional<std::size_t> Grants::member_of(std::string_view access_token, WallTime now) const {
  const auto found = access_tokens_.find(std::string(access_token));
  if (found == access_tokens_.end() ||
      (found->second.expires_at && now >= *found->second.expires_at)) {
    return std::nullopt;
  }
  return found->second.member;
}

void Grants::expire_access_token(std::string_view access_token) {
  access_tokens_.erase(std::string(access_token));
}

void Grants::expire_access_tokens(std::size_t member) {
  for (const std::string& token : std::exchange(grants_[member].access_tokens, {})) {
    access_tokens_.erase(token);
  }
}

void Grants::revoke(std::size_t member) {
  grants_[member].revoked = true;
  expire_access_tokens(member);
}

void Grants::clear() {
  grants_.clear();
  refresh_tokens_.clear();
  access_tokens_.clear();
}

}  // namespace claimferry::sandbox
