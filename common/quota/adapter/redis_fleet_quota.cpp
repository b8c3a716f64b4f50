#include "common/quota/adapter/redis_fleet_quota.hpp"

#include <algorithm>
#include <cstdlib>

#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::quota {
namespace {

using Arguments = std::vector<std::string>;

constexpr std::size_t numbers_of_answer = 14;

Failure unexpected(std::string_view what) {
  return {FailureKind::local, "redis_protocol",
          "Redis answered " + std::string(what) +
              " in an unknown shape; do all workers run the same release?"};
}

// Zero for what is no number or below it.
std::int64_t number_at(const redis::Reply::Array& array, std::size_t at) {
  const std::int64_t* number = array[at].integer();
  return number == nullptr ? 0 : std::max<std::int64_t>(*number, 0);
}

// What is barred in a way that this release does not know is barred as a whole.
Breaker breaker_of(std::int64_t change, std::int64_t barred, std::int64_t next_probe_in) {
  const auto known = static_cast<std::int64_t>(Barred::eob);
  return {static_cast<std::uint64_t>(change),
          barred > known ? Barred::everything : static_cast<Barred>(barred),
          Duration(next_probe_in)};
}

std::string_view to_string(BreakerWord word) noexcept {
  switch (word) {
    case BreakerWord::open:
      return "open";
    case BreakerWord::probe:
      return "probe";
    case BreakerWord::lost:
      return "lost";
    case BreakerWord::closed:
      return "closed";
  }
  return "";
}

// As many places as Redis keeps: a profile that comes back changed would be learned anew.
std::string decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

Arguments arguments_of(const Ask& ask) {
  Arguments arguments{ask.payer.str(),
                      decimal(ask.profile.rate),
                      decimal(ask.profile.burst),
                      decimal(ask.profile.floor),
                      decimal(ask.profile.ceiling),
                      decimal(ask.profile.backfill_share),
                      ask.shard,
                      std::to_string(ask.in_flight)};
  for (const unsigned wanted : ask.wanted) {
    arguments.push_back(std::to_string(wanted));
  }
  arguments.push_back(std::to_string(ask.given_back));
  arguments.push_back(std::to_string(ask.started));
  arguments.push_back(std::to_string(ask.served));
  arguments.push_back(std::to_string(ask.served_epoch));
  arguments.push_back(std::to_string(ask.pace));
  arguments.push_back(std::to_string(ask.epoch));
  arguments.push_back(std::to_string(ask.served_tokens));
  return arguments;
}

}  // namespace

RedisFleetQuota::RedisFleetQuota(redis::Client& redis)
    : redis_(redis), scripts_(queue::QueueScripts::shared()) {}

RedisFleetQuota::~RedisFleetQuota() = default;

awaitable<Result<Answer>> RedisFleetQuota::ask(Ask ask) {
  Arguments arguments = arguments_of(ask);
  auto reply = co_await queue::call_script(redis_, scripts_->quota_take, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  const redis::Reply::Array* numbers = reply->array();
  if (numbers == nullptr || numbers->size() != numbers_of_answer) {
    co_return unexpected("quota_take");
  }
  Answer answer;
  for (std::size_t at = 0; at < uses.size(); ++at) {
    answer.grant.granted[uses[at]] = static_cast<unsigned>(number_at(*numbers, at));
  }
  const std::int64_t* first_in = (*numbers)[4].integer();
  answer.grant.first_in = std::chrono::microseconds(first_in == nullptr ? 0 : *first_in);
  answer.grant.interval = std::chrono::microseconds(number_at(*numbers, 5));
  answer.grant.epoch = static_cast<std::uint64_t>(number_at(*numbers, 6));
  answer.quiet = Duration(number_at(*numbers, 7));
  answer.ask_again = Duration(number_at(*numbers, 8));
  const std::string* rate = (*numbers)[9].text();
  answer.rate = rate == nullptr ? 0 : std::strtod(rate->c_str(), nullptr);
  answer.probing = number_at(*numbers, 10) > 0;
  answer.breaker =
      breaker_of(number_at(*numbers, 13), number_at(*numbers, 11), number_at(*numbers, 12));
  co_return answer;
}

awaitable<Result<Quiet>> RedisFleetQuota::refused(Refusal refusal) {
  const std::int64_t asked = refusal.asked ? refusal.asked->count() : -1;
  Arguments arguments{refusal.payer.str(), std::to_string(refusal.epoch), std::to_string(asked),
                      std::to_string(static_cast<unsigned>(refusal.unit * 1'000'000)),
                      refusal.is_limit ? "1" : "0"};
  auto reply = co_await queue::call_script(redis_, scripts_->quota_refused, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  const redis::Reply::Array* numbers = reply->array();
  if (numbers == nullptr || numbers->size() != 3) {
    co_return unexpected("quota_refused");
  }
  Quiet quiet;
  quiet.epoch = static_cast<std::uint64_t>(number_at(*numbers, 0));
  quiet.how_long = Duration(number_at(*numbers, 1));
  quiet.begins = number_at(*numbers, 2) > 0;
  co_return quiet;
}

awaitable<Result<BreakerReply>> RedisFleetQuota::breaker(PayerName payer, BreakerWord word,
                                                         std::string shard, Barred barred,
                                                         Duration probe_for) {
  Arguments arguments{payer.str(), std::string(to_string(word)), std::move(shard),
                      std::to_string(static_cast<unsigned>(barred)), queue::text(probe_for)};
  auto reply = co_await queue::call_script(redis_, scripts_->quota_breaker, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  const redis::Reply::Array* numbers = reply->array();
  if (numbers == nullptr || numbers->size() != 4) {
    co_return unexpected("quota_breaker");
  }
  BreakerReply told;
  told.breaker = breaker_of(number_at(*numbers, 1), number_at(*numbers, 0), number_at(*numbers, 2));
  told.may_probe = number_at(*numbers, 3) > 0;
  co_return told;
}

}  // namespace claimferry::quota
