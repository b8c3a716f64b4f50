#include "scheduler/ctl/doctor/certificate_look.hpp"

#include <memory>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/x509v3.h>

#include "scheduler/ctl/doctor/payer_trouble.hpp"

namespace claimferry::ctl {
namespace {

namespace asio = boost::asio;
using asio::as_tuple;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto deadline = std::chrono::seconds(10);

// Whom the certificate must name.
bool expect_host(SSL* connection, const std::string& host) {
  X509_VERIFY_PARAM* wanted = SSL_get0_param(connection);
  error_code not_numeric;
  asio::ip::make_address(host, not_numeric);
  if (!not_numeric) {
    return X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
  }
  return X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size()) == 1 &&
         SSL_set_tlsext_host_name(connection, host.c_str()) == 1;
}

std::string_view code_of(long problem) {
  switch (problem) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return tls_wrong_host;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return tls_out_of_date;
    default:
      return tls_untrusted;
  }
}

struct Handshake {
  explicit Handshake(const Executor& executor)
      : stream(executor, context), resolver(executor), timer(executor) {}

  bool trust(const std::string& ca_file) {
    error_code unread;
    if (ca_file.empty()) {
      context.set_default_verify_paths(unread);
    } else {
      context.load_verify_file(ca_file, unread);
    }
    return !unread;
  }
  void give_up() {
    error_code ignored;
    resolver.cancel();
    stream.next_layer().close(ignored);
  }

  asio::ssl::context context{asio::ssl::context::tls_client};
  asio::ssl::stream<tcp::socket> stream;  // verifies nobody, and notes what it would hold
  tcp::resolver resolver;
  asio::steady_timer timer;
};

}  // namespace

awaitable<Failure> look_at_certificate(http::Url url, std::string ca_file, Failure failure) {
  const auto look = std::make_shared<Handshake>(co_await asio::this_coro::executor);
  if (!look->trust(ca_file) || !expect_host(look->stream.native_handle(), url.host)) {
    co_return failure;
  }
  // It may be called when this is over: cancelling recalls no handler that is due already.
  look->timer.expires_after(deadline);
  look->timer.async_wait([look](const error_code& ec) {
    if (!ec) {
      look->give_up();
    }
  });
  const auto [unknown, addresses] =
      co_await look->resolver.async_resolve(url.host, url.port, as_tuple(use_awaitable));
  if (unknown) {
    look->timer.cancel();
    co_return failure;
  }
  const auto [unreached, endpoint] =
      co_await asio::async_connect(look->stream.next_layer(), addresses, as_tuple(use_awaitable));
  if (unreached) {
    look->timer.cancel();
    co_return failure;
  }
  const auto [ec] = co_await look->stream.async_handshake(asio::ssl::stream_base::client,
                                                          as_tuple(use_awaitable));
  look->timer.cancel();
  const long problem = SSL_get_verify_result(look->stream.native_handle());
  if (ec || problem == X509_V_OK) {
    co_return failure;
  }
  failure.code = code_of(problem);
  failure.detail = url.origin() + ": " + X509_verify_cert_error_string(problem);
  co_return failure;
}

}  // namespace claimferry::ctl
