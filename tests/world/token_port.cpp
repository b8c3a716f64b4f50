#include "tests/world/token_port.hpp"

namespace claimferry::world {

awaitable<Result<void>> TokenPort::store(queue::JobRef job, std::uint64_t expected,
                                         oauth::SealedTokens tokens) {
  const std::string name = job.member.str() + " " + std::to_string(expected) + " " + job.job.str();
  auto stored = co_await store_.store(job, expected, std::move(tokens));
  const bool is_refused = !stored && stored.failure().kind == FailureKind::lease_lost;
  if (!is_refused || around_.redis_forgot() || is_barred(job, expected)) {
    refused_for_nothing_.erase(name);
  } else if (!refused_for_nothing_.insert(name).second) {
    around_.fail("the tokens of member " + job.member.str() +
                 " were refused by the store, and nobody else's refresh stood before them");
  }
  co_return stored;
}

// By tokens that were stored since, or by a late retry of somebody else.
bool TokenPort::is_barred(const queue::JobRef& job, std::uint64_t expected) {
  const auto field = [this, &job](const char* of) {
    const auto reply = around_.redis.keys().call({"HGET", "cf-tok:{0}:" + job.member.str(), of});
    return reply.text() == nullptr ? std::string() : *reply.text();
  };
  return field("version") != std::to_string(expected) ||
         (field("intent_sends") == "2" &&
          field("intent_fence") != std::to_string(to_number(job.fence)));
}

}  // namespace claimferry::world
