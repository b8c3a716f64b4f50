// What a worker's parts see of the world, for their tests: a clock that stands, sleeps that take no
// time, a queue that answers what it is told to and tells what it was asked, and the events.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "common/async/sleeper.hpp"
#include "common/http/client.hpp"
#include "common/queue/adapter/job_queue.hpp"
#include "common/telemetry/event.hpp"
#include "tests/unit/common/quota/fleet_quota_stub.hpp"
#include "tests/unit/worker/patient_sleeper.hpp"
#include "worker/payer.hpp"
#include "worker/running_jobs.hpp"

namespace claimferry::worker {

using namespace std::chrono_literals;
using quota::FleetQuotaStub;

// A sleep moves the clock, and nothing else.
class QuickSleeper final : public Sleeper {
 public:
  explicit QuickSleeper(StandingClock& clock) : clock_(clock) {}
  awaitable<void> sleep(Duration how_long) override {
    clock_.now += how_long;
    slept.push_back(how_long);
    if (on_sleep) {
      on_sleep();
    }
    co_return;
  }
  std::vector<Duration> slept;
  std::function<void()> on_sleep;  // a loop's test ends the loop in it

 private:
  StandingClock& clock_;
};

// The events that came, as short words.
class Events final : public telemetry::Observer {
 public:
  void on(const telemetry::Event& event) noexcept override { std::visit(*this, event); }

  void operator()(const telemetry::TokenRefreshed& e) {
    told.push_back("token " + std::string(e.outcome));
  }
  void operator()(const telemetry::RateLimited&) { told.emplace_back("rate_limited"); }
  void operator()(const telemetry::BreakerMoved& e) {
    told.emplace_back(e.open ? "breaker opened" : "breaker closed");
  }
  void operator()(const telemetry::GrantsStopped&) { told.emplace_back("grants stopped"); }
  void operator()(const telemetry::JobMalformed& e) { told.push_back("malformed " + e.job.str()); }
  void operator()(const telemetry::LocalTrouble& e) {
    told.push_back(std::string(e.what) + (e.over ? " back" : " away"));
  }
  void operator()(const telemetry::TokenUnpersisted&) { told.emplace_back("unpersisted"); }
  void operator()(const telemetry::DataKeyOpened& e) {
    ++(e.is_under_active_key ? keys_active : keys_older);
  }
  void operator()(const telemetry::JobSettled& e) {
    told.push_back("settled " + std::string(e.outcome) + " " + e.code);
  }
  void operator()(const telemetry::RequestStarted&) { ++requests; }
  void operator()(const telemetry::LeaseLost&) { told.emplace_back("lease lost"); }
  void operator()(const telemetry::WriteFenced&) { told.emplace_back("write fenced"); }
  void operator()(const telemetry::PermitUsed&) { ++permits_used; }
  void operator()(const telemetry::PayerQuiet&) { ++quiets; }

  void operator()(const telemetry::PayerClock& e) { clocks.push_back(e.ahead); }
  // No test asks for the others.
  template <class Other>
  void operator()(const Other&) {}

