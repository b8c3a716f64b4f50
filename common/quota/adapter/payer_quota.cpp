#include "common/quota/adapter/payer_quota.hpp"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>

#include "common/async/rethrow.hpp"
#include "common/base/backoff.hpp"
#include "common/base/limits.hpp"

namespace claimferry::quota {
namespace {

constexpr Backoff redis_backoff{std::chrono::milliseconds(50), std::chrono::seconds(1),
                                std::chrono::milliseconds(50)};
// Of a 429 that the fleet could not be told of.
constexpr Backoff quiet_alone{std::chrono::seconds(1), std::chrono::minutes(2),
                              std::chrono::milliseconds(500)};
// Until the fleet's quota says how long it is.
constexpr Duration quiet_at_first = std::chrono::milliseconds(300);
constexpr unsigned refusals_told_max = 3;  // times
// Asked for so long before the last permit's slot that the answer is there in time.
constexpr Duration ask_ahead = std::chrono::milliseconds(10);
// As far as a grant reaches.
constexpr Duration horizon = std::chrono::milliseconds(80);
// Permits that nobody wanted for so long go back.
constexpr Duration kept_unwanted = std::chrono::milliseconds(30);
// The pump stays for the next request, and tells what it knows when it goes.
constexpr Duration linger = std::chrono::milliseconds(100);
constexpr Duration longest_nap = std::chrono::seconds(1);

Failure blocked(Duration how_long) {
  return {FailureKind::rate_limited, "payer_blocked", "the payer asked for quiet", how_long};
}

}  // namespace

// One request that waits. Lives in its coroutine; either may go first.
struct PayerQuota::Waiter {
  PayerQuota& owner;
  Use use;
  SteadyTime since;
  boost::asio::steady_timer called;
  std::optional<Waiting::iterator> place;
  std::optional<Turn> turn;
  std::optional<Failure> failure;

