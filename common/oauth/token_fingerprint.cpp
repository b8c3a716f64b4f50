#include "common/oauth/token_fingerprint.hpp"

#include "common/base/digest.hpp"
#include "common/base/encoding.hpp"

namespace claimferry::oauth {

std::string token_fingerprint(const PayerName& payer, const MemberId& member,
                              const Secret& refresh_token) {
  Sha256Builder digest;
  digest.update(length_prefixed({"claimferry refresh token", payer.str(), member.str()}));
  digest.update(refresh_token.reveal());  // in place: no copy of it is left in memory
  return to_hex(digest.finish());
}

}  // namespace claimferry::oauth
