#include "common/http/server.hpp"

#include <optional>
#include <stdexcept>
#include <tuple>
#include <typeinfo>
#include <unordered_map>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/core/demangle.hpp>

#include "common/async/rethrow.hpp"
#include "common/http/listen_address.hpp"

namespace claimferry::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::as_tuple;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::uint32_t request_header_bytes_max = 16 * 1024;
// The headers get a third of the patience: who says nothing holds a place that another could use.
constexpr int header_share = 3;
constexpr auto accept_pause = std::chrono::milliseconds(100);

using Request = beast::http::request<beast::http::string_body>;
using Response = beast::http::response<beast::http::string_body>;

// Lines of one name are one, in their order (RFC 9110 section 5.3): a proxy may append either way.
std::string all_lines_of(const Request& request, std::string_view name) {
  std::string joined;
  const auto [begin, end] = request.equal_range(name);
  for (auto line = begin; line != end; ++line) {
    joined += (joined.empty() ? "" : ", ") + std::string(line->value());
  }
  return joined;
}

ServerRequest take_apart(Request& request, const std::string& peer) {
  ServerRequest plain;
  const std::string_view target = request.target();
  const auto question = target.find('?');
  plain.method = request.method_string();
  plain.path = target.substr(0, question);
  if (question != std::string_view::npos) {
    plain.query = Secret(std::string(target.substr(question + 1)));
  }
  plain.authorization = Secret(request[beast::http::field::authorization]);
  plain.content_type = request[beast::http::field::content_type];
  plain.forwarded_for = all_lines_of(request, "X-Forwarded-For");
  plain.body = Secret(std::move(request.body()));
  plain.peer = peer;
  return plain;
}

Response respond(const Request& request, Page page) {
  Response response(static_cast<beast::http::status>(page.status), request.version());
  response.set(beast::http::field::content_type, page.content_type);
  response.set(beast::http::field::cache_control, "no-store");
  for (const auto& [name, value] : page.headers) {
    response.set(name, value);
  }
  response.keep_alive(request.keep_alive());
  response.body() = std::move(page.body);
  response.prepare_payload();
  if (request.method() == beast::http::verb::head) {
    // Content-Length says what a GET would bring; a body would be read as the next answer's
    // beginning (RFC 9110 section 9.3.2).
    response.body().clear();
  }
  return response;
}

// What can still be said to one whose request was not read to its end.
std::optional<Page> refusal(const error_code& ec) {
  constexpr auto text = "text/plain; charset=utf-8";
  if (ec == beast::http::error::body_limit) {
    return Page{413, text, "the body is too large\n"};
  }
  if (ec == beast::http::error::header_limit) {
    return Page{431, text, "the headers are too large\n"};
  }
  if (ec.category() == beast::http::make_error_code(beast::http::error::bad_method).category() &&
      ec != beast::http::error::end_of_stream && ec != beast::http::error::partial_message) {
    return Page{400, text, "this is no HTTP request\n"};
  }
  return std::nullopt;
}

std::string address_of(const tcp::socket& socket) {
  error_code ec;
  const auto endpoint = socket.remote_endpoint(ec);
  return ec ? std::string() : endpoint.address().to_string();
}

// Whose connection it is: an address of IPv6 stands for its /64, which is one household's.
std::string household_of(const tcp::socket& socket) {
  error_code ec;
  const auto address = socket.remote_endpoint(ec).address();
  if (address.is_v4() || address.to_v6().is_v4_mapped()) {
    return address.to_string();
  }
  return asio::ip::make_network_v6(address.to_v6(), 64).canonical().to_string();
}

// How many connections are open: all of them, and each household's.
class Connections {
 public:
  bool enter(const std::string& household, const ServerOptions& options) {
    if (all_ >= options.connections_max) {
      return false;
    }
    const auto place = by_household_.try_emplace(household, 0U).first;
    const unsigned most = options.connections_per_address_max;
    if (most > 0 && place->second >= most) {
      return false;
    }
    ++place->second;
    ++all_;
    return true;
  }
  void leave(const std::string& household) {
    --all_;
    const auto place = by_household_.find(household);
    if (--place->second == 0) {
      by_household_.erase(place);
    }
  }

