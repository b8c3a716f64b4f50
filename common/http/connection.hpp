// Connection: one connection to one origin and the exchanges on it. Plain or TLS behind one face,
// so that Beast stays in connection.cpp.
#pragma once

#include <memory>
#include <string>

#include "common/async/awaitable.hpp"
#include "common/base/http_message.hpp"
#include "common/base/result.hpp"
#include "common/http/byte_budget.hpp"
#include "common/http/url.hpp"

namespace claimferry::http {

// Verifies chain and host name, TLS 1.2 at least. ca_file: trust anchors instead of the system's.
// Throws std::runtime_error when they cannot be read.
class TlsContext {
 public:
  explicit TlsContext(const std::string& ca_file);
  ~TlsContext();
  struct Impl;
  Impl& impl() noexcept { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

struct Exchanged {
  Result<Response> response;
  bool reusable = false;      // the connection may serve another request, or was not used at all
  bool nothing_came = false;  // it died before the first byte of an answer: an idle one was closed
};

class Connection {
 public:
  virtual ~Connection() = default;
  // Resolves, connects, shakes hands. Failures: dns_failed, connect_failed, tls_failed (each also
  // of a step that takes too long), cancelled.
  virtual awaitable<Result<void>> open(Url url, SteadyTime deadline) = 0;
  // One request and its answer. After a failure the connection is of no more use, unless it is the
  // last look's. Past its deadline a request does not leave: connect_failed.
  virtual awaitable<Exchanged> exchange(Request request, Url url, SteadyTime deadline) = 0;
};

std::unique_ptr<Connection> make_connection(Executor executor, TlsContext* tls, ByteBudget& budget);

}  // namespace claimferry::http
