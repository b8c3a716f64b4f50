#include "common/http/connection.hpp"

#include <stdexcept>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "common/base/limits.hpp"
#include "common/http/incoming_body.hpp"

namespace claimferry::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::as_tuple;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;

struct TlsContext::Impl {
  asio::ssl::context context{asio::ssl::context::tls_client};
};

TlsContext::TlsContext(const std::string& ca_file) : impl_(std::make_unique<Impl>()) {
  asio::ssl::context& context = impl_->context;
  error_code ec;
  if (ca_file.empty()) {
    context.set_default_verify_paths(ec);
  } else {
    context.load_verify_file(ca_file, ec);
  }
  if (ec) {
    throw std::runtime_error("cannot read trust anchors from " +
                             (ca_file.empty() ? "the system's store" : ca_file) + ": " +
                             ec.message() + "; see ca_file");
  }
  context.set_verify_mode(asio::ssl::verify_peer);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
}

TlsContext::~TlsContext() = default;

namespace {

// Beast reads in pieces of the buffer's spare capacity; a small one costs many reads.
constexpr std::size_t read_buffer_bytes = 256 * limits::KiB;

SteadyTime::clock::time_point time_point_of(SteadyTime deadline) {
  return deadline;
}

Failure network_failure(std::string code, const Url& url, const error_code& ec) {
  if (ec == asio::error::operation_aborted) {
    return {FailureKind::retryable, "cancelled", "the request was given up"};
  }
  if (ec == beast::error::timeout) {
    return {FailureKind::retryable, "timeout", url.origin() + " did not answer in time"};
  }
  return {FailureKind::retryable, std::move(code), url.origin() + ": " + ec.message()};
}

// Before the first byte of a request: the code says so also of a time-out, because a single-use
// token that never left is still good.
Failure not_opened(std::string code, const Url& url, const error_code& ec) {
  if (ec == beast::error::timeout) {
    return {FailureKind::retryable, std::move(code), url.origin() + " did not answer in time"};
  }
  return network_failure(std::move(code), url, ec);
}

Failure unusable(const Url& url, const error_code& ec) {
  using beast::http::error;
  if (ec == error::body_limit) {
    return {FailureKind::permanent, "body_too_large",
            url.origin() + " answered with a body larger than the limit"};
  }
  if (ec == error::header_limit) {
    return {FailureKind::permanent, "header_too_large",
            url.origin() + " answered with a header larger than " +
                std::to_string(limits::header_bytes_max) + " bytes"};
  }
  const bool is_http = ec.category() == make_error_code(error::end_of_stream).category();
  const bool cut_off = ec == error::end_of_stream || ec == error::partial_message;
  return network_failure(is_http && !cut_off ? "bad_response" : "connection_lost", url, ec);
}

using Message = beast::http::request<beast::http::string_body>;
using Parser = beast::http::response_parser<beast::http::buffer_body>;

Message message_for(const Request& request, const Url& url) {
  using beast::http::field;
  const bool is_post = request.method == Method::post;
  Message message(is_post ? beast::http::verb::post : beast::http::verb::get, url.target, 11);
  message.set(field::host, url.host_header);
  message.set(field::user_agent, "claimferry/" CLAIMFERRY_VERSION);
  message.set(field::accept,
              is_post ? "application/json" : "application/fhir+json, application/json");
  message.set(field::accept_encoding, "gzip");
  if (!request.authorization.empty()) {
    message.set(field::authorization, request.authorization.reveal());
  }
  if (is_post) {
    message.set(field::content_type, "application/x-www-form-urlencoded");
    message.body() = request.form.reveal();
    message.prepare_payload();
  }
  return message;
}

// One answer while it is read.
struct Answer {
  Answer(ByteBudget& budget, Url asked, std::size_t bytes_max, SteadyTime deadline)
      : url(std::move(asked)), body(budget, bytes_max, deadline) {
    parser.header_limit(limits::header_bytes_max);
    parser.body_limit(bytes_max);
  }

  Url url;
  Parser parser;
  IncomingBody body;

