// Link: one open connection and the commands on their way over it. Pipelined; answers are matched
// in order. It ends at the first trouble, which every waiting command gets, and never comes back:
// reconnecting is the channel's business.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "common/redis/client.hpp"
#include "common/redis/codec.hpp"
#include "common/redis/endpoint.hpp"
#include "common/redis/stream.hpp"

namespace claimferry::redis {

// Handlers hold the link by shared_ptr, so that it may be let go of at any time.
class Link : public std::enable_shared_from_this<Link> {
 public:
  // where: the node as failures name it.
  Link(Stream stream, Address address, std::string where);

  void start() { read(); }
  bool alive() const noexcept { return !ended_; }
  bool has_unanswered() const noexcept { return !waiting_.empty(); }
  const Address& address() const noexcept { return address_; }
  const std::string& where() const noexcept { return where_; }
  bool is_encrypted() const noexcept { return stream_.is_encrypted(); }
  // Closes the socket. Commands that were never written get redis_unreachable; the others, which
  // may or may not have run, get `why`.
  void end(Failure why);
  // Ends once everything is answered; whoever holds it sends nothing more.
  void retire();

  static awaitable<Result<Reply>> command(std::shared_ptr<Link> link, Command command,
                                          Duration deadline);
  // Likewise, for who may have to send the same again.
  static awaitable<Result<Reply>> command(std::shared_ptr<Link> link,
                                          std::shared_ptr<const Command> command,
                                          Duration deadline);

  // For a link that subscribes: what is published is given to `heard` in its order, and at last why
  // the link ended. `heard` may not end the link. Without it a message is an answer that nobody
  // asked for.
  using Heard = std::function<void(Result<std::string>)>;
  void on_message(Heard heard) { heard_ = std::move(heard); }
  // Asks for a sign of life, without waiting: when no answer comes within the deadline the link
  // ends with redis_timeout. Any answer will do.
  void ping(Duration deadline);

 private:
  using Time = std::chrono::steady_clock::time_point;
  // Shared with the coroutine that waits, because either may go first.
  struct Waiting {
    explicit Waiting(const Executor& executor) : answered(executor, Time::max()) {}
    boost::asio::steady_timer answered;
    Time deadline;
    std::optional<Result<Reply>> reply;
    void answer(Result<Reply> with) {
      reply = std::move(with);
      answered.cancel();
    }
  };

  std::shared_ptr<Waiting> send(const Command& command, Duration deadline);
  void flush();
  void on_written(const boost::system::error_code& ec);
  void read();
  void on_read(const boost::system::error_code& ec, std::size_t size);
  void deliver();
  void end_when_idle();
  bool take_message(const Reply& reply);
  void watch(Time until);
  void on_watch();
  Failure disconnected(const boost::system::error_code& ec) const;
  std::string what_is_lost() const;

  Stream stream_;
  const Address address_;
  const std::string where_;
  std::optional<Failure> ended_;
  bool retired_ = false;
  std::deque<std::shared_ptr<Waiting>> waiting_;
  Heard heard_;

  std::string outgoing_;       // commands not yet given to the socket
  std::size_t unwritten_ = 0;  // how many: the last of waiting_
  std::string writing_;
  bool flushing_ = false;

  ReplyReader replies_;
  std::array<char, 16 * limits::KiB> received_;

  boost::asio::steady_timer watchdog_;
  bool watching_ = false;
};

}  // namespace claimferry::redis
