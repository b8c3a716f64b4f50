#include "tests/sandbox/server/session.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "tests/sandbox/server/response_head.hpp"

namespace claimferry::sandbox {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr auto awaiting = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t header_bytes_max = 64 << 10;
constexpr std::uint64_t payer_body_bytes_max = 64 << 10;
constexpr std::uint64_t control_body_bytes_max = 1 << 20;
constexpr std::size_t read_bytes = 4 << 10;
constexpr std::size_t pipelined_bytes_max = 64 << 10;

using TlsStream = asio::ssl::stream<Socket>;
using Parser = http::request_parser<http::string_body>;

Socket& socket_of(Socket& socket) {
  return socket;
}
Socket& socket_of(TlsStream& stream) {
  return stream.next_layer();
}

WallTime now() {
  return SystemClock().wall();
}

void close_connection(Socket& socket) noexcept {
  boost::system::error_code ec;
  socket.shutdown(Socket::shutdown_send, ec);
  socket.close(ec);
}

// Reads while it waits, because over TLS only a read tells a client's close_notify from a pipelined
// request. Ends early when the client closes: what nobody waits for is no longer in progress. False
// then. Pipelined bytes go to the buffer, where their turn comes.
template <class Stream>
asio::awaitable<bool> pause(Stream& stream, boost::beast::flat_buffer& buffer, Duration how_long) {
  if (how_long <= Duration::zero()) {
    co_return true;
  }
  asio::steady_timer timer(co_await asio::this_coro::executor, how_long);
  while (buffer.size() < pipelined_bytes_max) {
    // Both results are wanted: bytes that arrive as the time ends are not lost.
    auto either = asio::experimental::make_parallel_group(
        timer.async_wait(asio::deferred),
        stream.async_read_some(buffer.prepare(read_bytes), asio::deferred));
    auto [order, timer_ec, read_ec, bytes] =
        co_await either.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    buffer.commit(bytes);
    if (!timer_ec) {
      co_return true;
    }
    if (read_ec) {
      co_return false;
    }
  }
  co_await timer.async_wait(awaiting);
  co_return true;
}

template <class Stream>
asio::awaitable<bool> read_request(Stream& stream, boost::beast::flat_buffer& buffer,
                                   Parser& parser) {
  parser.header_limit(header_bytes_max);
  auto [ec, bytes] = co_await http::async_read(stream, buffer, parser, awaiting);
  co_return !ec;
}

// Answers how many bytes left, and whether all did.
struct Written {
  std::size_t bytes = 0;
  bool complete = false;
};

template <class Stream>
asio::awaitable<Written> write_response(Stream& stream, const std::string& head,
                                        std::string_view body) {
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(head),
                                                     asio::buffer(body.data(), body.size())};
  auto [ec, bytes] = co_await asio::async_write(stream, buffers, awaiting);
  Written written;
  written.bytes = bytes;
  written.complete = !ec;
  co_return written;
}

// What became of an answer.
struct Delivery {
  std::size_t bytes = 0;
  bool complete = false;    // as much as its transport lets pass
  bool keep_alive = false;  // false: the connection is done for
};

template <class Stream>
asio::awaitable<Delivery> deliver(Stream& stream, boost::beast::flat_buffer& buffer,
                                  const Answer& answer, bool keep_alive) {
  Delivery delivery;
  const Transport& transport = answer.transport;
  if (!co_await pause(stream, buffer, transport.delay)) {
    co_return delivery;
  }
  const bool whole = transport.ending == Transport::Ending::whole;
  const std::size_t body_bytes =
      whole ? answer.body.size() : std::min(transport.body_bytes_sent, answer.body.size());
  if (whole || transport.head_sent) {
    const std::string head =
        response_head(answer.status, answer.headers, answer.body.size(), keep_alive);
    const std::string_view body = std::string_view(answer.body).substr(0, body_bytes);
    const Written written = co_await write_response(stream, head, body);
    delivery.bytes = written.bytes;
    delivery.complete = written.complete;
  }
  if (transport.ending == Transport::Ending::reset) {
    reset_connection(socket_of(stream));
  }
  if (transport.ending == Transport::Ending::stall) {
    co_await pause(stream, buffer, transport.stall);
  }
  delivery.keep_alive = whole && delivery.complete && keep_alive;
  co_return delivery;
}

// Of the peer; empty when it is gone already.
std::string address_of(const Socket& socket) {
  boost::system::error_code ec;
  const auto peer = socket.remote_endpoint(ec);
  return ec ? "" : peer.address().to_string();
}

PayerRequest payer_request(Parser& parser, const std::string& address, bool foreign_host) {
  auto& message = parser.get();
  PayerRequest request;
  request.method = message.method_string();
  request.target = message.target();
  request.authorization = message[http::field::authorization];
  request.content_type = message[http::field::content_type];
  request.body = std::move(message.body());
  request.address = address;
  request.at = now();
  request.foreign_host = foreign_host;
  return request;
}

template <class Stream>
asio::awaitable<void> serve_requests(Stream& stream, Model& model, bool foreign_host) {
  const std::string address = address_of(socket_of(stream));
  boost::beast::flat_buffer buffer;
  bool keep_alive = true;
  while (keep_alive) {
    Parser parser;
    parser.body_limit(payer_body_bytes_max);
    if (!co_await read_request(stream, buffer, parser)) {
      break;
    }
    const bool wants_more = parser.get().keep_alive();
    const Answer answer = model.handle(payer_request(parser, address, foreign_host));
    const Delivery delivery = co_await deliver(stream, buffer, answer, wants_more);
    keep_alive = delivery.keep_alive;
    model.finished(answer, delivery.bytes, now(), delivery.complete);
  }
  close_connection(socket_of(stream));
}

}  // namespace

void reset_connection(Socket& socket) noexcept {
  boost::system::error_code ec;
  socket.set_option(asio::socket_base::linger(true, 0), ec);
  socket.close(ec);
}

asio::awaitable<void> serve_payer(Socket socket, asio::ssl::context* tls, Model& model,
                                  bool foreign_host) {
  if (tls == nullptr) {
    co_await serve_requests(socket, model, foreign_host);
    co_return;
  }
  TlsStream stream(std::move(socket), *tls);
  auto [ec] = co_await stream.async_handshake(asio::ssl::stream_base::server, awaiting);
  if (!ec) {
    co_await serve_requests(stream, model, foreign_host);
  }
}

asio::awaitable<void> serve_control(Socket socket, Model& model) {
  boost::beast::flat_buffer buffer;
  bool keep_alive = true;
  while (keep_alive) {
    Parser parser;
    parser.body_limit(control_body_bytes_max);
    if (!co_await read_request(socket, buffer, parser)) {
      break;
    }
    auto& message = parser.get();
    if (message.count(http::field::authorization) > 0) {
      model.token_elsewhere();
    }
    const std::string method(message.method_string());
    const std::string target(message.target());
    Control control(model);
    const ControlAnswer answer = control.handle(method, target, message.body(), now());
    const std::vector<std::pair<std::string, std::string>> headers = {
        {"Content-Type", answer.content_type}};
    keep_alive = message.keep_alive();
    const std::string head = response_head(answer.status, headers, answer.body.size(), keep_alive);
    const Written written = co_await write_response(socket, head, answer.body);
    keep_alive = keep_alive && written.complete;
  }
  close_connection(socket);
}

}  // namespace claimferry::sandbox
