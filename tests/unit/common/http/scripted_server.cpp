#include "tests/unit/common/http/scripted_server.hpp"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "common/async/awaitable.hpp"

namespace claimferry::http {

namespace asio = boost::asio;
using asio::as_tuple;
using asio::use_awaitable;
using asio::ip::tcp;

struct ScriptedServer::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& io, std::vector<Scripted> answers, asio::ssl::context* context)
      : acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        script(std::move(answers)),
        tls(context) {}

  tcp::acceptor acceptor;
  std::vector<Scripted> script;
  asio::ssl::context* tls;
  std::vector<std::string> requests;
  std::vector<std::weak_ptr<tcp::socket>> sockets;
  unsigned connections = 0;

  static awaitable<void> accept(std::shared_ptr<Impl> self) {
    while (true) {
      auto [ec, accepted] = co_await self->acceptor.async_accept(as_tuple(use_awaitable));
      if (ec) {
        co_return;
      }
      ++self->connections;
      auto socket = std::make_shared<tcp::socket>(std::move(accepted));
      self->sockets.push_back(socket);
      auto session = self->tls == nullptr ? serve_plain(self, socket) : serve_tls(self, socket);
      asio::co_spawn(self->acceptor.get_executor(), std::move(session), asio::detached);
    }
  }

  static awaitable<void> serve_plain(std::shared_ptr<Impl> self,
                                     std::shared_ptr<tcp::socket> socket) {
    co_await serve(self, *socket);
    boost::system::error_code ignored;
    socket->close(ignored);
  }

  static awaitable<void> serve_tls(std::shared_ptr<Impl> self,
                                   std::shared_ptr<tcp::socket> socket) {
    asio::ssl::stream<tcp::socket&> stream(*socket, *self->tls);
    const auto [ec] =
        co_await stream.async_handshake(asio::ssl::stream_base::server, as_tuple(use_awaitable));
    if (!ec) {
      co_await serve(self, stream);
    }
    boost::system::error_code ignored;
    socket->close(ignored);
  }

  template <class Stream>
  static awaitable<void> serve(std::shared_ptr<Impl> self, Stream& stream) {
    std::string buffer;
    while (true) {
      const auto [ec, size] = co_await asio::async_read_until(stream, asio::dynamic_buffer(buffer),
                                                              "\r\n\r\n", as_tuple(use_awaitable));
      if (ec || self->requests.size() >= self->script.size()) {
        co_return;
      }
      const Scripted& next = self->script[self->requests.size()];
      self->requests.push_back(buffer);
      buffer.clear();
      if (next.silent) {
        asio::steady_timer forever(stream.get_executor(), asio::steady_timer::time_point::max());
        co_await forever.async_wait(as_tuple(use_awaitable));
      }
      const auto [write_ec, written] =
          co_await asio::async_write(stream, asio::buffer(next.bytes), as_tuple(use_awaitable));
      if (write_ec || next.then_close) {
        co_return;
      }
    }
  }
};

ScriptedServer::ScriptedServer(asio::io_context& io, std::vector<Scripted> script,
                               asio::ssl::context* tls)
    : impl_(std::make_shared<Impl>(io, std::move(script), tls)) {
  asio::co_spawn(io, Impl::accept(impl_), asio::detached);
}

ScriptedServer::~ScriptedServer() {
  boost::system::error_code ignored;
  impl_->acceptor.close(ignored);
}

std::string ScriptedServer::url(const std::string& host) const {
  return (impl_->tls == nullptr ? "http://" : "https://") + host + ":" +
         std::to_string(impl_->acceptor.local_endpoint().port());
}

void ScriptedServer::close_connections() {
  for (unsigned index = 0; index < impl_->sockets.size(); ++index) {
    close_connection(index);
  }
}

void ScriptedServer::close_connection(unsigned index) {
  if (const auto socket = impl_->sockets.at(index).lock()) {
    boost::system::error_code ignored;
    socket->close(ignored);
  }
}

const std::vector<std::string>& ScriptedServer::requests() const {
  return impl_->requests;
}

unsigned ScriptedServer::connections() const {
  return impl_->connections;
}

unsigned ScriptedServer::open_connections() const {
  return static_cast<unsigned>(
      std::ranges::count_if(impl_->sockets, [](const auto& held) { return !held.expired(); }));
}

Scripted answer(const std::string& body, const std::string& more_headers,
                const std::string& status) {
  return {"HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
          more_headers + "\r\n" + body};
}

}  // namespace claimferry::http
