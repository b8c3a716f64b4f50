#include "common/redis/tls_stream.hpp"

#include <array>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "common/base/assert.hpp"

namespace claimferry::redis {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

// Connections share what they began with: OpenSSL counts them.
struct TlsContext::Impl {
  explicit Impl(ssl::context first) : context(std::move(first)) {}
  std::mutex mutex;
  ssl::context context;
};

namespace {

void throw_on(const error_code& ec, const std::string& what, const std::string& fix) {
  if (ec) {
    throw std::runtime_error(what + " (" + ec.message() + "); " + fix);
  }
}

// OpenSSL's reason, where the error is one of its own.
int reason_of(const error_code& ec) {
  return ec.category() == boost::asio::error::get_ssl_category()
             ? ERR_GET_REASON(static_cast<unsigned long>(ec.value()))
             : 0;
}

std::string fix_of(long problem) {
  switch (problem) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "it names other hosts; write one of them where this host is named, or have one made "
             "with this host among its subject alternative names";
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "renew it, and look at both clocks";
    default:
      return "name the CA that signed it: redis.ca_file";
  }
}

Failure untrusted(const Endpoint& node, long problem) {
  return {FailureKind::local, "redis_refused",
          node.str() + ": its certificate is not trusted (" +
              X509_verify_cert_error_string(problem) + "); " + fix_of(problem)};
}

Failure not_encrypted(const Endpoint& node, const error_code& ec) {
  std::string advice = tls_advice(ec);
  if (advice.empty()) {
    advice = "; does this port speak TLS (tls-port)? check " + node.address_key();
  }
  return {FailureKind::local, "redis_unreachable",
          node.str() + ": no TLS (" + ec.message() + ")" + advice};
}

// Whom the certificate must name. An address is not a name, and takes no server name indication.
bool expect_host(SSL* connection, const std::string& host) {
  X509_VERIFY_PARAM* wanted = SSL_get0_param(connection);
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  error_code not_numeric;
  boost::asio::ip::make_address(host, not_numeric);
  if (!not_numeric) {
    return X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
  }
  return X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size()) == 1 &&
         SSL_set_tlsext_host_name(connection, host.c_str()) == 1;
}

ssl::context load(const TlsContext::Files& files) {
  ssl::context context{ssl::context::tls_client};
  error_code ec;
  if (files.anchors.empty()) {
    context.set_default_verify_paths(ec);
    throw_on(ec, "redis.ca_file: the system's trust anchors cannot be read", "name a file");
  } else {
    context.load_verify_file(files.anchors, ec);
    throw_on(ec, "redis.ca_file: " + files.anchors + " holds no certificate that can be read",
             "it takes PEM");
  }
  if (!files.certificate.empty()) {
    context.use_certificate_chain_file(files.certificate, ec);
    throw_on(ec, "redis.cert_file: " + files.certificate + " holds no certificate that can be read",
             "it takes PEM");
    context.use_private_key_file(files.key, ssl::context::pem, ec);
    throw_on(ec, "redis.key_file: " + files.key + " holds no key of redis.cert_file",
             "it takes the certificate's key as PEM, without a passphrase");
  }
  context.set_verify_mode(ssl::verify_peer);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  return context;
}

}  // namespace

TlsContext::TlsContext(Files files)
    : files_(std::move(files)), impl_(std::make_unique<Impl>(load(files_))) {}

TlsContext::~TlsContext() = default;

Result<void> TlsContext::reload() {
  try {
    ssl::context fresh = load(files_);
    const std::lock_guard lock(impl_->mutex);
    impl_->context = std::move(fresh);
    return {};
  } catch (const std::runtime_error& error) {
    return Failure{FailureKind::permanent, "redis_tls", error.what()};
  }
}

struct TlsStream::Impl {
  Impl(Socket connected, ssl::context& context) : stream(std::move(connected), context) {}
  ssl::stream<Socket> stream;
};

TlsStream::TlsStream(Socket connected, TlsContext& context) {
  const std::lock_guard lock(context.impl().mutex);
  impl_ = std::make_unique<Impl>(std::move(connected), context.impl().context);
}

TlsStream::~TlsStream() = default;

awaitable<Result<void>> TlsStream::shake_hands(Endpoint node) {
  auto& stream = impl_->stream;
  if (!expect_host(stream.native_handle(), std::get<TcpAddress>(node.address).host)) {
    co_return Failure{
        FailureKind::local, "redis_unreachable",
        node.str() + " is no host that a certificate can name; check " + node.address_key()};
  }
  const auto [ec] = co_await stream.async_handshake(
      ssl::stream_base::client, boost::asio::as_tuple(boost::asio::use_awaitable));
  if (!ec) {
    co_return Result<void>();
  }
  const long problem = SSL_get_verify_result(stream.native_handle());
  if (reason_of(ec) == SSL_R_CERTIFICATE_VERIFY_FAILED && problem != X509_V_OK) {
    co_return untrusted(node, problem);
  }
  co_return not_encrypted(node, ec);
}

void TlsStream::read_some(boost::asio::mutable_buffer into, Done done) {
  impl_->stream.async_read_some(into, std::move(done));
}

void TlsStream::write(boost::asio::const_buffer from, Done done) {
  boost::asio::async_write(impl_->stream, from, std::move(done));
}

// No farewell: Redis needs none, and a peer that hangs would hold it up.
void TlsStream::close() {
  error_code ignored;
  impl_->stream.next_layer().close(ignored);
}

std::string tls_advice(const error_code& ec) {
  switch (reason_of(ec)) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      return "; it wants a certificate of this client: redis.cert_file and redis.key_file";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
      return "; it does not trust this client's certificate: see redis.cert_file";
    default:
      return "";
  }
}

}  // namespace claimferry::redis
