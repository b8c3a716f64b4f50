#include "common/queue/adapter/redis_queue_upkeep.hpp"

#include "common/base/assert.hpp"
#include "common/base/limits.hpp"
#include "common/queue/adapter/lease_reply.hpp"
#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::queue {
namespace {

using Arguments = std::vector<std::string>;

constexpr WordsReply nothing_to_do{0, 0};
constexpr EraseReply nobody_leaves{0, 0};

Arguments under(const Term& term) {
  return {term.holder, term.number};
}

// The first numbers of a script's answer.
template <std::size_t N>
Result<std::array<unsigned, N>> numbers_of(std::string_view script,
                                           const Result<redis::Reply>& reply) {
  if (!reply) {
    return reply.failure();
  }
  std::array<unsigned, N> numbers{};
  for (std::size_t at = 0; at < N; ++at) {
    const auto number = number_at(*reply, at);
    if (!number || *number < 0) {
      return unexpected_reply(script);
    }
    numbers[at] = static_cast<unsigned>(*number);
  }
  return numbers;
}

Result<unsigned> number_of(std::string_view script, const Result<redis::Reply>& reply) {
  if (!reply) {
    return reply.failure();
  }
  if (reply->integer() == nullptr) {
    return unexpected_reply(script);
  }
  return static_cast<unsigned>(*reply->integer());
}

}  // namespace

RedisQueueUpkeep::RedisQueueUpkeep(redis::Client& redis, Random& random)
    : redis_(redis), random_(random), scripts_(QueueScripts::shared()) {}
RedisQueueUpkeep::~RedisQueueUpkeep() = default;

