#include "common/oauth/pkce.hpp"

#include "common/base/digest.hpp"
#include "common/base/encoding.hpp"

namespace claimferry::oauth {

Pkce make_pkce(Random& random) {
  constexpr std::size_t verifier_bytes = 32;
  std::string bytes(verifier_bytes, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  const Secret seed(std::move(bytes));
  Secret verifier(to_base64url(seed.reveal()));
  const Sha256 digest = sha256(verifier.reveal());
  const std::string_view raw(reinterpret_cast<const char*>(digest.data()), digest.size());
  return {std::move(verifier), to_base64url(raw)};
}

}  // namespace claimferry::oauth
