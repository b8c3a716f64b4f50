#include "common/redis/link.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace claimferry::redis {

using boost::system::error_code;

Link::Link(Stream stream, Address address, std::string where)
    : stream_(std::move(stream)),
      address_(std::move(address)),
      where_(std::move(where)),
      watchdog_(stream_.get_executor()) {}

awaitable<Result<Reply>> Link::command(std::shared_ptr<Link> link, Command command,
                                       Duration deadline) {
  return Link::command(std::move(link), std::make_shared<const Command>(std::move(command)),
                       deadline);
}

awaitable<Result<Reply>> Link::command(std::shared_ptr<Link> link,
                                       std::shared_ptr<const Command> command, Duration deadline) {
  if (link->ended_) {
    co_return *link->ended_;
  }
  const auto waiting = link->send(*command, deadline);
  co_await waiting->answered.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  if (!waiting->reply) {
    co_return Failure{
        FailureKind::local, "redis_timeout",
        "the wait for " + link->where_ + " was cut short; the command may or may not have run"};
  }
  co_return std::move(*waiting->reply);
}

void Link::ping(Duration deadline) {
  if (!ended_) {
    send({"PING"}, deadline);
  }
}

std::shared_ptr<Link::Waiting> Link::send(const Command& command, Duration deadline) {
  auto waiting = std::make_shared<Waiting>(stream_.get_executor());
  waiting->deadline = std::chrono::steady_clock::now() + deadline;
  append_encoded(command, outgoing_);
  ++unwritten_;
  watch(waiting->deadline);
  waiting_.push_back(waiting);
  if (!flushing_) {
    flushing_ = true;
    // One turn of the loop before writing: what other coroutines have ready goes in one write.
    boost::asio::post(stream_.get_executor(), [self = shared_from_this()] { self->flush(); });
  }
  return waiting;
}

void Link::flush() {
  if (ended_ || outgoing_.empty()) {
    flushing_ = false;
    return;
  }
  writing_.clear();
  std::swap(writing_, outgoing_);
  unwritten_ = 0;
  stream_.write(
      boost::asio::buffer(writing_),
      [self = shared_from_this()](const error_code& ec, std::size_t) { self->on_written(ec); });
}

void Link::on_written(const error_code& ec) {
  if (ec && !ended_) {
    end(disconnected(ec));
  }
  flush();
}

void Link::read() {
  stream_.read_some(boost::asio::buffer(received_),
                    [self = shared_from_this()](const error_code& ec, std::size_t size) {
                      self->on_read(ec, size);
                    });
}

void Link::on_read(const error_code& ec, std::size_t size) {
  if (ended_) {
    return;
  }
  if (ec) {
    end(disconnected(ec));
    return;
  }
  replies_.feed({received_.data(), size});
  deliver();
  end_when_idle();
  if (!ended_) {
    read();
  }
}

void Link::retire() {
  retired_ = true;
  end_when_idle();
}

void Link::end_when_idle() {
  if (retired_ && waiting_.empty()) {
    end({FailureKind::local, "redis_unreachable", where_ + " serves other keys now"});
  }
}

void Link::deliver() {
  for (;;) {
    auto reply = replies_.next();
    if (!reply) {
      end({FailureKind::local, "redis_protocol",
           where_ + ": " + reply.failure().detail +
               "; is it a Redis of version 7? check redis.url"});
      return;
    }
    if (!reply->has_value()) {
      return;
    }
    if (heard_ && take_message(**reply)) {
      continue;
    }
    if (waiting_.empty()) {
      end({FailureKind::local, "redis_protocol",
           where_ + " answered what nobody asked; is it a Redis of version 7? check redis.url"});
      return;
    }
    waiting_.front()->answer(std::move(**reply));
    waiting_.pop_front();
  }
}

// ["message", channel, payload]: no command that a subscribed link sends is answered so.
bool Link::take_message(const Reply& reply) {
  const Reply::Array* parts = reply.array();
  if (parts == nullptr || parts->size() != 3 || parts->at(0) != Reply{"message"} ||
      parts->at(2).text() == nullptr) {
    return false;
  }
  heard_(*parts->at(2).text());
  return true;
}

// One timer a link, set to the first deadline. It is not moved at each answer, but looks again when
// it rings; only a command with an earlier deadline moves it.
void Link::watch(Time until) {
  if (watching_ && watchdog_.expiry() <= until) {
    return;
  }
  watching_ = true;
  watchdog_.expires_at(until);
  watchdog_.async_wait([self = shared_from_this()](const error_code& ec) {
    if (!ec) {
      self->on_watch();
    }
  });
}

void Link::on_watch() {
  watching_ = false;
  if (ended_ || waiting_.empty()) {
    return;
  }
  const auto deadline_of = [](const auto& waiting) { return waiting->deadline; };
  const Time first = deadline_of(*std::ranges::min_element(waiting_, {}, deadline_of));
  if (first <= std::chrono::steady_clock::now()) {
    end({FailureKind::local, "redis_timeout",
         where_ + " did not answer in time; " + what_is_lost() +
             ". Is Redis busy (SLOWLOG GET) or the network down?"});
    return;
  }
  watch(first);
}

void Link::end(Failure why) {
  if (ended_) {
    return;
  }
  ended_ = std::move(why);
  stream_.close();
  watchdog_.cancel();
  const Failure never_written{FailureKind::local, "redis_unreachable", ended_->detail};
  const std::size_t written = waiting_.size() - unwritten_;
  for (std::size_t at = 0; at < waiting_.size(); ++at) {
    waiting_[at]->answer(at < written ? *ended_ : never_written);
  }
  waiting_.clear();
  outgoing_.clear();
  if (heard_) {
    std::exchange(heard_, nullptr)(*ended_);
  }
}

Failure Link::disconnected(const error_code& ec) const {
  return {
      FailureKind::local, "redis_disconnected",
      where_ + " ended the connection (" + ec.message() + "); " + what_is_lost() + tls_advice(ec)};
}

std::string Link::what_is_lost() const {
  return heard_ ? "what is published now is not heard" : "the command may or may not have run";
}

}  // namespace claimferry::redis