awaitable<Result<LeadReply>> RedisQueueUpkeep::lead(std::string holder, Duration lease,
                                                    Duration interval) {
  Arguments arguments{std::move(holder), text(lease), text(interval)};
  auto reply = co_await call_script(redis_, scripts_->lead, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  const auto* parts = reply->array();
  const auto left = number_at(*reply, 1);
  if (parts == nullptr || parts->front().text() == nullptr || !left) {
    co_return unexpected_reply("lead");
  }
  LeadReply answer{*parts->front().text(), Duration(*left)};
  co_return answer;
}

awaitable<Result<void>> RedisQueueUpkeep::resign(std::string holder) {
  auto reply = co_await lead(std::move(holder), Duration::zero(), Duration::zero());
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return Result<void>();
}

awaitable<Result<unsigned>> RedisQueueUpkeep::promote(Term term, unsigned count_max) {
  Arguments arguments = under(term);
  arguments.push_back(std::to_string(count_max));
  const auto reply = co_await call_script(redis_, scripts_->promote, std::move(arguments));
  co_return number_of("promote", reply);
}

awaitable<Result<PlanReply>> RedisQueueUpkeep::plan(Term term, PlanRequest request) {
  Arguments arguments = under(term);
  arguments.insert(arguments.end(),
                   {std::to_string(request.count_max), std::to_string(request.queue_ahead_max),
                    text(request.sweep_interval), request.window_since, text(request.retry_in),
                    random_.hex(16)});
  const auto reply = co_await call_script(redis_, scripts_->plan, std::move(arguments));
  const auto numbers = numbers_of<4>("plan", reply);
  if (!numbers) {
    co_return numbers.failure();
  }
  const auto [planned, known, full, more] = *numbers;
  const PlanReply answer{planned, known, full == 1, more == 1};
  co_return answer;
}

awaitable<Result<TidyReply>> RedisQueueUpkeep::tidy(Term term, unsigned count_max) {
  Arguments arguments = under(term);
  arguments.push_back(std::to_string(count_max));
  const auto reply = co_await call_script(redis_, scripts_->tidy, std::move(arguments));
  const auto numbers = numbers_of<3>("tidy", reply);
  if (!numbers) {
    co_return numbers.failure();
  }
  const auto [resumed, dropped, runs] = *numbers;
  const TidyReply answer{resumed, dropped, runs};
  co_return answer;
}

awaitable<Result<bool>> RedisQueueUpkeep::holds_any(std::string length_command, std::string key) {
  redis::Command command{std::move(length_command), std::string(root_key) + ":" + key};
  const auto length = co_await redis_.command(std::move(command));
  if (!length) {
    co_return length.failure();
  }
  if (const redis::Error* error = length->error()) {
    co_return failure_of(*error);
  }
  co_return length->integer() != nullptr && *length->integer() > 0;
}

awaitable<Result<WordsReply>> RedisQueueUpkeep::take_words(Term term, std::string stream,
                                                           redis::Script script) {
  const auto any = co_await holds_any("XLEN", std::move(stream));
  if (!any) {
    co_return any.failure();
  }
  if (!*any) {
    co_return nothing_to_do;
  }
  Arguments arguments = under(term);
  arguments.push_back(random_.hex(16));
  const auto reply = co_await call_script(redis_, script, std::move(arguments));
  const auto numbers = numbers_of<2>(script.name(), reply);
  if (!numbers) {
    co_return numbers.failure();
  }
  const auto [taken, refused] = *numbers;
  const WordsReply answer{taken, refused};
  co_return answer;
}

awaitable<Result<WordsReply>> RedisQueueUpkeep::take_inbox(Term term) {
  return take_words(std::move(term), "inbox", scripts_->take_inbox);
}

awaitable<Result<WordsReply>> RedisQueueUpkeep::carry_out(Term term) {
  return take_words(std::move(term), "commands", scripts_->carry_out);
}

awaitable<Result<unsigned>> RedisQueueUpkeep::expand(Term term, std::size_t queue_ahead_max) {
  const auto any = co_await holds_any("ZCARD", "open_batches");
  if (!any) {
    co_return any.failure();
  }
  if (!*any) {
    co_return 0U;
  }
  Arguments arguments = under(term);
  arguments.push_back(std::to_string(queue_ahead_max));
  arguments.push_back(random_.hex(16));
  const auto reply = co_await call_script(redis_, scripts_->expand, std::move(arguments));
  co_return number_of("expand", reply);
}

awaitable<Result<unsigned>> RedisQueueUpkeep::reconcile(Term term, std::vector<MemberId> members,
                                                        Duration spread) {
  CLAIMFERRY_ASSERT(members.size() <= limits::script_items_max);
  Arguments arguments = under(term);
  arguments.push_back(text(spread));
  for (const MemberId& member : members) {
    arguments.push_back(member.str());
  }
  const auto reply = co_await call_script(redis_, scripts_->reconcile, std::move(arguments));
  co_return number_of("reconcile", reply);
}

awaitable<Result<EraseReply>> RedisQueueUpkeep::erase(Term term) {
  const auto any = co_await holds_any("ZCARD", "erase_at");
  if (!any) {
    co_return any.failure();
  }
  if (!*any) {
    co_return nobody_leaves;
  }
  Arguments arguments = under(term);
  arguments.push_back(random_.hex(16));
  const auto reply = co_await call_script(redis_, scripts_->erase, std::move(arguments));
  const auto numbers = numbers_of<2>("erase", reply);
  if (!numbers) {
    co_return numbers.failure();
  }
  const auto [looked_at, erased] = *numbers;
  const EraseReply answer{looked_at, erased};
  co_return answer;
}

awaitable<Result<RetainReply>> RedisQueueUpkeep::retain(Term term, std::vector<MemberId> members,
                                                        Retention policy) {
  CLAIMFERRY_ASSERT(members.size() <= limits::script_items_max);
  Arguments arguments = under(term);
  arguments.insert(arguments.end(),
                   {random_.hex(16), text(policy.dormant_after), text(policy.dormant_notice),
                    text(policy.erase_after_withdrawal)});
  for (const MemberId& member : members) {
    arguments.push_back(member.str());
  }
  const auto reply = co_await call_script(redis_, scripts_->retain, std::move(arguments));
  const auto numbers = numbers_of<4>("retain", reply);
  if (!numbers) {
    co_return numbers.failure();
  }
  const auto [expired, noticed, paused, erasing] = *numbers;
  const RetainReply answer{expired, noticed, paused, erasing};
  co_return answer;
}

}  // namespace claimferry::queue
