// http::Client: the port through which requests leave. BeastClient speaks TLS; the simulated world
// answers from a model.
//
// An HTTP answer of any status is a value. A failure is `retryable` with one of the codes
// dns_failed, connect_failed, tls_failed (the request never left: never_sent() is true), timeout,
// connection_lost, connection_stale, bad_response; `permanent` with body_too_large,
// header_too_large, bad_url; or `local` with body_budget: there was no memory for the answer, which
// is not the payer's fault.
//
// connection_stale: a GET went out on an idle connection that the payer had closed, and nothing
// came. It is safe to send again, and what was idle even longer is dropped, so that the next send
// dials. That is the caller's to do, once: each request that leaves needs a permit of the payer's
// quota. A POST never meets it.
//
// What the request's last look answers comes back as it is, of a request that never left.
//
// Redirects are not followed. A cancelled call answers retryable/"cancelled".
#pragma once

#include "common/async/awaitable.hpp"
#include "common/base/http_message.hpp"
#include "common/base/result.hpp"

namespace claimferry::http {

class Client {
 public:
  virtual ~Client() = default;
  virtual awaitable<Result<Response>> send(Request request) = 0;
};

// True when the failure's code proves that no byte of the request reached the payer: a single-use
// token is then still unused. Failures of a request's last look prove it, too, but only who gave it
// knows them.
bool never_sent(const Failure& failure) noexcept;

}  // namespace claimferry::http