 private:
  unsigned all_ = 0;
  std::unordered_map<std::string, unsigned> by_household_;
};

std::string type_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return boost::core::demangle(typeid(error).name());
  } catch (...) {
    return "no std::exception";
  }
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Impl> {
  Impl(Executor executor, Handler answer, ServerOptions chosen)
      : acceptor(executor), handler(std::move(answer)), options(std::move(chosen)) {}

  tcp::acceptor acceptor;
  Handler handler;
  ServerOptions options;
  Connections connections;

  // Until the acceptor is closed. close() may meet an accept that has just succeeded, so that no
  // error code tells of it.
  static awaitable<void> accept(std::shared_ptr<Impl> self) {
    asio::steady_timer timer(self->acceptor.get_executor());
    while (self->acceptor.is_open()) {
      auto [ec, socket] = co_await self->acceptor.async_accept(as_tuple(use_awaitable));
      if (!self->acceptor.is_open()) {
        co_return;
      }
      if (ec) {
        // Without file descriptors, the next try fails as soon.
        timer.expires_after(accept_pause);
        co_await timer.async_wait(as_tuple(use_awaitable));
        continue;
      }
      std::string household = household_of(socket);
      if (self->connections.enter(household, self->options)) {
        auto session = serve(self, beast::tcp_stream(std::move(socket)), std::move(household));
        // What a session throws (there is no memory, say) was the end of its connection, which has
        // left and is closed by now. To go on with the others is the point: no client shall end the
        // process.
        asio::co_spawn(self->acceptor.get_executor(), std::move(session),
                       [self](const std::exception_ptr& thrown) { self->tell(thrown); });
      }
    }
  }

  static awaitable<void> serve(std::shared_ptr<Impl> self, beast::tcp_stream stream,
                               std::string household) {
    const std::shared_ptr<void> leave(
        nullptr, [self, household](void*) { self->connections.leave(household); });
    const std::string peer = address_of(stream.socket());
    beast::flat_buffer buffer;
    while (true) {
      beast::http::request_parser<beast::http::string_body> parser;
      parser.header_limit(request_header_bytes_max);
      parser.body_limit(self->options.body_bytes_max);
      stream.expires_after(self->options.patience / header_share);
      auto [read_ec, bytes] =
          co_await beast::http::async_read_header(stream, buffer, parser, as_tuple(use_awaitable));
      if (!read_ec) {
        stream.expires_after(self->options.patience);
        std::tie(read_ec, bytes) =
            co_await beast::http::async_read(stream, buffer, parser, as_tuple(use_awaitable));
      }
      Request& request = parser.get();
      std::optional<Page> page = read_ec ? refusal(read_ec) : std::nullopt;
      if (read_ec && !page) {
        co_return;
      }
      if (!page) {
        stream.expires_never();
        page = co_await self->handled(take_apart(request, peer));
      }
      Response response = respond(request, std::move(*page));
      response.keep_alive(!read_ec && response.keep_alive());
      stream.expires_after(self->options.patience);
      const auto [write_ec, written] =
          co_await beast::http::async_write(stream, response, as_tuple(use_awaitable));
      if (write_ec || !response.keep_alive()) {
        co_return;
      }
    }
  }

  void tell(const std::exception_ptr& thrown) noexcept {
    if (!thrown || !options.on_throw) {
      return;
    }
    try {
      options.on_throw(type_of(thrown));
    } catch (const std::exception&) {
      // There is no memory even for this: nobody can be told.
    }
  }

  awaitable<Page> handled(ServerRequest request) {
    try {
      co_return co_await handler(std::move(request));
    } catch (const std::exception&) {
      tell(std::current_exception());
    }
    Page page;
    page.status = 500;
    page.body = "this went wrong on our side\n";
    co_return page;
  }
};

Server::Server(Executor executor, std::string_view listen, Handler handler, ServerOptions options)
    : impl_(std::make_shared<Impl>(executor, std::move(handler), std::move(options))) {
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
                             "; choose another " + impl_->options.setting);
  }
  asio::co_spawn(executor, Impl::accept(impl_), rethrow);
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
