// Server: the small HTTP server of our own ports: the admin port's probes, enrolment's pages. One
// handler for all; few connections, each request bounded in time and size. TLS is the business of
// what stands before it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/clock.hpp"
#include "common/base/secret.hpp"

namespace claimferry::http {

struct ServerRequest {
  std::string method;  // as sent: "GET"
  std::string path;    // as sent, without the query
  Secret query;        // as sent, without the '?'; a callback's holds a code
  Secret authorization;
  std::string content_type;
  std::string forwarded_for;  // X-Forwarded-For, its lines as one (RFC 9110 section 5.3)
  Secret body;
  std::string peer;  // the address of the other end
};

struct Page {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

struct ServerOptions {
  std::string setting = "admin_listen";      // what to change when it cannot listen
  std::size_t body_bytes_max = 0;            // larger ones are answered 413
  unsigned connections_max = 32;             // more are closed at once
  unsigned connections_per_address_max = 0;  // likewise; 0: no bound. A /64 of IPv6 is one address
  // For a body to come, and for its answer to go; the headers get a third.
  Duration patience = std::chrono::seconds(10);
  // Told the type of what was thrown, and nothing else: its words may hold what was sent. On the
  // executor's thread.
  std::function<void(const std::string& type)> on_throw = {};
};

class Server {
 public:
  // On the executor's thread. What it throws is told to on_throw and answered 500.
  using Handler = std::function<awaitable<Page>(ServerRequest)>;
  // Listens at once on "ADDRESS:PORT" ("[::1]:0": port 0 is a free one); throws std::runtime_error
  // with what, where and how to fix it when it cannot.
  Server(Executor executor, std::string_view listen, Handler handler, ServerOptions options = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  std::string url() const;  // "http://127.0.0.1:8081"

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace claimferry::http
