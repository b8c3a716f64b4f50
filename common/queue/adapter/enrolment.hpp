// Enrolment: a member's tokens on their way into the queue: sealed under a data key of this
// consent, and handed to it in one step with the first sync. Whose tokens they are, and that the
// payer gave them, the caller has seen to.
#pragma once

#include "common/oauth/adapter/token_store.hpp"
#include "common/queue/adapter/member_register.hpp"
#include "common/vault/vault.hpp"

namespace claimferry::queue {

struct NewMember {
  // Of an exchanged code; absent where a refresh token alone is handed in.
  struct Access {
    Secret token;
    WallTime issued_at;
    std::optional<WallTime> expires_at;  // absent: the payer named no end
  };

  MemberId member;
  PayerName payer;
  Secret patient;
  Secret refresh_token;
  std::optional<Access> access = {};
  std::string by = {};  // who adds the member, for the audit
  std::optional<oauth::Consent> consent = {};
  std::optional<Duration> consent_lasts = {};  // as SealedMember's
  std::optional<WallTime> begun_at = {};  // of the enrolment, by the store's clock; absent: now
  std::optional<std::uint64_t> seen_version = {};   // as SealedMember's
  std::optional<Duration> refresh_token_life = {};  // where the payer named one
};

// Under a fresh data key.
SealedMember seal_member(const vault::Vault& vault, const NewMember& member);

class Enrolment {
 public:
  // All outlive it.
  Enrolment(MemberRegister& members, oauth::TokenStore& tokens, const vault::Vault& vault)
      : members_(members), tokens_(tokens), vault_(vault) {}

  // As MemberRegister::add_member() answers. A refresh token that was handed in before keeps its
  // tokens and has its patient sealed under their data key; when that does not open, it is refused
  // (permanent, "tokens_closed"): what stands there may be all that is left of the consent.
  awaitable<Result<Enqueued>> add(NewMember member);

 private:
  awaitable<Result<SealedMember::Known>> known(NewMember member);

  MemberRegister& members_;
  oauth::TokenStore& tokens_;
  const vault::Vault& vault_;
};

}  // namespace claimferry::queue
