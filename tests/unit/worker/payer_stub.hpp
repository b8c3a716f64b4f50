// A payer for the tests of what speaks to it: answers at once, or holds each request until it is
// let go, and tells what was sent.
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
    sent.push_back(request.url);
    most_in_flight = std::max(most_in_flight, ++in_flight);
    bool cut = false;
    if (hold) {
      boost::asio::steady_timer let_go(co_await boost::asio::this_coro::executor,
                                       boost::asio::steady_timer::time_point::max());
      Held held{&let_go};
      held_.push_back(&held);
      co_await let_go.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
      std::erase(held_, &held);
      cut = !held.is_let_go;
    }
    --in_flight;
    if (cut) {
      co_return Failure{FailureKind::retryable, "cancelled", "cut short"};
    }
    co_return answers(request);
  }
  // The request that waits longest gets its answer.
  void let_go() {
    Held* first = held_.front();
    held_.pop_front();
    first->is_let_go = true;
    first->timer->cancel();
  }

  std::function<Answer(const http::Request&)> answers = [](const http::Request&) {
    return Answer(answer(200));
  };
  bool hold = false;
  std::vector<std::string> sent;
  unsigned in_flight = 0;
  unsigned most_in_flight = 0;

 private:
  struct Held {
    boost::asio::steady_timer* timer;
    bool is_let_go = false;
  };
  std::deque<Held*> held_;
};

}  // namespace claimferry::worker
