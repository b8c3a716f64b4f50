// Stream: a connected socket, plain or with TLS over it. What is plain goes straight to the socket.
#pragma once

#include <memory>
#include <utility>

#include <boost/asio/write.hpp>

#include "common/redis/tls_stream.hpp"

namespace claimferry::redis {

// TCP and unix sockets in one type.
using Socket = boost::asio::generic::stream_protocol::socket;

class Stream {
 public:
  explicit Stream(const Executor& executor) : socket_(executor) {}

  Socket& socket() noexcept { return socket_; }  // before encrypt()
  TlsStream& encrypt(TlsContext& context) {
    tls_ = std::make_unique<TlsStream>(std::move(socket_), context);
    return *tls_;
  }
  bool is_encrypted() const noexcept { return tls_ != nullptr; }

  auto get_executor() { return socket_.get_executor(); }
  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    if (tls_ != nullptr) {
      tls_->close();
    }
  }
  template <class Done>
  void read_some(boost::asio::mutable_buffer into, Done done) {
    if (tls_ == nullptr) {
      socket_.async_read_some(into, std::move(done));
    } else {
      tls_->read_some(into, std::move(done));
    }
  }
  // All of it.
  template <class Done>
  void write(boost::asio::const_buffer from, Done done) {
    if (tls_ == nullptr) {
      boost::asio::async_write(socket_, from, std::move(done));
    } else {
      tls_->write(from, std::move(done));
    }
  }

 private:
  Socket socket_;
  std::unique_ptr<TlsStream> tls_;
};

}  // namespace claimferry::redis
