#include "tests/unit/common/redis/fake_server.hpp"

#include <array>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace claimferry::redis {

using boost::asio::ip::tcp;
using boost::system::error_code;

struct FakeServer::Session : std::enable_shared_from_this<Session> {
  FakeServer* owner;
  tcp::socket socket;
  ReplyReader commands;  // a command is written as an array reply is
  std::array<char, 64 * 1024> bytes{};

  Session(FakeServer* server, tcp::socket accepted) : owner(server), socket(std::move(accepted)) {}

  void read() {
    socket.async_read_some(
        boost::asio::buffer(bytes),
        [self = shared_from_this()](error_code ec, std::size_t size) { self->on_read(ec, size); });
  }
  void on_read(error_code ec, std::size_t size) {
    if (owner == nullptr || !socket.is_open()) {
      return;
    }
    if (ec) {
      ++owner->disconnections;
      return;
    }
    commands.feed({bytes.data(), size});
    std::size_t count = 0;
    for (auto next = *commands.next(); next && owner != nullptr; next = *commands.next()) {
      Command command;
      for (const Reply& word : *next->array()) {
        command.push_back(*word.text());
      }
      ++count;
      take(std::move(command));
    }
    if (socket.is_open()) {
      owner->reads.push_back(count);
      read();
    }
  }
  void take(Command command) {
    if (command[0] == "PING" && owner->answers_ping) {
      send("+PONG\r\n");
      return;
    }
    owner->received.push_back(command);
    const auto answer = owner->handler ? owner->handler(command) : std::nullopt;
    if (answer) {
      send(*answer);
    }
  }
  void send(std::string_view answer) {
    error_code ignored;
    boost::asio::write(socket, boost::asio::buffer(answer), ignored);
  }
};

FakeServer::FakeServer(boost::asio::io_context& io)
    : acceptor_(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
  accept();
}

FakeServer::~FakeServer() {
  disconnect();
}

void FakeServer::accept() {
  acceptor_.async_accept([this](error_code ec, tcp::socket socket) {
    if (ec) {
      return;
    }
    ++connections;
    sessions_.push_back(std::make_shared<Session>(this, std::move(socket)));
    sessions_.back()->read();
    accept();
  });
}

Endpoint FakeServer::endpoint() const {
  Endpoint endpoint;
  endpoint.address = TcpAddress{"127.0.0.1", acceptor_.local_endpoint().port()};
  return endpoint;
}

void FakeServer::send(std::string_view bytes) {
  sessions_.back()->send(bytes);
}

void FakeServer::disconnect() {
  for (const auto& session : sessions_) {
    error_code ignored;
    session->socket.close(ignored);
    session->owner = nullptr;
  }
  sessions_.clear();
}

}  // namespace claimferry::redis
