#include "common/http/client.hpp"

namespace claimferry::http {

bool never_sent(const Failure& failure) noexcept {
  return failure.code == "dns_failed" || failure.code == "connect_failed" ||
         failure.code == "tls_failed" || failure.code == "bad_url";
}

}  // namespace claimferry::http
