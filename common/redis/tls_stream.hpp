// TLS over a socket of ours: whom to trust, and one encrypted connection. Chain and host name are
// verified always; there is no switch. Boost.Asio's and OpenSSL's headers stay in tls_stream.cpp.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "common/async/awaitable.hpp"
#include "common/base/result.hpp"
#include "common/redis/endpoint.hpp"

namespace claimferry::redis {

// TLS 1.2 at least. Any thread may ask anything of it.
class TlsContext {
 public:
  struct Files {
    std::string anchors;      // PEM; empty: the system's store
    std::string certificate;  // of this client, PEM, its chain behind it; empty: none
    std::string key;          // of that certificate
  };
  // Throws std::runtime_error, which names the setting, the file and what is wrong with it.
  explicit TlsContext(Files files);
  ~TlsContext();

  // The files as they are now, from the next connection on. On a failure, which says what the
  // constructor would throw, those before stay in force.
  Result<void> reload();

  struct Impl;
  Impl& impl() noexcept { return *impl_; }

 private:
  const Files files_;
  std::unique_ptr<Impl> impl_;
};

class TlsStream {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using Done = std::function<void(const boost::system::error_code&, std::size_t)>;

  TlsStream(Socket connected, TlsContext& context);
  ~TlsStream();

  // Client side. `node`: its host is whom the certificate must name; this must outlive it. Bounded
  // by whoever closes it. redis_refused: a certificate is wrong, and which; else redis_unreachable.
  awaitable<Result<void>> shake_hands(Endpoint node);
  void read_some(boost::asio::mutable_buffer into, Done done);
  void write(boost::asio::const_buffer from, Done done);  // all of it
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What the other side's last word means for a person, when it is about certificates or about TLS at
// all: "; …", else nothing.
std::string tls_advice(const boost::system::error_code& ec);

}  // namespace claimferry::redis
