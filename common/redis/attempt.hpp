// Attempt: one try at opening a link, within one deadline: through the sentinels to the master,
// through a cluster's nodes to the one that serves the keys, or to the one node that there is. It
// ends once, with a link ready for commands or with why there is none; trying again is its owner's
// business.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/redis/endpoint.hpp"
#include "common/redis/link.hpp"
#include "common/redis/stream.hpp"

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

  static awaitable<void> connect(std::shared_ptr<Attempt> self);
  static awaitable<Result<void>> through_nodes(std::shared_ptr<Attempt> self);
  static awaitable<Result<void>> through_sentinels(std::shared_ptr<Attempt> self);
  static awaitable<Result<TcpAddress>> find_master(std::shared_ptr<Attempt> self,
                                                   TcpAddress sentinel);
  static awaitable<Result<void>> reach(std::shared_ptr<Attempt> self, Address node);
  static awaitable<Result<void>> open_link(std::shared_ptr<Attempt> self, Endpoint node);
  void limit(Duration deadline);
  // One of so many that may be needed still: ends what is being opened when its share of the time
  // is over, so that a host that swallows packets leaves time for the others.
  void limit_step(std::size_t steps_left);
  void drop(const Failure& why);
  Failure late() const;
  void settle(Result<void> outcome);
  bool over() const noexcept { return outcome_.has_value(); }

  const Endpoint endpoint_;
  const Executor executor_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer step_;
  boost::asio::steady_timer settled_;  // never expires; cancelled when the attempt is over
  boost::asio::ip::tcp::resolver resolver_;
  Duration deadline_of_each_ = Duration::zero();
  std::string where_;  // what is being opened now
  bool shaking_hands_ = false;
  std::optional<Stream> stream_;
  std::shared_ptr<Link> link_;
  std::optional<Failure> dropped_;  // why the step was ended
  std::optional<Result<void>> outcome_;
};

}  // namespace claimferry::redis