  Waiter(PayerQuota& quota, Use for_use, SteadyTime now)
      : owner(quota),
        use(for_use),
        since(now),
        called(quota.ports_.executor, boost::asio::steady_timer::time_point::max()) {
    Waiting& line = owner.waiting_[use];
    place = line.insert(line.end(), this);
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() { leave(); }

  void leave() {
    if (place) {
      owner.waiting_[use].erase(*place);
      place.reset();
    }
  }
  void call() {
    leave();
    called.cancel();
  }
};

PayerQuota::PayerQuota(Ports ports, Options options, PayerGate& gate, InFlightCap& in_flight)
    : ports_(std::move(ports)), options_(std::move(options)), gate_(gate), in_flight_(in_flight) {
  in_flight_.when_told([this] {
    if (has_waiters()) {
      alarm_.ring();
    }
  });
}

void PayerQuota::Turn::use() {
  if (!std::exchange(used_, true)) {
    ++owner_->started_;
  }
}

void PayerQuota::Turn::served() {
  ++owner_->served_;
  owner_->served_tokens_ += for_ == Use::token ? 1 : 0;
  owner_->served_epoch_ = std::max(owner_->served_epoch_, permit_.epoch);
  if (owner_->probing_) {
    owner_->next_ask_ = {};
    owner_->begin_pumping();  // everybody waits for what it heard
  }
}

void PayerQuota::end(Turn& turn) {
  --turns_;
  if (!turn.used_) {
    stock_.put_back(turn.permit_);
  }
  in_flight_.give_back();
}

void PayerQuota::Turn::finish() {
  PayerQuota& owner = *std::exchange(owner_, nullptr);
  owner.end(*this);
  owner.in_flight_.tell();
  if (!owner.has_waiters()) {
    owner.alarm_.ring();
  }
}

std::optional<Failure> PayerQuota::last_look(std::uint64_t epoch) const {
  const Duration quiet = gate_.remaining(ports_.clock.steady());
  if (quiet > Duration::zero()) {
    return blocked(quiet);
  }
  if (epoch < gate_.epoch()) {
    return blocked(Duration(1));
  }
  return std::nullopt;
}

bool PayerQuota::has_waiters() const noexcept {
  return std::ranges::any_of(waiting_, [](const Waiting& line) { return !line.empty(); });
}

awaitable<Result<PayerQuota::Turn>> PayerQuota::take(Use use) {
  const Duration quiet = gate_.remaining(ports_.clock.steady());
  if (quiet > limits::quota_short_wait_max) {
    co_return blocked(quiet);
  }
  Waiter waiter(*this, use, ports_.clock.steady());
  begin_pumping();
  // The pump may have begun at once and called it already: that call would be missed.
  if (waiter.place) {
    co_await waiter.called.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  if (waiter.turn) {
    co_return std::move(*waiter.turn);
  }
  co_return waiter.failure.value_or(
      Failure{FailureKind::retryable, "cancelled", "the wait for a turn was cut short"});
}

awaitable<Duration> PayerQuota::refused(std::uint64_t epoch, std::optional<Duration> asked,
                                        bool is_limit) {
  if (asked && *asked <= Duration::zero()) {
    asked.reset();
  }
  const bool was_quiet = gate_.remaining(ports_.clock.steady()) > Duration::zero();
  // At once, and only for a time: the number of the quiet is the fleet's to give.
  if (asked || epoch >= gate_.epoch()) {
    gate_.block(ports_.clock.steady() + asked.value_or(quiet_at_first), gate_.epoch());
  }
  Refusal refusal{options_.payer, epoch, asked, ports_.random.unit(), is_limit};
  auto quiet = co_await tell_refused(std::move(refusal));
  const SteadyTime now = ports_.clock.steady();
  if (quiet) {
    refused_alone_ = 0;
    gate_.block(now + quiet->how_long, quiet->epoch);
    if (quiet->begins) {
      ports_.observer.on(telemetry::PayerQuiet{options_.payer, quiet->how_long});
    }
  } else if (!asked) {
    refused_alone_ += was_quiet && refused_alone_ > 0 ? 0 : 1;
    gate_.block(now + quiet_alone.delay(refused_alone_, ports_.random), gate_.epoch());
  }
  co_return gate_.remaining(now);
}

// The whole fleet has to know: an answer that was lost is asked for again.
awaitable<Result<Quiet>> PayerQuota::tell_refused(Refusal refusal) {
  for (unsigned failures = 1;; ++failures) {
    auto quiet = co_await ports_.fleet.refused(refusal);
    if (quiet || failures == refusals_told_max) {
      co_return quiet;
    }
    co_await ports_.sleeper.sleep(redis_backoff.delay(failures, ports_.random));
  }
}

void PayerQuota::begin_pumping() {
  alarm_.ring();
  if (!pumping_) {
    pumping_ = true;
    boost::asio::co_spawn(ports_.executor, pump(), rethrow);
  }
}

awaitable<void> PayerQuota::pump() {
  failing_since_.reset();
  while (true) {
    const SteadyTime now = ports_.clock.steady();
    stock_.drop_before(gate_.epoch());
    stock_.drop_expired(now);
    turn_away(now);
    hand_out(now);
    if (has_waiters()) {
      wanted_last_ = now;
    }
    const Duration unwanted = std::chrono::floor<Duration>(now - wanted_last_);
    const bool gives_back = stock_.size() > 0 && unwanted >= kept_unwanted;
    const bool is_over = unwanted >= linger && turns_ == 0;
    const ByUse<unsigned> wants = wanted();
    const bool tells = is_over && (started_ > 0 || served_ > 0);
    const bool may_ask = now >= may_ask_from() && gate_.remaining(now) == Duration::zero();
    const bool asks = may_ask && (wants.sum() > 0 || (probing_ && served_ > 0));
    if (asks || gives_back || tells) {
      co_await ask(wants);
      if (asks || !is_over) {
        continue;
      }
    }
    if (is_over && !has_waiters()) {
      break;
    }
    const Duration pause = nap(now, wants);
    co_await alarm_.wait(ports_.sleeper, pause);
  }
  pumping_ = false;
}

// What waits too long is not kept from its slot: a quiet that is not short, or others before it.
void PayerQuota::turn_away(SteadyTime now) {
  if (const Duration quiet = gate_.remaining(now); quiet > limits::quota_short_wait_max) {
    fail_all(blocked(quiet));
  }
  const Failure waited{FailureKind::rate_limited, "quota_wait",
                       "the payer's rate was used by others for too long"};
  for (const Use use : uses) {
    Waiting& line = waiting_[use];
    while (!line.empty() && now - line.front()->since >= limits::quota_wait_max) {
      line.front()->failure = waited;
      line.front()->call();
    }
  }
}

void PayerQuota::fail_all(const Failure& failure) {
  for (const Use use : uses) {
    Waiting& line = waiting_[use];
    while (!line.empty()) {
      line.front()->failure = failure;
      line.front()->call();
    }
  }
}

void PayerQuota::hand_out(SteadyTime now) {
  if (gate_.remaining(now) > Duration::zero()) {
    return;
  }
  while (in_flight_.free() > 0 && has_waiters()) {
    const auto permit = stock_.take_due(now);
    if (!permit) {
      return;
    }
    Waiter& waiter = *next_for(permit->use);
    in_flight_.take();
    ++turns_;
    waiter.turn.emplace(*this, *permit, waiter.use);
    count_started(waiter.use, now, waiter.since);
    waiter.call();
  }
}

// A lane's permit is for the lane; where nobody of it waits, for the first of all.
PayerQuota::Waiter* PayerQuota::next_for(Use granted_to) {
  if (!waiting_[granted_to].empty()) {
    return waiting_[granted_to].front();
  }
  for (const Use use : uses) {
    if (!waiting_[use].empty()) {
      return waiting_[use].front();
    }
  }
  return nullptr;
}

void PayerQuota::count_started(Use use, SteadyTime now, SteadyTime since) {
  pace_of_starts_.count(now);
  ports_.observer.on(telemetry::PermitUsed{options_.payer, to_string(use),
                                           std::chrono::floor<Duration>(now - since)});
}

// No more than can start within the horizon: what the cap on requests in flight holds back would
// only be kept from others. Lower lanes are named, too: their share is theirs.
ByUse<unsigned> PayerQuota::wanted() const {
  ByUse<unsigned> wants;
  unsigned waiting = 0;
  for (const Waiting& line : waiting_) {
    waiting += static_cast<unsigned>(line.size());
  }
  const unsigned can_start =
      in_flight_.free() + pace_of_starts_.expected(horizon, ports_.clock.steady());
  unsigned left = std::min(waiting, can_start);
  const auto held = static_cast<unsigned>(stock_.size());
  if (left <= held) {
    return wants;
  }
  left -= held;
  const unsigned least = std::max(1U, left / 5);
  for (const Use use : uses) {
    const auto in_line = static_cast<unsigned>(waiting_[use].size());
    wants[use] = std::min(in_line, std::max(left, least));
    left -= std::min(left, wants[use]);
  }
  return wants;
}

// What is in stock is used first, but for the time that an answer takes.
SteadyTime PayerQuota::may_ask_from() const {
  const auto last = stock_.last_start();
  return last ? std::max(next_ask_, *last - ask_ahead) : next_ask_;
}

Duration PayerQuota::nap(SteadyTime now, const ByUse<unsigned>& wants) const {
  SteadyTime until = now + longest_nap;
  if (const Duration quiet = gate_.remaining(now); quiet > Duration::zero()) {
    return std::min(quiet, longest_nap);
  }
  if (has_waiters()) {
    if (const auto start = stock_.next_start(); start && in_flight_.free() > 0) {
      until = std::min(until, *start);
    }
    if (wants.sum() > 0) {
      until = std::min(until, may_ask_from());
    }
  } else {
    until = std::min(until, wanted_last_ + (stock_.size() > 0 ? kept_unwanted : linger));
    if (turns_ > 0 && stock_.size() == 0) {
      until = now + longest_nap;
    }
  }
  return std::max(Duration(1), std::chrono::ceil<Duration>(until - now));
}

awaitable<void> PayerQuota::ask(ByUse<unsigned> wants) {
  Ask ask{options_.payer, options_.profile, options_.shard};
  const SteadyTime asked_at = ports_.clock.steady();
  if (wants.sum() == 0) {
    ask.given_back = stock_.give_up(asked_at);
  }
  ask.in_flight = turns_ + static_cast<unsigned>(stock_.size());
  ask.wanted = wants;
  ask.started = std::exchange(started_, 0);
  ask.served = std::exchange(served_, 0);
  ask.served_epoch = served_epoch_;
  ask.served_tokens = std::exchange(served_tokens_, 0);
  ask.pace = std::exchange(pace_, 1'000);
  ask.epoch = gate_.epoch();
  const Ask told = ask;
  auto answer = co_await ports_.fleet.ask(std::move(ask));
  const SteadyTime now = ports_.clock.steady();
  if (!answer) {
    started_ += told.started;
    served_ += told.served;
    served_tokens_ += told.served_tokens;
    next_ask_ = now + redis_backoff.delay(++failures_, ports_.random);
    if (!failing_since_) {
      failing_since_ = asked_at;
    }
    if (now - *failing_since_ >= limits::quota_patience) {
      Failure failure = std::move(answer.failure());
      failure.kind = FailureKind::local;  // no job is to blame for what Redis says
      fail_all(failure);
    }
    co_return;
  }
  failing_since_.reset();
  failures_ = 0;
  probing_ = answer->probing;
  gate_.breaker().renew(answer->breaker, now);
  next_ask_ = now + answer->ask_again;
  if (answer->quiet > Duration::zero()) {
    gate_.block(now + answer->quiet, answer->grant.epoch);
  }
  stock_.add(answer->grant, now);
  for (const Use use : uses) {
    if (const unsigned granted = answer->grant.granted[use]; granted > 0) {
      ports_.observer.on(telemetry::PermitsGranted{options_.payer, to_string(use), granted});
    }
  }
  if (answer->rate != rate_) {
    rate_ = answer->rate;
    ports_.observer.on(telemetry::QuotaRate{options_.payer, rate_});
  }
}

}  // namespace claimferry::quota
