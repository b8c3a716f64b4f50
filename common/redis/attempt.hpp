// Attempt: one try at opening a link: dial, greet, and one deadline over both. It ends once, with a
// link ready for commands or with why there is none; trying again is its owner's business.
#pragma once

#include <memory>
#include <optional>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/redis/endpoint.hpp"
#include "common/redis/link.hpp"

namespace claimferry::redis {

// Held by shared_ptr from its own handlers: a name server may hang for longer than anybody waits.
class Attempt : public std::enable_shared_from_this<Attempt> {
 public:
  using Opened = Result<std::shared_ptr<Link>>;

  Attempt(const Executor& executor, Endpoint endpoint);

  // Once an attempt. Nothing stays open when the wait for it is cut short, or its coroutine
  // destroyed.
  static awaitable<Opened> open(std::shared_ptr<Attempt> attempt, Duration deadline);
  // open() answers `why`, unless it has its answer.
  void give_up(Failure why);

 private:
  struct Owned;

  static awaitable<void> connect(std::shared_ptr<Attempt> self, Duration deadline);
  void limit(Duration deadline);
  void settle(Result<void> outcome);
  bool over() const noexcept { return outcome_.has_value(); }

  const Endpoint endpoint_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer settled_;  // never expires; cancelled when the attempt is over
  boost::asio::ip::tcp::resolver resolver_;
  Stream stream_;
  std::shared_ptr<Link> link_;
  std::optional<Result<void>> outcome_;
};

}  // namespace claimferry::redis
