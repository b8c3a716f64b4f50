// ScriptedServer: a loopback listener that answers the n-th request of its life with the n-th
// bytes of a script, whatever was asked. Runs on the test's io_context.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

namespace claimferry::http {

struct Scripted {
  std::string bytes;
  bool then_close = false;
  bool silent = false;  // never answers
};

class ScriptedServer {
 public:
  ScriptedServer(boost::asio::io_context& io, std::vector<Scripted> script,
                 boost::asio::ssl::context* tls = nullptr);
  ~ScriptedServer();

  std::string url(const std::string& host = "127.0.0.1") const;
  void close_connections();
  void close_connection(unsigned index);             // in the order in which they came
  const std::vector<std::string>& requests() const;  // heads and bodies as received
  unsigned connections() const;                      // ever accepted
  unsigned open_connections() const;                 // as far as was noticed

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// A whole answer with its length.
Scripted answer(const std::string& body, const std::string& more_headers = "",
                const std::string& status = "200 OK");

}  // namespace claimferry::http
