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
#include "common/http/gzip.hpp"

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
constexpr std::size_t first_body_bytes = 256 * limits::KiB;  // of a body of unknown length
// Beside a body, parsing it needs its index, its tape and its rows.
constexpr std::uint64_t parse_factor = 3;

std::uint64_t cost_of(std::uint64_t body_bytes) {
  return body_bytes * parse_factor;
}

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

// A body while it is received: storage with simdjson's padding, and the budget it holds.
struct Incoming {
  std::unique_ptr<char[]> storage;
  std::size_t size = 0;
  std::size_t room = 0;  // without the padding
  std::shared_ptr<ByteBudget::Reservation> reservation;

  void resize_room(std::size_t bytes) {
    auto larger = std::make_unique_for_overwrite<char[]>(bytes + Body::padding);
    std::copy_n(storage.get(), size, larger.get());
    storage = std::move(larger);
    room = bytes;
  }
  Body finish() {
    return Body(std::move(storage), size, room + Body::padding, std::move(reservation));
  }
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
      co_return network_failure("connect_failed", url, ec);
    }
    error_code ignored;
    lowest.socket().set_option(tcp::no_delay(true), ignored);
    co_return co_await shake_hands(url);
  }

  awaitable<Exchanged> exchange(const Request& request, const Url& url,
                                SteadyTime deadline) override {
    beast::get_lowest_layer(stream_).expires_at(time_point_of(deadline));
    Message message = message_for(request, url);
    const auto [write_ec, written] =
        co_await beast::http::async_write(stream_, message, as_tuple(use_awaitable));
    if (write_ec) {
      co_return lost(url, write_ec, true);
    }
    Parser parser;
    parser.header_limit(limits::header_bytes_max);
    parser.body_limit(request.body_bytes_max);
    const auto [read_ec, header_bytes] =
        co_await beast::http::async_read_header(stream_, buffer_, parser, as_tuple(use_awaitable));
    if (read_ec) {
      co_return lost(url, read_ec, header_bytes == 0 && buffer_.size() == 0);
    }
    auto received = co_await read_body(parser, url, request.body_bytes_max);
    if (!received) {
      co_return Exchanged{std::move(received.failure())};
    }
    Response response = response_of(parser);
    response.wire_bytes = received->size;
    auto body = co_await decoded(response, std::move(*received), url, request.body_bytes_max);
    if (!body) {
      co_return Exchanged{std::move(body.failure())};
    }
    response.body = std::move(*body);
    Exchanged done{std::move(response)};
    done.reusable = parser.get().keep_alive() && buffer_.size() == 0;
    co_return done;
  }

 private:
  static Exchanged lost(const Url& url, const error_code& ec, bool nothing_came) {
    const bool ours = ec == asio::error::operation_aborted || ec == beast::error::timeout;
    Exchanged result{unusable(url, ec)};
    result.nothing_came = nothing_came && !ours;
    return result;
  }

  awaitable<Result<tcp::resolver::results_type>> resolve(const Url& url, SteadyTime deadline) {
    const auto executor = stream_.get_executor();
    tcp::resolver resolver(executor);
    asio::steady_timer timer(executor, time_point_of(deadline));
    bool late = false;
    timer.async_wait([&resolver, &late](const error_code& ec) {
      if (!ec) {
        late = true;
        resolver.cancel();
      }
    });
    const auto [ec, addresses] =
        co_await resolver.async_resolve(url.host, url.port, as_tuple(use_awaitable));
    timer.cancel();
    if (ec) {
      const error_code why = late ? make_error_code(beast::error::timeout) : ec;
      co_return network_failure("dns_failed", url, why);
    }
    co_return addresses;
  }

  awaitable<Result<void>> shake_hands(const Url& url) {
    if constexpr (!std::is_same_v<Stream, beast::tcp_stream>) {
      // Server name indication, without which many hosts answer with another's certificate.
      if (SSL_set_tlsext_host_name(stream_.native_handle(), url.host.c_str()) != 1) {
        co_return Failure{FailureKind::retryable, "tls_failed", url.origin() + ": bad host name"};
      }
      stream_.set_verify_callback(asio::ssl::host_name_verification(url.host));
      const auto [ec] =
          co_await stream_.async_handshake(asio::ssl::stream_base::client, as_tuple(use_awaitable));
      if (ec) {
        co_return network_failure("tls_failed", url, ec);
      }
    }
    co_return Result<void>();
  }

  awaitable<Result<Incoming>> read_body(Parser& parser, const Url& url, std::size_t bytes_max) {
    const auto length = parser.content_length();
    Incoming body;
    const std::size_t first =
        length ? static_cast<std::size_t>(*length) : std::min(first_body_bytes, bytes_max);
    body.reservation = co_await budget_.take(cost_of(first));
    if (!body.reservation) {
      co_return network_failure("", url, asio::error::operation_aborted);
    }
    body.resize_room(first);
    Permits::Permit growth;
    while (!parser.is_done()) {
      if (body.size == body.room) {
        const bool may_grow = co_await make_room(body, growth, bytes_max);
        if (!may_grow) {
          co_return network_failure("", url, asio::error::operation_aborted);
        }
      }
      const std::size_t room = body.room - body.size;
      parser.get().body().data = body.storage.get() + body.size;
      parser.get().body().size = room;
      const auto [ec, bytes] =
          co_await beast::http::async_read(stream_, buffer_, parser, as_tuple(use_awaitable));
      body.size += room - parser.get().body().size;
      if (ec && ec != beast::http::error::need_buffer) {
        co_return unusable(url, ec);
      }
    }
    co_return body;
  }

  // False when the wait was cancelled.
  awaitable<bool> make_room(Incoming& body, Permits::Permit& growth, std::size_t bytes_max) {
    if (!growth) {
      auto taken = co_await budget_.take_growth();
      std::destroy_at(&growth);
      std::construct_at(&growth, std::move(taken));
      if (!growth) {
        co_return false;
      }
    }
    // One byte more than allowed, so that the parser sees what is too much.
    const std::size_t larger = std::min(body.room * 2 + 1, bytes_max + 1);
    body.reservation->grow(cost_of(larger - body.room));
    body.resize_room(larger);
    co_return true;
  }

  awaitable<Result<Body>> decoded(const Response& response, Incoming received, const Url& url,
                                  std::size_t bytes_max) {
    const auto encoding = response.headers.find("Content-Encoding");
    if (!encoding || *encoding == "identity" || received.size == 0) {
      co_return received.finish();
    }
    const std::string_view compressed(received.storage.get(), received.size);
    const auto size = gunzipped_size(compressed);
    if (*encoding != "gzip" || !size) {
      co_return Failure{FailureKind::retryable, "bad_response",
                        url.origin() + " answered in an encoding that was not asked for"};
    }
    if (*size > bytes_max) {
      co_return unusable(url, make_error_code(beast::http::error::body_limit));
    }
    auto growth = co_await budget_.take_growth();
    if (!growth) {
      co_return network_failure("", url, asio::error::operation_aborted);
    }
    Incoming plain;
    plain.reservation = std::move(received.reservation);
    plain.reservation->grow(cost_of(*size));
    plain.resize_room(*size);
    plain.size = *size;
    if (!gunzip(compressed, plain.storage.get(), plain.size)) {
      co_return Failure{FailureKind::retryable, "bad_response",
                        url.origin() + " answered with broken gzip"};
    }
    co_return plain.finish();
  }

  static Response response_of(const Parser& parser) {
    Response response;
    response.status = parser.get().result_int();
    for (const auto& field : parser.get()) {
      response.headers.add(std::string(field.name_string()), std::string(field.value()));
    }
    return response;
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
