// Channel: commands to one Redis over one link at a time, opened when the first command needs it
// and again when it was lost, or when its node says that it no longer serves the keys: such a
// command has not run, and goes out again, a few times within its deadline. Attempts are spaced by
// backoff and serve everyone who waits: a command takes part in one attempt, and fails when that
// fails.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include <boost/asio/steady_timer.hpp>

#include "common/async/permits.hpp"
#include "common/base/backoff.hpp"
#include "common/redis/attempt.hpp"
#include "common/redis/endpoint.hpp"
#include "common/redis/link.hpp"

namespace claimferry::redis {

// Held by shared_ptr from its own coroutines; close() ends them, and afterwards nothing of what the
// owner lent (randomness) is touched.
class Channel : public std::enable_shared_from_this<Channel> {
 public:
  struct Options {
    Duration connect_deadline;
    unsigned in_flight_max;  // further commands wait their turn
    Backoff reconnect;
    // While commands go to a master that sentinels named, they are asked again so often: after a
    // failover the old one may serve on, and whatever it is told then is lost.
    Duration place_interval = std::chrono::seconds(2);
  };

  Channel(Executor executor, Endpoint endpoint, Options options, Random& random);

  static awaitable<Result<Reply>> command(std::shared_ptr<Channel> channel, Command command,
                                          Duration deadline);
  // Drops a link on which a command was given up while its answer may still come.
  void drop_unanswered();
  void close();

 private:
  bool usable() const noexcept { return link_ != nullptr && link_->alive(); }
  static awaitable<Result<void>> connect(std::shared_ptr<Channel> channel);
  void leave(const std::shared_ptr<Link>& link);
  void look_for_master();
  static awaitable<void> compare(std::shared_ptr<Channel> self, std::shared_ptr<Link> link);
  void begin_attempt();
  static awaitable<void> run(std::shared_ptr<Channel> self, std::shared_ptr<Attempt> attempt);
  void settle(Attempt::Opened opened);

  const Executor executor_;
  const Endpoint endpoint_;
  const Options options_;
  Random& random_;
  Permits in_flight_;
  std::shared_ptr<Link> link_;

  std::shared_ptr<Attempt> comparison_;  // a link to the master, to hold link_ against
  std::chrono::steady_clock::time_point next_look_;
  std::shared_ptr<Attempt> attempt_;
  boost::asio::steady_timer pause_;    // before an attempt
  boost::asio::steady_timer settled_;  // never expires; cancelled when an attempt is over
  std::chrono::steady_clock::time_point not_before_;
  unsigned failures_ = 0;
  std::optional<Failure> why_not_;
  bool closed_ = false;
};

}  // namespace claimferry::redis
