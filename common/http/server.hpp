// Server: the small HTTP server of the admin port: GET only, one answer a path, few connections,
// each bounded in time and size.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/async/awaitable.hpp"

namespace claimferry::http {

struct Page {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

class Server {
 public:
  // Called with the path, without its query, on the executor's thread.
  using Answer = std::function<Page(std::string_view path)>;
  // Listens at once on "ADDRESS:PORT" ("[::1]:0": port 0 is a free one); throws std::runtime_error
  // with what, where and how to fix it when it cannot.
  Server(Executor executor, std::string_view listen, Answer answer);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  std::string url() const;  // "http://127.0.0.1:8081"

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace claimferry::http