  bool saw(const std::string& what) const {
    return std::find(told.begin(), told.end(), what) != told.end();
  }
  std::vector<std::string> told;
  unsigned requests = 0;
  unsigned permits_used = 0;
  unsigned quiets = 0;
  std::vector<Duration> clocks;
  unsigned keys_active = 0;
  unsigned keys_older = 0;
};

class QueueStub final : public queue::JobQueue {
 public:
  awaitable<Result<void>> check_server() override { co_return Result<void>(); }
  awaitable<Result<queue::ClaimReply>> claim(queue::ClaimRequest request) override {
    if (request.payers.empty()) {
      asked.emplace_back("claim erasures");
      co_return queue::ClaimReply();
    }
    asked.push_back("claim " + std::to_string(request.count_max));
    claimed_for.push_back(request.payers);
    if (before_claim_answers) {
      co_await before_claim_answers();
    }
    if (claims.empty()) {
      if (when_no_more) {
        when_no_more();
      }
      co_return queue::ClaimReply();
    }
    auto reply = std::move(claims.front());
    claims.pop_front();
    co_return reply;
  }
  awaitable<Result<queue::HeartbeatReply>> heartbeat(std::vector<queue::JobRef> jobs,
                                                     Duration) override {
    asked.push_back("heartbeat " + std::to_string(jobs.size()));
    kept.insert(kept.end(), jobs.begin(), jobs.end());
    if (on_heartbeat) {
      on_heartbeat();
    }
    if (beats.empty()) {
      co_return queue::HeartbeatReply();
    }
    auto reply = std::move(beats.front());
    beats.pop_front();
    co_return reply;
  }
  awaitable<Result<void>> checkpoint(queue::JobRef, queue::Cursor cursor) override {
    asked.push_back("checkpoint " + cursor.str());
    co_return next_of(checkpoints);
  }
  awaitable<Result<void>> settle(queue::JobRef job, queue::Settlement settlement,
                                 queue::MemberUpdate update) override {
    asked.push_back("settle " + job.job.str() + " " + std::string(to_string(settlement.verdict)) +
                    " " + settlement.code);
    settled.push_back(std::move(settlement));
    updates.push_back(update);
    co_return next_of(settles);
  }
  awaitable<Result<void>> raise_fence(Fence above) override {
    asked.push_back("raise_fence " + std::to_string(to_number(above)));
    co_return next_of(raises);
  }
  awaitable<Result<queue::ReapReply>> reap(unsigned count_max, Duration next_due_in) override {
    reaps.emplace_back(count_max, next_due_in);
    co_return queue::ReapReply{0, 0};
  }
  awaitable<Result<Enqueued>> enqueue(MemberId, queue::JobKind, queue::Window,
                                      queue::Lane) override {
    co_return Failure{FailureKind::permanent, "not_here", ""};
  }
  awaitable<Result<Enqueued>> add_member(queue::SealedMember) override {
    co_return Failure{FailureKind::permanent, "not_here", ""};
  }
  awaitable<Result<queue::QueueStats>> stats() override { co_return queue::QueueStats(); }
  awaitable<Result<bool>> wait_for_work(Duration) override { co_return false; }

  std::vector<std::string> asked;
  std::vector<std::vector<queue::PayerCap>> claimed_for;
  std::vector<queue::JobRef> kept;
  std::deque<Result<queue::ClaimReply>> claims;
  std::deque<Result<queue::HeartbeatReply>> beats;
  // What the next calls answer; when there is none left, that all is well.
  std::deque<Result<void>> checkpoints;
  std::deque<Result<void>> settles;
  std::deque<Result<void>> raises;
  std::function<awaitable<void>()> before_claim_answers;
  std::function<void()> on_heartbeat;
  std::function<void()> when_no_more;
  std::vector<queue::Settlement> settled;
  std::vector<queue::MemberUpdate> updates;
  std::vector<std::pair<unsigned, Duration>> reaps;

 private:
  static Result<void> next_of(std::deque<Result<void>>& answers) {
    if (answers.empty()) {
      return {};
    }
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }
};

inline const PayerName payer_name = *PayerName::parse("aetna");

inline queue::Lease lease_of(const std::string& job, const std::string& member, std::uint64_t fence,
                             WallTime now) {
  return {{*JobId::parse(job), *MemberId::parse(member), Fence{fence}},
          payer_name,
          queue::JobKind::sync,
          queue::Lane::routine,
          {},
          std::nullopt,
          now,
          now + 30s,
          0,
          0,
          0};
}

inline Failure redis_away() {
  return {FailureKind::local, "redis_unreachable", "away"};
}

inline config::PayerConfig payer_profile() {
  config::PayerConfig config(payer_name);
  config.resource_base = "https://payer.test/fhir";
  config.token_url = "https://payer.test/token";
  config.client_id = "id";
  return config;
}

}  // namespace claimferry::worker