  bool is_compressed() const {
    const auto encoding = parser.get()[beast::http::field::content_encoding];
    return !encoding.empty() && encoding != "identity";
  }
  Response response() {
    Response response;
    response.status = parser.get().result_int();
    for (const auto& field : parser.get()) {
      response.headers.add(std::string(field.name_string()), std::string(field.value()));
    }
    return response;
  }
};
using AnswerPtr = std::shared_ptr<Answer>;

struct Lookup {
  explicit Lookup(const Executor& executor) : resolver(executor) {}
  tcp::resolver resolver;
  bool late = false;
};

template <class Stream>
class StreamConnection final : public Connection {
 public:
  template <class... Args>
  StreamConnection(ByteBudget& budget, Args&&... args)
      : budget_(budget), stream_(std::forward<Args>(args)...) {
    buffer_.reserve(read_buffer_bytes);
  }

  awaitable<Result<void>> open(Url url, SteadyTime deadline) override {
    auto addresses = co_await resolve(url, deadline);
    if (!addresses) {
      co_return std::move(addresses.failure());
    }
    auto& lowest = beast::get_lowest_layer(stream_);
    lowest.expires_at(time_point_of(deadline));
    const auto [ec, endpoint] = co_await lowest.async_connect(*addresses, as_tuple(use_awaitable));
    if (ec) {
      co_return not_opened("connect_failed", url, ec);
    }
    error_code ignored;
    lowest.socket().set_option(tcp::no_delay(true), ignored);
    co_return co_await shake_hands(url);
  }

  awaitable<Exchanged> exchange(Request request, Url url, SteadyTime deadline) override {
    // A process that stood still sends nothing late: by then a successor may have used the token.
    if (SteadyTime::clock::now() >= time_point_of(deadline)) {
      co_return Exchanged{not_opened("connect_failed", url, beast::error::timeout)};
    }
    if (auto refused = request.last_look ? request.last_look() : std::nullopt) {
      Exchanged unused{std::move(*refused)};
      unused.reusable = true;
      co_return unused;
    }
    beast::get_lowest_layer(stream_).expires_at(time_point_of(deadline));
    Message message = message_for(request, url);
    const auto [write_ec, written] =
        co_await beast::http::async_write(stream_, message, as_tuple(use_awaitable));
    if (write_ec) {
      co_return lost(url, write_ec, true);
    }
    const auto answer =
        std::make_shared<Answer>(budget_, std::move(url), request.body_bytes_max, deadline);
    const auto [read_ec, header_bytes] = co_await beast::http::async_read_header(
        stream_, buffer_, answer->parser, as_tuple(use_awaitable));
    if (read_ec) {
      co_return lost(answer->url, read_ec, header_bytes == 0 && buffer_.size() == 0);
    }
    auto received = co_await read_body(answer);
    if (!received) {
      co_return Exchanged{std::move(received.failure())};
    }
    Response response = answer->response();
    response.wire_bytes = answer->body.size();
    if (answer->is_compressed() && answer->body.size() > 0) {
      auto decoded = co_await decode(answer);
      if (!decoded) {
        co_return Exchanged{std::move(decoded.failure())};
      }
    }
    response.body = answer->body.finish();
    Exchanged done{std::move(response)};
    done.reusable = answer->parser.get().keep_alive() && buffer_.size() == 0;
    co_return done;
  }

 private:
  static Exchanged lost(const Url& url, const error_code& ec, bool nothing_came) {
    const bool ours = ec == asio::error::operation_aborted || ec == beast::error::timeout;
    Exchanged result{unusable(url, ec)};
    result.nothing_came = nothing_came && !ours;
    return result;
  }

