#include "common/queue/disposition.hpp"

#include "common/base/assert.hpp"
#include "common/base/limits.hpp"

namespace claimferry::queue {
namespace {

constexpr Backoff retry_backoff{limits::retry_delay_base, limits::retry_delay_max};
// A snooze never comes back at once: the cause is outside, and a second is what a payer's shortest
// window lasts.
constexpr Backoff snooze_backoff{limits::retry_delay_base, limits::retry_delay_max,
                                 Duration(1'000)};
constexpr Backoff local_backoff{limits::retry_delay_base, limits::local_delay_max, Duration(1'000)};

Settlement retry(const JobFacts& facts, Random& random) {
  Settlement settlement;
  const unsigned failures = facts.attempts + 1;
  if (failures >= limits::attempts_max) {
    settlement.verdict = Verdict::dead;
    return settlement;
  }
  settlement.verdict = Verdict::retry;
  settlement.delay = retry_backoff.delay(failures, random);
  return settlement;
}

Settlement snooze(Duration delay) {
  Settlement settlement;
  settlement.verdict = Verdict::snooze;
  settlement.delay = delay;
  return settlement;
}

Settlement terminal(Verdict verdict) {
  Settlement settlement;
  settlement.verdict = verdict;
  return settlement;
}

// What was asked for, plus up to a quarter so that a fleet does not return in one instant.
Duration asked_or_backoff(const Failure& failure, const JobFacts& facts, Random& random) {
  if (!failure.retry_after) {
    return snooze_backoff.delay(facts.snoozes + 1, random);
  }
  const Duration asked = *failure.retry_after;
  const auto spread = static_cast<std::uint64_t>(asked.count() / 4 + 250);
  return asked + Duration(static_cast<Duration::rep>(random.below(spread)));
}

// Cut at a character's begin: half of one is no UTF-8, and neither Redis' readers nor a log line
// would forgive it.
std::string cut(const std::string& text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) {
    return text;
  }
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return text.substr(0, end);
}

// Our own Redis or sink: what heals, heals soon, however often the job was snoozed for other
// causes.
Duration asked_or_soon(const Failure& failure, const JobFacts& facts, Random& random) {
  return failure.retry_after ? asked_or_backoff(failure, facts, random)
                             : local_backoff.delay(facts.snoozes + 1, random);
}

Settlement decide(const Failure& failure, const JobFacts& facts, Random& random) {
  switch (failure.kind) {
    case FailureKind::retryable:
      // "payer_down" is a request that was held back: nothing of the job's was tried.
      return facts.breaker_open || failure.code == "payer_down"
                 ? snooze(asked_or_backoff(failure, facts, random))
                 : retry(facts, random);
    case FailureKind::local:
      return snooze(asked_or_soon(failure, facts, random));
    case FailureKind::rate_limited:
      return snooze(asked_or_backoff(failure, facts, random));
    case FailureKind::reconsent_required:
      return terminal(Verdict::reconsent);
    case FailureKind::payer_refused:
      return snooze(asked_or_backoff(failure, facts, random));
    case FailureKind::resource_refused:
      return snooze(limits::resource_refused_delay);
    case FailureKind::permanent:
      return terminal(Verdict::dead);
    case FailureKind::drained:
      return terminal(Verdict::requeue);
    case FailureKind::lease_lost:
      return terminal(Verdict::abandon);
    case FailureKind::cancelled:
      return terminal(Verdict::cancelled);
  }
  CLAIMFERRY_ASSERT(false);
}

}  // namespace

std::string_view to_string(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::done:
      return "done";
    case Verdict::retry:
      return "retry";
    case Verdict::snooze:
      return "snooze";
    case Verdict::requeue:
      return "requeue";
    case Verdict::dead:
      return "dead";
    case Verdict::reconsent:
      return "reconsent";
    case Verdict::cancelled:
      return "cancelled";
    case Verdict::abandon:
      return "abandon";
  }
  return "unknown";
}

Settlement disposition(const Failure& failure, Stage stage, const JobFacts& facts, Random& random) {
  Settlement settlement = decide(failure, facts, random);
  if (settlement.verdict == Verdict::snooze && facts.age >= limits::job_age_max) {
    settlement = terminal(Verdict::dead);
  }
  settlement.stage = stage;
  settlement.code = failure.code;
  settlement.detail = cut(failure.detail, limits::failure_detail_bytes_max);
  return settlement;
}

}  // namespace claimferry::queue
