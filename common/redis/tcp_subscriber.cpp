#include "common/redis/tcp_subscriber.hpp"

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include "common/redis/attempt.hpp"
#include "common/redis/inbox.hpp"
#include "common/redis/link.hpp"

namespace claimferry::redis {
namespace {

Failure local(std::string code, std::string detail) {
  return {FailureKind::local, std::move(code), std::move(detail)};
}

// ["subscribe", channel, number of channels]
bool confirms(const Reply& reply, const std::string& channel) {
  const Reply::Array* parts = reply.array();
  return parts != nullptr && parts->size() == 3 && parts->at(0) == Reply{"subscribe"} &&
         parts->at(1) == Reply{channel};
}

}  // namespace

// One listen(). Whoever else knows of it holds it weakly: it goes with its coroutine, which may be
// destroyed at any time, and takes the connection with it.
struct TcpSubscriber::Listening {
  const Endpoint endpoint;
  const TcpSubscriberOptions options;
  const std::string channel;
  Inbox inbox;
  std::shared_ptr<Attempt> attempt;
  std::shared_ptr<Link> link;
  std::shared_ptr<Attempt> comparison;  // a link to the master, to hold this one against

  Listening(const Executor& executor, Endpoint where, TcpSubscriberOptions how, std::string what)
      : endpoint(std::move(where)),
        options(how),
        channel(std::move(what)),
        inbox(executor),
        attempt(std::make_shared<Attempt>(executor, endpoint)) {}
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  ~Listening() { close(); }

  void close() {
    const Failure why = local("redis_disconnected",
                              endpoint.str() + ": the subscription to " + channel + " was closed");
    inbox.close(why);
    attempt->give_up(why);
    if (comparison != nullptr) {
      comparison->give_up(why);
    }
    if (link != nullptr) {
      link->end(why);
    }
  }
  bool place_may_change() const { return endpoint.sentinels || !endpoint.further.empty(); }
  Failure cut_short() const {
    return local("redis_disconnected",
                 endpoint.str() + ": the wait for messages on " + channel + " was cut short");
  }
};

TcpSubscriber::TcpSubscriber(Executor executor, Endpoint endpoint, TcpSubscriberOptions options)
    : executor_(std::move(executor)), endpoint_(std::move(endpoint)), options_(options) {}

awaitable<Result<void>> TcpSubscriber::listen(std::string channel, std::function<void()> begun,
                                              std::function<void(std::string_view)> heard) {
  auto listening = std::make_shared<Listening>(executor_, endpoint_, options_, std::move(channel));
  if (closed_) {
    listening->inbox.close(local(
        "redis_unreachable", endpoint_.str() + ": this subscriber is closed; nothing was sent"));
  }
  std::erase_if(listening_, [](const auto& one) { return one.expired(); });
  listening_.push_back(listening);
  return run(std::move(listening), std::move(begun), std::move(heard));
}

void TcpSubscriber::close() {
  closed_ = true;
  for (const auto& one : std::exchange(listening_, {})) {
    if (const auto listening = one.lock()) {
      listening->close();
    }
  }
}

awaitable<Result<void>> TcpSubscriber::run(std::shared_ptr<Listening> listening,
                                           std::function<void()> begun,
                                           std::function<void(std::string_view)> heard) {
  auto connected = co_await connect(listening);
  if (!connected) {
    co_return connected;
  }
  auto subscribed = co_await subscribe(listening);
  if (!subscribed) {
    co_return subscribed;
  }
  begun();
  Inbox& inbox = listening->inbox;
  auto next_ping = std::chrono::steady_clock::now() + listening->options.ping_interval;
  auto next_look = std::chrono::steady_clock::now() + listening->options.place_interval;
  const Executor executor = co_await boost::asio::this_coro::executor;
  for (;;) {
    while (const auto message = inbox.take()) {
      heard(*message);
    }
    if (inbox.ended()) {
      co_return *inbox.ended();
    }
    if (std::chrono::steady_clock::now() >= next_ping) {
      listening->link->ping(listening->options.deadline);
      next_ping = std::chrono::steady_clock::now() + listening->options.ping_interval;
    }
    if (listening->place_may_change() && std::chrono::steady_clock::now() >= next_look) {
      look_for_master(executor, listening);
      next_look = std::chrono::steady_clock::now() + listening->options.place_interval;
    }
    const bool goes_on = co_await inbox.wait(next_ping);
    if (!goes_on) {
      co_return listening->cut_short();
    }
  }
}

// Beside the listening, because sentinels may hang.
void TcpSubscriber::look_for_master(Executor executor,
                                    const std::shared_ptr<Listening>& listening) {
  listening->comparison = std::make_shared<Attempt>(executor, listening->endpoint);
  boost::asio::co_spawn(executor,
                        compare(listening, listening->comparison, listening->options.deadline),
                        boost::asio::detached);
}

awaitable<void> TcpSubscriber::compare(std::weak_ptr<Listening> weak,
                                       std::shared_ptr<Attempt> attempt, Duration deadline) {
  auto opened = co_await Attempt::open(attempt, deadline);
  if (!opened) {
    co_return;  // no master is known now; that Redis is away is found by PING
  }
  const auto link = *std::move(opened);
  link->end(local("redis_unreachable", link->where() + " was found"));
  const auto listening = weak.lock();
  if (listening != nullptr && listening->link->address() != link->address()) {
    listening->inbox.end(
        local("redis_disconnected",
              listening->link->where() + " is no longer the master, which is " + link->where()));
  }
}

awaitable<Result<void>> TcpSubscriber::connect(std::shared_ptr<Listening> listening) {
  if (listening->inbox.ended()) {
    co_return *listening->inbox.ended();
  }
  auto opened = co_await Attempt::open(listening->attempt, listening->options.deadline);
  if (!opened) {
    co_return std::move(opened).failure();
  }
  listening->link = *std::move(opened);
  if (listening->inbox.ended()) {
    co_return *listening->inbox.ended();  // closed meanwhile
  }
  listening->link->on_message([weak = std::weak_ptr(listening)](Result<std::string> message) {
    const auto held = weak.lock();
    if (held == nullptr) {
      return;
    }
    if (message) {
      held->inbox.put(*std::move(message));
    } else {
      held->inbox.end(std::move(message).failure());
    }
  });
  co_return Result<void>();
}

awaitable<Result<void>> TcpSubscriber::subscribe(std::shared_ptr<Listening> listening) {
  Command command{"SUBSCRIBE", listening->channel};
  auto reply =
      co_await Link::command(listening->link, std::move(command), listening->options.deadline);
  if (!reply) {
    co_return std::move(reply).failure();
  }
  const std::string where = listening->endpoint.str();
  if (const Error* error = reply->error()) {
    co_return local("redis_refused", where + " refused the subscription to " + listening->channel +
                                         " (" + error->text +
                                         "); see the user's channels and commands (ACL LIST)");
  }
  if (!confirms(*reply, listening->channel)) {
    co_return local("redis_protocol", where + " did not confirm the subscription to " +
                                          listening->channel +
                                          "; is it a Redis of version 7? check redis.url");
  }
  if (listening->inbox.ended()) {
    co_return *listening->inbox.ended();
  }
  co_return Result<void>();
}

}  // namespace claimferry::redis
