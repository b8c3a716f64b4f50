#include "common/queue/adapter/enrolment.hpp"

#include "common/oauth/token_fingerprint.hpp"

namespace claimferry::queue {
namespace {

using vault::Field;

// The data key that stands there may be wrapped anew, or replaced, while the patient is sealed.
constexpr unsigned tries_max = 5;

}  // namespace

SealedMember seal_member(const vault::Vault& vault, const NewMember& member) {
  const auto [key, wrapped] = vault.new_data_key({member.payer, member.member});
  SealedMember sealed{member.member, member.payer, key.seal(Field::patient, member.patient),
                      key.seal(Field::refresh_token, member.refresh_token),
                      oauth::token_fingerprint(member.payer, member.member, member.refresh_token)};
  sealed.data_key = wrapped;
  sealed.by = member.by;
  sealed.consent = member.consent;
  sealed.consent_lasts = member.consent_lasts;
  sealed.begun_at = member.begun_at;
  sealed.seen_version = member.seen_version;
  sealed.refresh_token_life = member.refresh_token_life;
  if (member.access) {
    sealed.sealed_access_token = key.seal(Field::access_token, member.access->token);
    sealed.access_issued_at = member.access->issued_at;
    sealed.access_expires_at = member.access->expires_at;
  }
  return sealed;
}

awaitable<Result<Enqueued>> Enrolment::add(NewMember member) {
  SealedMember sealed = seal_member(vault_, member);
  for (unsigned tries = 1;; ++tries) {
    auto added = co_await members_.add_member(sealed);
    if (added || added.failure().code != "other_data_key" || tries == tries_max) {
      co_return added;
    }
    auto known = co_await this->known(member);
    if (!known) {
      co_return std::move(known.failure());
    }
    sealed.known = std::move(*known);
  }
}

awaitable<Result<SealedMember::Known>> Enrolment::known(NewMember member) {
  auto stored = co_await tokens_.load(member.member);
  if (!stored) {
    co_return std::move(stored.failure());
  }
  if (!*stored) {
    co_return SealedMember::Known();  // gone by now: as if they had never been
  }
  const auto key = vault_.unwrap({member.payer, member.member}, (*stored)->data_key);
  if (!key) {
    co_return Failure{FailureKind::permanent, "tokens_closed",
                      "this refresh token was handed in before, and " + key.failure().detail};
  }
  SealedMember::Known known{(*stored)->data_key, key->seal(Field::patient, member.patient)};
  co_return known;
}

}  // namespace claimferry::queue
