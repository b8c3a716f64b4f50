#include "tests/sandbox/model/grants.hpp"

#include <algorithm>
#include <utility>

namespace claimferry::sandbox {
namespace {

using namespace std::chrono_literals;

// A second use sooner than this is taken for theft.
constexpr auto late_retry_after = 60s;
// Beyond these, a member's oldest are forgotten; a forgotten refresh token is an unknown one.
constexpr std::size_t access_tokens_max = 16;
constexpr std::size_t spent_tokens_max = 8;
constexpr std::string_view scope_handed_out = "launch/patient patient/*.read";

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
  refresh_tokens_.emplace(grant.current, member);
  return grant.current;
}

std::string Grants::reopen(std::size_t member, WallTime now) {
  Grant& grant = grants_[member];
  expire_access_tokens(member);
  refresh_tokens_.erase(grant.current);
  for (const Spent& spent : std::exchange(grant.spent, {})) {
    refresh_tokens_.erase(spent.token);
  }
  grant.current = new_token();
  grant.current_since = now;
  grant.consented_on = now;
  grant.scope.clear();
  ++grant.generation;
  grant.revoked = false;
  refresh_tokens_.emplace(grant.current, member);
  return grant.current;
}

Grants::Outcome Grants::begin(const Consent& consent, const RefreshRules& rules, WallTime now) {
  reopen(consent.member, now);
  Grant& grant = grants_[consent.member];
  grant.scope = consent.scope;
  grant.consented_on = consent.given_at;
  Outcome outcome;
  outcome.member = consent.member;
  issue(grant, consent.member, rules, now, outcome);
  return outcome;
}

bool Grants::lives(const Grant& grant, const RefreshRules& rules, WallTime now) {
  return !grant.revoked && now <= grant.current_since + rules.refresh_lifetime;
}

Grants::Outcome Grants::refresh(std::string_view refresh_token, const RefreshRules& rules,
                                WallTime now) {
  const auto found = refresh_tokens_.find(std::string(refresh_token));
  if (found == refresh_tokens_.end()) {
    return {};
  }
  const std::size_t member = found->second;
  Grant& grant = grants_[member];
  if (refresh_token != grant.current) {
    return use_again(grant, member, refresh_token, rules, now);
  }
  Outcome outcome;
  outcome.member = member;
  if (!lives(grant, rules, now)) {
    return outcome;
  }
  if (rules.rotate) {
    rotate(grant, member, now);
  } else {
    grant.current_since = now;
  }
  issue(grant, member, rules, now, outcome);
  return outcome;
}

Grants::Outcome Grants::use_again(Grant& grant, std::size_t member, std::string_view token,
                                  const RefreshRules& rules, WallTime now) {
  Spent& spent = *std::ranges::find(grant.spent, token, &Spent::token);
  const bool late = now - spent.first_used_at >= late_retry_after;
  const bool first_late = late && !spent.retried_late;
  spent.retried_late = spent.retried_late || late;
  Outcome outcome;
  outcome.member = member;
  outcome.reuse = first_late ? Reuse::late_retry : Reuse::offence;
  if (!rules.grace) {
    revoke(member);
  } else if (first_late && &spent == &grant.spent.back() && lives(grant, rules, now)) {
    issue(grant, member, rules, now, outcome);
  }
  return outcome;
}

void Grants::rotate(Grant& grant, std::size_t member, WallTime now) {
  grant.spent.push_back({std::exchange(grant.current, new_token()), now});
  grant.current_since = now;
  refresh_tokens_.emplace(grant.current, member);
  if (grant.spent.size() > spent_tokens_max) {
    refresh_tokens_.erase(grant.spent.front().token);
    grant.spent.pop_front();
  }
}

void Grants::issue(Grant& grant, std::size_t member, const RefreshRules& rules, WallTime now,
                   Outcome& outcome) {
  outcome.granted = true;
  outcome.access_token = new_token();
  outcome.refresh_token = grant.current;
  outcome.scope = grant.scope.empty() ? scope_handed_out : grant.scope;
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

bool Grants::knows(std::string_view token) const {
  const std::string key(token);
  return refresh_tokens_.contains(key) || access_tokens_.contains(key);
}

std::vector<std::string> Grants::tokens_of(std::size_t member) const {
  const Grant& grant = grants_[member];
  std::vector<std::string> tokens(grant.access_tokens.begin(), grant.access_tokens.end());
  tokens.push_back(grant.current);
  for (const Spent& spent : grant.spent) {
    tokens.push_back(spent.token);
  }
  return tokens;
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
  random_ = SeededRandom(seed_);
}

}  // namespace claimferry::sandbox
