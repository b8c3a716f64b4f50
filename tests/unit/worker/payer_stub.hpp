// A payer for the tests of what speaks to it: answers at once, or holds each request while it is
// dialled or under way until it is let go, and tells what was sent.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/http/client.hpp"

namespace claimferry::worker {

inline http::Response answer(unsigned status, std::string_view body = "{}") {
  http::Response response;
  response.status = status;
  response.body = http::Body(body);
  return response;
}
inline http::Response quiet_please(std::string retry_after) {
  http::Response response = answer(429);
  response.headers.add("Retry-After", std::move(retry_after));
  return response;
}

class PayerStub final : public http::Client {
 public:
  using Answer = Result<http::Response>;

  awaitable<Answer> send(http::Request request) override {
    const bool dial_is_held = hold_dials;
    if (dial_is_held && !co_await held(&dialling_)) {
      co_return cut_short();
    }
    if (request.last_look) {
      if (auto why_not = request.last_look()) {
        co_return std::move(*why_not);
      }
    }
    sent.push_back(request.url);
    most_in_flight = std::max(most_in_flight, ++in_flight);
    bool is_whole = true;
    if (hold) {
      is_whole = co_await held(&held_);
    }
    --in_flight;
    if (!is_whole) {
      co_return cut_short();
    }
    co_return answers(request);
  }
  // The request that waits longest gets its answer, or its connection.
  void let_go() { let_go(held_); }
  void let_dial_go() { let_go(dialling_); }

  std::function<Answer(const http::Request&)> answers = [](const http::Request&) {
    return Answer(answer(200));
  };
  bool hold = false;
  bool hold_dials = false;
  std::vector<std::string> sent;
  unsigned in_flight = 0;
  unsigned most_in_flight = 0;

 private:
  struct Held {
    boost::asio::steady_timer* timer;
    bool is_let_go = false;
  };
  using AllHeld = std::deque<Held*>;

  static Failure cut_short() { return {FailureKind::retryable, "cancelled", "cut short"}; }
  // Whether it was let go, and not cut.
  static awaitable<bool> held(AllHeld* with) {
    boost::asio::steady_timer until(co_await boost::asio::this_coro::executor,
                                    boost::asio::steady_timer::time_point::max());
    Held one{&until};
    with->push_back(&one);
    co_await until.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    std::erase(*with, &one);
    co_return one.is_let_go;
  }
  static void let_go(AllHeld& those) {
    Held* first = those.front();
    those.pop_front();
    first->is_let_go = true;
    first->timer->cancel();
  }

  AllHeld held_;
  AllHeld dialling_;
};

}  // namespace claimferry::worker
