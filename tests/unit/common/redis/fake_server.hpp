// FakeServer: a listener on a loopback port that answers each command as the test says, or not at
// all. Runs on the test's io_context.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "common/redis/codec.hpp"
#include "common/redis/endpoint.hpp"

namespace claimferry::redis {

class FakeServer {
 public:
  // The bytes to send; nullopt: nothing. PING is answered by the server unless `answers_ping` says
  // no.
  using Handler = std::function<std::optional<std::string>(const Command&)>;

  explicit FakeServer(boost::asio::io_context& io);
  ~FakeServer();

  Endpoint endpoint() const;
  void send(std::string_view bytes);  // on the newest connection
  void disconnect();                  // all of them

  Handler handler;
  bool answers_ping = true;
  unsigned connections = 0;
  unsigned disconnections = 0;     // by the client
  std::vector<Command> received;   // without those PINGs
  std::vector<std::size_t> reads;  // commands that arrived in each read

 private:
  struct Session;
  void accept();

  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<std::shared_ptr<Session>> sessions_;
};

}  // namespace claimferry::redis
