// The requests to authorize whose members have not decided yet: what was asked, who has signed in
// by now, and the tokens that bind the payer's forms to one request. Bounded: the oldest is
// forgotten, and its member has to begin anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/random.hpp"

namespace claimferry::sandbox {

// RFC 6749 section 4.1.1 and RFC 7636 section 4.3, as far as they were found in order.
struct AuthorizeRequest {
  std::string client_id;
  std::string redirect_uri;
  std::string scope;
  std::string state;
  std::string code_challenge;
  std::string skin;
};

struct PendingRequest {
  std::string id;  // names it in the browser, where state is nobody's business
  AuthorizeRequest request;
  std::string login_token;
  std::optional<std::size_t> member;  // signed in
  std::string consent_token;          // of the last sign-in
};

class AuthorizeRequests {
 public:
  static constexpr std::size_t pending_max = 1'024;

  explicit AuthorizeRequests(std::uint64_t seed) : seed_(seed), random_(seed) {}

  // References and pointers hold until the next add() or remove().
  const PendingRequest& add(AuthorizeRequest request);
  PendingRequest* find(std::string_view id);
  // Consent forms of an earlier sign-in are good no more.
  void sign_in(PendingRequest& pending, std::size_t member);
  // Decided: the request as it was asked.
  AuthorizeRequest remove(const PendingRequest& pending);
  // The seed's sequence begins again.
  void clear();

 private:
  std::string new_id() { return random_.hex(16); }

  std::uint64_t seed_;
  SeededRandom random_;
  std::deque<PendingRequest> pending_;  // the newest last
};

}  // namespace claimferry::sandbox
