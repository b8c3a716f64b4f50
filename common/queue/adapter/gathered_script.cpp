#include "common/queue/adapter/gathered_script.hpp"

#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/queue/adapter/lease_reply.hpp"
#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::queue {

namespace {

// Each caller's own element; a whole answer that is none of the script's is everyone's failure.
Result<redis::Reply> element(const redis::Script& script, const Result<redis::Reply>& reply,
                             std::size_t at, std::size_t count) {
  if (!reply) {
    return reply.failure();
  }
  const auto* answers = reply->array();
  if (answers == nullptr || answers->size() != count) {
    return unexpected_reply(script.name());
  }
  if (const std::string* text = (*answers)[at].text()) {
    return failure_of(redis::Error{*text});
  }
  return (*answers)[at];
}

}  // namespace

struct GatheredScript::Caller {
  Caller(const Executor& executor, std::vector<std::string> words)
      : arguments(std::move(words)),
        called(executor, boost::asio::steady_timer::time_point::max()) {}

  std::vector<std::string> arguments;
  boost::asio::steady_timer called;
  std::optional<Result<redis::Reply>> answer;
  bool leads = false;
};

// Whose turn it is to send. However its coroutine ends, whoever it sent for goes on, with an answer
// or without, and the next one has its turn.
class GatheredScript::Turn {
 public:
  Turn(GatheredScript& owner, std::shared_ptr<Caller> caller)
      : owner_(owner), caller_(std::move(caller)) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { end(); }

  // Their arguments, one after the other.
  std::vector<std::string> begin() {
    std::vector<std::string> words;
    for (auto& caller : owner_.next_group()) {
      words.insert(words.end(), caller->arguments.begin(), caller->arguments.end());
      group_.push_back(caller);
    }
    return words;
  }
  void answer(const Result<redis::Reply>& reply) {
    for (std::size_t at = 0; at < group_.size(); ++at) {
      if (const auto caller = group_[at].lock()) {
        caller->answer.emplace(element(owner_.script_, reply, at, group_.size()));
      }
    }
  }
  void end() {
    for (const auto& caller : std::exchange(group_, {})) {
      if (const auto known = caller.lock()) {
        known->called.cancel();
      }
    }
    if (std::exchange(caller_->leads, false)) {
      owner_.pass_on();
    }
  }

 private:
  GatheredScript& owner_;
  std::shared_ptr<Caller> caller_;
  std::vector<std::weak_ptr<Caller>> group_;
};

GatheredScript::Group GatheredScript::next_group() {
  Group group;
  while (!waiting_.empty() && group.size() < group_max) {
    if (auto caller = waiting_.front().lock()) {
      group.push_back(std::move(caller));
    }
    waiting_.pop_front();
  }
  return group;
}

void GatheredScript::pass_on() {
  on_its_way_ = false;
  while (!waiting_.empty()) {
    if (const auto next = waiting_.front().lock()) {
      on_its_way_ = true;
      next->leads = true;
      next->called.cancel();
      return;
    }
    waiting_.pop_front();
  }
}

awaitable<Result<redis::Reply>> GatheredScript::call(std::vector<std::string> arguments) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto caller = std::make_shared<Caller>(executor, std::move(arguments));
  Turn turn(*this, caller);
  waiting_.push_back(caller);
  if (on_its_way_) {
    co_await caller->called.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  } else {
    on_its_way_ = true;
    caller->leads = true;
  }
  if (caller->leads) {
    turn.answer(co_await call_script(redis_, script_, turn.begin()));
    turn.end();
  }
  if (!caller->answer) {
    // Cancelled, or whoever sent it was: it may have run or not.
    co_return Failure{FailureKind::local, "redis_disconnected", "the call was given up"};
  }
  co_return std::move(*caller->answer);
}

}  // namespace claimferry::queue
