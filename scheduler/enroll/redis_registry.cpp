#include "scheduler/enroll/redis_registry.hpp"

#include "common/base/backoff.hpp"
#include "common/base/limits.hpp"

namespace claimferry::enroll {
namespace {

constexpr Backoff patience{std::chrono::milliseconds(100), std::chrono::seconds(2)};

queue::NewMember to_store(MemberRegistry::NewMember member, WallTime now) {
  queue::NewMember stored{std::move(member.member), std::move(member.payer),
                          Secret(std::move(*member.tokens.patient)),
                          std::move(*member.tokens.refresh_token)};
  queue::NewMember::Access access{std::move(member.tokens.access_token), now, std::nullopt};
  if (member.tokens.expires_in) {
    access.expires_at = now + *member.tokens.expires_in;
  }
  stored.access = std::move(access);
  stored.by = "enrolment";
  stored.consent = std::move(member.consent);
  stored.begun_at = member.begun_at;
  return stored;
}

}  // namespace

// The code is spent: until its tokens are stored they are here alone. So it is tried through short
// absences; the same tokens again change nothing.
awaitable<Result<void>> RedisRegistry::connect(NewMember member) {
  const SteadyTime give_up_at = ports_.clock.steady() + limits::registration_patience;
  const queue::NewMember stored = to_store(std::move(member), ports_.clock.wall());
  for (unsigned failures = 1;; ++failures) {
    auto added = co_await add(stored);
    const bool may_pass = !added && added.failure().kind == FailureKind::local &&
                          added.failure().code != "vault_open_failed";
    if (!may_pass || ports_.clock.steady() >= give_up_at) {
      co_return added;
    }
    co_await ports_.sleeper.sleep(patience.delay(failures, ports_.random) + Duration(1));
  }
}

awaitable<Result<void>> RedisRegistry::add(queue::NewMember member) {
  auto is_other = co_await is_somebody_else(member);
  if (!is_other) {
    co_return std::move(is_other.failure());
  }
  if (*is_other) {
    co_return Failure{FailureKind::permanent, "other_patient",
                      "the member id was signed in as another patient than the one it stands for"};
  }
  auto added = co_await enrolment_.add(std::move(member));
  if (!added) {
    co_return std::move(added.failure());
  }
  co_return Result<void>();
}

// A patient id is the payer's, and stays: another one is another person. Tokens that do not open
// any more say nothing; to consent anew is their cure.
awaitable<Result<bool>> RedisRegistry::is_somebody_else(queue::NewMember member) {
  auto stored = co_await ports_.tokens.load(member.member);
  if (!stored) {
    co_return std::move(stored.failure());
  }
  if (!*stored) {
    co_return false;
  }
  const auto key = ports_.vault.unwrap({member.payer, member.member}, (*stored)->data_key);
  if (!key) {
    co_return false;
  }
  const auto patient = key->open(vault::Field::patient, (*stored)->patient);
  co_return patient && !(*patient == member.patient);
}

}  // namespace claimferry::enroll
