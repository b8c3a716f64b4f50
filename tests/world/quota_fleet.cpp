#include "tests/world/quota_fleet.hpp"

#include <algorithm>
#include <memory>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "common/quota/adapter/payer_quota.hpp"
#include "common/quota/adapter/redis_fleet_quota.hpp"
#include "tests/sandbox/model/payer_limits.hpp"
#include "tests/world/keyspace/memory_redis.hpp"
#include "tests/world/started_bound.hpp"
#include "tests/world/virtual_time.hpp"

namespace claimferry::world {
namespace {

using namespace std::chrono_literals;

constexpr WallTime begin_at{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
constexpr auto in_flight_allowance = 250ms;

class Silence final : public telemetry::Observer {
 public:
  void on(const telemetry::Event&) noexcept override {}
};

void rethrow(std::exception_ptr error) {
  if (error) {
    std::rethrow_exception(error);
  }
}

class QuotaFleet {
 public:
  explicit QuotaFleet(const QuotaFleetOptions& options)
      : options_(options), random_(options.seed), redis_([this] {
          return std::chrono::microseconds(time_.wall().time_since_epoch()).count();
        }) {
    limits_.configure(options.limit, time_.wall());
    for (unsigned number = 0; number < options.shards; ++number) {
      shards_.push_back(std::make_unique<Shard>(*this, number));
    }
  }
  QuotaFleet(const QuotaFleet&) = delete;
  QuotaFleet& operator=(const QuotaFleet&) = delete;
  ~QuotaFleet() { io_.reset(); }

  QuotaRun run() {
    for (auto& shard : shards_) {
      for (const quota::Use use : quota::uses) {
        for (unsigned number = 0; number < options_.demand[use]; ++number) {
          boost::asio::co_spawn(*io_, ask_for_ever(*shard, use), rethrow);
        }
      }
    }
    const SteadyTime begun = time_.steady();
    while (time_.steady() - begun < options_.lasts) {
      io_->restart();
      io_->poll();
      time_.advance_to_next();
    }
    for (std::size_t number = 0; number < run_.seconds.size(); ++number) {
      const WallTime from = begin_at + std::chrono::seconds(number);
      run_.seconds[number].truth = limits_.allowed(from, from + 1s).value_or(0);
    }
    run_.started_above_bound = bound_.most();
    return run_;
  }

 private:
  struct Shard {
    MemoryRedis redis;
    quota::RedisFleetQuota fleet;
    quota::PayerGate gate;
    quota::InFlightCap in_flight;
    quota::PayerQuota quota;

    Shard(QuotaFleet& of, unsigned number)
        : redis(of.redis_, [&of](MemoryRedis::Moment moment) { return of.touch(moment); }),
          fleet(redis),
          in_flight(of.options_.in_flight),
          quota({executor_of(*of.io_), of.time_, of.random_, of.time_, fleet, of.silence_},
                {PayerName::parse("payer").value(), of.options_.profile,
                 "shard-" + std::to_string(number)},
                gate, in_flight) {}
  };

  awaitable<Result<void>> touch(MemoryRedis::Moment moment) {
    if (moment == MemoryRedis::Moment::before) {
      ++second().redis_calls;
    }
    co_await time_.sleep(options_.redis_takes);
    co_return Result<void>();
  }

  std::size_t number_of(SteadyTime time) const {
    return static_cast<std::size_t>((time - begun_) / 1s);
  }
  QuotaSecond& second_at(std::size_t number) {
    if (run_.seconds.size() <= number) {
      run_.seconds.resize(number + 1);
    }
    return run_.seconds[number];
  }
  QuotaSecond& second() { return second_at(number_of(time_.steady())); }

  awaitable<void> ask_for_ever(Shard& shard, quota::Use use) {
    while (true) {
      const auto of_a_minute = (time_.steady() - begun_) % 1min;
      if (of_a_minute >= 1min - options_.idle_of_a_minute) {
        co_await time_.sleep(std::chrono::ceil<Duration>(1min - of_a_minute));
      }
      auto turn = co_await shard.quota.take(use);
      if (!turn) {
        const Duration pause = turn.failure().retry_after.value_or(1s) + 1ms;
        co_await time_.sleep(pause);
        continue;
      }
      co_await request(shard, std::move(*turn), use);
    }
  }

  awaitable<void> request(Shard& shard, quota::PayerQuota::Turn turn, quota::Use use) {
    const double rate = rate_in_force();
    bound_.started(time_.steady(), rate);
    turn.use();
    ++second().by_use[use];
    second().rate = rate;
    const auto spread = static_cast<Duration::rep>(
        random_.below(static_cast<std::uint64_t>(options_.latency.count()) / 2 + 1));
    co_await time_.sleep(options_.latency / 4 + Duration(spread / 2));
    const WallTime at = time_.wall();
    run_.during_quiet += at > quiet_from_ + in_flight_allowance && at < quiet_until_ ? 1 : 0;
    const auto verdict = limits_.take(sandbox::Counted::resource, "", at);
    ++(verdict.granted ? second().granted : second().refused);
    std::optional<Duration> asked;
    if (!verdict.granted && options_.limit.retry_after != sandbox::RetryAfter::none) {
      asked = std::max<Duration>(std::chrono::ceil<std::chrono::seconds>(verdict.wait), 1s);
      if (at >= quiet_until_) {
        quiet_from_ = at;
      }
      quiet_until_ = std::max(quiet_until_, at + *asked);
    }
    co_await time_.sleep(options_.latency / 4 + Duration(spread / 2));
    const std::uint64_t epoch = turn.epoch();
    if (verdict.granted) {
      turn.served();
      turn.finish();
    } else {
      turn.finish();
      co_await shard.quota.refused(epoch, asked);
    }
  }

  double rate_in_force() {
    const auto reply = redis_.keys().call({"HGET", "cf:{0}:quota:payer", "rate"});
    return reply.text() == nullptr ? 0 : std::strtod(reply.text()->c_str(), nullptr);
  }

  const QuotaFleetOptions& options_;
  SeededRandom random_;
  Silence silence_;
  VirtualTime time_{begin_at};
  const SteadyTime begun_ = time_.steady();
  MemoryRedisServer redis_;
  sandbox::PayerLimits limits_;
  WallTime quiet_from_{};
  WallTime quiet_until_{};
  QuotaRun run_;
  StartedBound bound_;
  std::unique_ptr<boost::asio::io_context> io_ = std::make_unique<boost::asio::io_context>(1);
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace

QuotaSecond QuotaRun::sum(Duration from, Duration to) const {
  QuotaSecond total;
  for (std::size_t at = 0; at < seconds.size(); ++at) {
    const Duration begins = std::chrono::seconds(at);
    if (begins < from || begins >= to) {
      continue;
    }
    const QuotaSecond& second = seconds[at];
    total.granted += second.granted;
    total.refused += second.refused;
    total.truth += second.truth;
    total.rate += second.rate;
    total.redis_calls += second.redis_calls;
    for (const quota::Use use : quota::uses) {
      total.by_use[use] += second.by_use[use];
    }
  }
  return total;
}

QuotaRun run_quota_fleet(const QuotaFleetOptions& options) {
  return QuotaFleet(options).run();
}

}  // namespace claimferry::world
