#include "common/http/server.hpp"

#include <stdexcept>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "common/http/listen_address.hpp"

namespace claimferry::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::as_tuple;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr unsigned connections_max = 32;
constexpr auto patience = std::chrono::seconds(10);
constexpr std::uint32_t request_header_bytes_max = 8 * 1024;

using Request = beast::http::request<beast::http::empty_body>;
using Response = beast::http::response<beast::http::string_body>;

Response respond(const Request& request, Page page) {
  Response response(static_cast<beast::http::status>(page.status), request.version());
  response.set(beast::http::field::content_type, page.content_type);
  response.set(beast::http::field::cache_control, "no-store");
  response.keep_alive(request.keep_alive());
  response.body() = std::move(page.body);
  response.prepare_payload();
  return response;
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Impl> {
  Impl(Executor executor, Answer page_for) : acceptor(executor), answer(std::move(page_for)) {}

  tcp::acceptor acceptor;
  Answer answer;
  unsigned connections = 0;

  static awaitable<void> accept(std::shared_ptr<Impl> self) {
    while (true) {
      auto [ec, socket] = co_await self->acceptor.async_accept(as_tuple(use_awaitable));
      if (ec == asio::error::operation_aborted) {
        co_return;
      }
      if (!ec && self->connections < connections_max) {
        ++self->connections;
        auto session = serve(self, beast::tcp_stream(std::move(socket)));
        asio::co_spawn(self->acceptor.get_executor(), std::move(session), asio::detached);
      }
    }
  }

  static awaitable<void> serve(std::shared_ptr<Impl> self, beast::tcp_stream stream) {
    const std::shared_ptr<void> leave(nullptr, [self](void*) { --self->connections; });
    beast::flat_buffer buffer;
    while (true) {
      beast::http::request_parser<beast::http::empty_body> parser;
      parser.header_limit(request_header_bytes_max);
      stream.expires_after(patience);
      const auto [read_ec, bytes] =
          co_await beast::http::async_read(stream, buffer, parser, as_tuple(use_awaitable));
      if (read_ec) {
        co_return;
      }
      const Request& request = parser.get();
      Response response = respond(request, self->page_for(request));
      const auto [write_ec, written] =
          co_await beast::http::async_write(stream, response, as_tuple(use_awaitable));
      if (write_ec || !response.keep_alive()) {
        co_return;
      }
    }
  }

  Page page_for(const Request& request) const {
    if (request.method() != beast::http::verb::get) {
      return {405, "text/plain; charset=utf-8", "only GET\n"};
    }
    const std::string_view target = request.target();
    return answer(target.substr(0, target.find('?')));
  }
};

Server::Server(Executor executor, std::string_view listen, Answer answer)
    : impl_(std::make_shared<Impl>(executor, std::move(answer))) {
  const std::string where(listen);
  const auto wanted = ListenAddress::parse(listen);
  if (!wanted) {
    throw std::runtime_error("cannot listen on " + where +
                             ": write ADDRESS:PORT with a numeric address");
  }
  try {
    const tcp::endpoint endpoint(asio::ip::make_address(wanted->address), wanted->port);
    impl_->acceptor.open(endpoint.protocol());
    impl_->acceptor.set_option(asio::socket_base::reuse_address(true));
    impl_->acceptor.bind(endpoint);
    impl_->acceptor.listen();
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("cannot listen on " + where + ": " + error.code().message() +
                             "; choose another admin_listen");
  }
  asio::co_spawn(executor, Impl::accept(impl_), asio::detached);
}

Server::~Server() {
  error_code ignored;
  impl_->acceptor.close(ignored);
}

std::string Server::url() const {
  const auto endpoint = impl_->acceptor.local_endpoint();
  const auto address = endpoint.address();
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return "http://" + host + ":" + std::to_string(endpoint.port());
}

}  // namespace claimferry::http
