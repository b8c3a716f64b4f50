// Limit: ends the waits of one operation on a descriptor at its deadline. The operation asks
// passed() before each further wait.
#pragma once

#include <memory>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/base/clock.hpp"

namespace claimferry::postgres {

class Limit {
 public:
  Limit(boost::asio::posix::stream_descriptor& socket, Duration deadline)
      : timer_(socket.get_executor(), deadline), state_(std::make_shared<State>()) {
    state_->socket = &socket;
    timer_.async_wait([state = state_](const boost::system::error_code& ec) {
      if (!ec && state->socket != nullptr) {
        state->passed = true;
        boost::system::error_code ignored;
        state->socket->cancel(ignored);
      }
    });
  }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;
  ~Limit() { state_->socket = nullptr; }
  bool passed() const noexcept { return state_->passed; }

 private:
  struct State {
    boost::asio::posix::stream_descriptor* socket = nullptr;
    bool passed = false;
  };
  boost::asio::steady_timer timer_;
  std::shared_ptr<State> state_;
};

}  // namespace claimferry::postgres
