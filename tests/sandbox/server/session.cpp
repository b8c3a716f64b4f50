#include "tests/sandbox/server/session.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
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

bool client_is_gone(Socket& socket) {
  char byte = 0;
  boost::system::error_code ec;
  socket.non_blocking(true, ec);
  const std::size_t got = socket.receive(asio::buffer(&byte, 1), Socket::message_peek, ec);
  return got == 0 && ec != asio::error::would_block;
}

// Ends early when the client closes: what nobody waits for is no longer in progress. False then.
asio::awaitable<bool> pause(Socket& socket, Duration how_long) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT: the operator is all we want
  if (how_long <= Duration::zero()) {
    co_return true;
  }
  asio::steady_timer timer(co_await asio::this_coro::executor, how_long);
  auto elapsed = timer.async_wait(awaiting);
  auto readable = socket.async_wait(Socket::wait_read, awaiting);
  const auto first = co_await (std::move(elapsed) || std::move(readable));
  if (first.index() == 0) {
    co_return true;
  }
  if (client_is_gone(socket)) {
    co_return false;
  }
  co_await timer.async_wait(awaiting);  // a pipelined request waits its turn
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

// False: the connection is done for.
template <class Stream>
asio::awaitable<bool> deliver(Stream& stream, const Answer& answer, bool keep_alive,
                              std::size_t& bytes_sent) {
  const Transport& transport = answer.transport;
  if (!co_await pause(socket_of(stream), transport.delay)) {
    co_return false;
  }
  const bool whole = transport.ending == Transport::Ending::whole;
  const std::size_t body_bytes =
      whole ? answer.body.size() : std::min(transport.body_bytes_sent, answer.body.size());
  bool written_whole = false;
  if (whole || transport.head_sent) {
    const std::string head =
        response_head(answer.status, answer.headers, answer.body.size(), keep_alive);
    const std::string_view body = std::string_view(answer.body).substr(0, body_bytes);
    const Written written = co_await write_response(stream, head, body);
    bytes_sent = written.bytes;
    written_whole = written.complete;
  }
  if (transport.ending == Transport::Ending::reset) {
    reset_connection(socket_of(stream));
  }
  if (transport.ending == Transport::Ending::stall) {
    co_await pause(socket_of(stream), transport.stall);
  }
  co_return whole&& written_whole&& keep_alive;
}

PayerRequest payer_request(Parser& parser, bool foreign_host) {
  auto& message = parser.get();
  PayerRequest request;
  request.method = message.method_string();
  request.target = message.target();
  request.authorization = message[http::field::authorization];
  request.content_type = message[http::field::content_type];
  request.body = std::move(message.body());
  request.at = now();
  request.foreign_host = foreign_host;
  return request;
}

template <class Stream>
asio::awaitable<void> serve_requests(Stream& stream, Model& model, bool foreign_host) {
  boost::beast::flat_buffer buffer;
  bool keep_alive = true;
  while (keep_alive) {
    Parser parser;
    parser.body_limit(payer_body_bytes_max);
    if (!co_await read_request(stream, buffer, parser)) {
      break;
    }
    const bool wants_more = parser.get().keep_alive();
    const Answer answer = model.handle(payer_request(parser, foreign_host));
    std::size_t bytes_sent = 0;
    keep_alive = co_await deliver(stream, answer, wants_more, bytes_sent);
    model.finished(answer, bytes_sent, now());
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
