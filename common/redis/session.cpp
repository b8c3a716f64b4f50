#include "common/redis/session.hpp"

#include <utility>

#include "common/base/assert.hpp"
#include "common/redis/attempt.hpp"
#include "common/redis/redirect.hpp"

namespace claimferry::redis {

Session::Session(std::shared_ptr<Link> link, std::string where, Duration deadline)
    : link_(std::move(link)), where_(std::move(where)), deadline_(deadline) {}

Session& Session::operator=(Session&& other) noexcept {
  if (this != &other) {
    end();
    link_ = std::move(other.link_);
    where_ = std::move(other.where_);
    deadline_ = other.deadline_;
  }
  return *this;
}

Session::~Session() {
  end();
}

awaitable<Result<Session>> Session::open(Executor executor, Endpoint endpoint, Duration deadline) {
  auto attempt = std::make_shared<Attempt>(executor, endpoint);
  auto opened = co_await Attempt::open(std::move(attempt), deadline);
  if (!opened) {
    co_return std::move(opened).failure();
  }
  co_return Session(*std::move(opened), endpoint.str(), deadline);
}

bool Session::alive() const noexcept {
  return link_ != nullptr && link_->alive();
}

awaitable<Result<Reply>> Session::command(Command command) {
  return run(link_, where_, std::move(command), deadline_);
}

awaitable<Result<Reply>> Session::command(Command command, Duration deadline) {
  return run(link_, where_, std::move(command), deadline);
}

awaitable<Result<Reply>> Session::run(std::shared_ptr<Link> link, std::string where,
                                      Command command, Duration deadline) {
  CLAIMFERRY_ASSERT(link != nullptr);
  if (!link->alive()) {
    co_return Failure{FailureKind::local, "redis_unreachable",
                      where + ": the connection of this conversation is over; nothing was sent"};
  }
  auto reply = co_await Link::command(link, std::move(command), deadline);
  if (!reply) {
    // Also when only the wait was cut short: what is not known to have run spoils what follows.
    link->end(reply.failure());
  } else if (detour_of(*reply) != Detour::none) {
    reply = not_served(*reply, link->where());
    link->end(reply.failure());
  }
  co_return reply;
}

void Session::end() noexcept {
  if (link_ != nullptr) {
    link_->end({FailureKind::local, "redis_disconnected",
                where_ + ": this conversation was ended; the command may or may not have run"});
  }
}

}  // namespace claimferry::redis