  awaitable<Result<tcp::resolver::results_type>> resolve(Url url, SteadyTime deadline) {
    // An address needs no lookup, which would have a thread of its own.
    error_code is_name;
    const auto address = asio::ip::make_address(url.host, is_name);
    const auto port = static_cast<unsigned short>(std::strtoul(url.port.c_str(), nullptr, 10));
    if (!is_name && std::to_string(port) == url.port) {
      co_return tcp::resolver::results_type::create(tcp::endpoint(address, port), url.host,
                                                    url.port);
    }
    const auto executor = stream_.get_executor();
    const auto lookup = std::make_shared<Lookup>(executor);
    asio::steady_timer timer(executor, time_point_of(deadline));
    // It may be called when this is over: cancelling recalls no handler that is due already.
    timer.async_wait([lookup](const error_code& ec) {
      if (!ec) {
        lookup->late = true;
        lookup->resolver.cancel();
      }
    });
    const auto [ec, addresses] =
        co_await lookup->resolver.async_resolve(url.host, url.port, as_tuple(use_awaitable));
    timer.cancel();
    if (ec) {
      const error_code why = lookup->late ? make_error_code(beast::error::timeout) : ec;
      co_return not_opened("dns_failed", url, why);
    }
    co_return addresses;
  }

  awaitable<Result<void>> shake_hands(Url url) {
    if constexpr (!std::is_same_v<Stream, beast::tcp_stream>) {
      // Server name indication, without which many hosts answer with another's certificate.
      if (SSL_set_tlsext_host_name(stream_.native_handle(), url.host.c_str()) != 1) {
        co_return Failure{FailureKind::retryable, "tls_failed", url.origin() + ": bad host name"};
      }
      stream_.set_verify_callback(asio::ssl::host_name_verification(url.host));
      const auto [ec] =
          co_await stream_.async_handshake(asio::ssl::stream_base::client, as_tuple(use_awaitable));
      if (ec) {
        co_return not_opened("tls_failed", url, ec);
      }
    }
    co_return Result<void>();
  }

  awaitable<Result<void>> read_body(AnswerPtr answer) {
    IncomingBody& body = answer->body;
    Parser& parser = answer->parser;
    std::optional<std::uint64_t> length;
    if (const auto said = parser.content_length()) {
      length = *said;
    }
    auto room = co_await body.begin(length, answer->is_compressed());
    while (room && !parser.is_done()) {
      if (body.is_full()) {
        room = co_await body.make_room();
        if (!room) {
          break;
        }
      }
      const std::size_t free_bytes = body.free_bytes();
      parser.get().body().data = body.free_space();
      parser.get().body().size = free_bytes;
      const auto [ec, bytes] =
          co_await beast::http::async_read(stream_, buffer_, parser, as_tuple(use_awaitable));
      body.add(free_bytes - parser.get().body().size);
      if (ec && ec != beast::http::error::need_buffer) {
        co_return unusable(answer->url, ec);
      }
    }
    co_return room;
  }

  static awaitable<Result<void>> decode(AnswerPtr answer) {
    const Failure unknown{FailureKind::retryable, "bad_response",
                          answer->url.origin() + " answered in an encoding that was not asked for"};
    if (answer->parser.get()[beast::http::field::content_encoding] != "gzip") {
      co_return unknown;
    }
    auto decoded = co_await answer->body.gunzip();
    if (!decoded && decoded.failure().code == "body_limit") {
      co_return unusable(answer->url, make_error_code(beast::http::error::body_limit));
    }
    if (!decoded && decoded.failure().code == "bad_encoding") {
      co_return Failure{FailureKind::retryable, "bad_response",
                        answer->url.origin() + " answered with broken gzip"};
    }
    co_return decoded;
  }

  ByteBudget& budget_;
  Stream stream_;
  beast::flat_buffer buffer_;
};

}  // namespace

std::unique_ptr<Connection> make_connection(Executor executor, TlsContext* tls,
                                            ByteBudget& budget) {
  if (tls == nullptr) {
    return std::make_unique<StreamConnection<beast::tcp_stream>>(budget, executor);
  }
  using TlsStream = beast::ssl_stream<beast::tcp_stream>;
  return std::make_unique<StreamConnection<TlsStream>>(budget, beast::tcp_stream(executor),
                                                       tls->impl().context);
}

}  // namespace claimferry::http
