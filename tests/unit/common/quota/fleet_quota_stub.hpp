// The fleet's quota for the tests of who asks it: grants what is wanted at once, until a test says
// otherwise, counts each burst of 429s once, and tells what it was asked.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "common/quota/adapter/fleet_quota.hpp"

namespace claimferry::quota {

class FleetQuotaStub final : public FleetQuota {
 public:
  awaitable<Result<Answer>> ask(Ask ask) override {
    asks.push_back(ask);
    if (before_it_answers) {
      co_await before_it_answers();
    }
    if (away) {
      co_return *away;
    }
    if (!answers.empty()) {
      auto answer = std::move(answers.front());
      answers.pop_front();
      co_return answer;
    }
    if (otherwise) {
      co_return *otherwise;
    }
    Answer answer;
    answer.grant.granted = ask.wanted;
    answer.grant.epoch = epoch;
    co_return answer;
  }
  awaitable<Result<Quiet>> refused(Refusal refusal) override {
    const std::uint64_t of = refusal.epoch;
    const std::optional<Duration> asked = refusal.asked;
    refusals.push_back(std::move(refusal));
    if (away) {
      co_return *away;
    }
    if (lost_quiets > 0) {
      --lost_quiets;
      co_return Failure{FailureKind::local, "redis_unreachable", "the answer was lost"};
    }
    const bool begins = of >= epoch;
    epoch += begins ? 1 : 0;
    co_return Quiet{epoch, asked.value_or(quiet_of_its_own), begins};
  }
  awaitable<Result<BreakerReply>> breaker(PayerName, BreakerWord word, std::string, Barred barred,
                                          Duration) override {
    words.push_back(word);
    if (away) {
      co_return *away;
    }
    BreakerReply reply;
    reply.may_probe = word == BreakerWord::probe && may_probe;
    if (follows_words && word == BreakerWord::open) {
      fleet = {fleet.change + 1, barred, std::chrono::seconds(5)};
    } else if (follows_words && word == BreakerWord::closed) {
      fleet = {fleet.change + 1, Barred::nothing, Duration(0)};
    }
    reply.breaker = fleet;
    co_return reply;
  }
  // Permits that were asked for in all.
  unsigned wanted() const {
    unsigned sum = 0;
    for (const Ask& each : asks) {
      for (const unsigned count : each.wanted) {
        sum += count;
      }
    }
    return sum;
  }

  std::vector<Ask> asks;
  std::vector<Refusal> refusals;
  std::deque<Result<Answer>> answers;  // the next ones
  std::optional<Answer> otherwise;     // all after them
  std::optional<Failure> away;
  std::function<awaitable<void>()> before_it_answers;
  unsigned lost_quiets = 0;
  std::uint64_t epoch = 0;
  std::vector<BreakerWord> words;
  Breaker fleet;               // as it answers
  bool follows_words = false;  // opens and closes as it is told to
  bool may_probe = true;
  Duration quiet_of_its_own = std::chrono::seconds(1);  // where the payer names no end
};

}  // namespace claimferry::quota
