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
  stored.refresh_token_life = member.tokens.refresh_token_expires_in;
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
    const bool may_pass = !added && added.failure().kind == FailureKind::local;
    if (!may_pass || ports_.clock.steady() >= give_up_at) {
      co_return added;
    }
    co_await ports_.sleeper.sleep(patience.delay(failures, ports_.random) + Duration(1));
  }
}

// Looked at and written as one: who signs in to the same member id at the same time is looked at
// again, with the other's patient.
awaitable<Result<void>> RedisRegistry::add(queue::NewMember member) {
  constexpr unsigned tries_max = 5;
  for (unsigned tries = 1;; ++tries) {
    auto seen = co_await version_of_the_same(member);
    if (!seen) {
      co_return std::move(seen.failure());
    }
    member.seen_version = *seen;
    auto added = co_await enrolment_.add(member);
    if (added) {
      co_return Result<void>();
    }
    if (added.failure().code != "token_version" || tries == tries_max) {
      co_return std::move(added.failure());
    }
  }
}

// A patient id is the payer's, and stays: another one is another person. Of tokens that do not open
// here nobody can say whose they are.
awaitable<Result<std::uint64_t>> RedisRegistry::version_of_the_same(queue::NewMember member) {
  auto stored = co_await ports_.tokens.load(member.member);
  if (!stored) {
    co_return std::move(stored.failure());
  }
  if (!*stored) {
    co_return std::uint64_t{0};
  }
  const auto key = ports_.vault.unwrap({member.payer, member.member}, (*stored)->data_key);
  const auto patient =
      key ? key->open(vault::Field::patient, (*stored)->patient) : Result<Secret>(key.failure());
  if (!patient) {
    co_return Failure{FailureKind::permanent, "tokens_closed",
                      "whose tokens the member has cannot be told: " + patient.failure().detail +
                          "; bring the key back, or erase the member first"};
  }
  if (!(*patient == member.patient)) {
    co_return Failure{FailureKind::permanent, "other_patient",
                      "the member id was signed in as another patient than the one it stands for"};
  }
  co_return (*stored)->version;
}

}  // namespace claimferry::enroll
