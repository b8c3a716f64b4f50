// Consents: which refresh tokens the payer gave out for each member, and how many of them were
// stored. A member may lose its consent only where an answer of the token endpoint was lost.
#pragma once

#include <map>
#include <string>

#include "tests/sandbox/model/payer_request.hpp"
#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::world {

class Consents {
 public:
  explicit Consents(Keyspace& keys) : keys_(keys) {}

  // Anew: what was before is forgotten. After the member's tokens stand in Redis.
  void enrolled(const std::string& member, const std::string& patient,
                const std::string& refresh_token);
  // The payer was asked and answered; only its token endpoint counts.
  void answered(const sandbox::PayerRequest& request, const sandbox::Answer& answer);
  // Tokens given since the enrolment and not stored. Redis may have forgotten what was stored.
  std::int64_t lost(const std::string& member);
  // Refreshes asked for since then and not stored, whether or not the payer carried them out: the
  // client cannot tell.
  std::int64_t in_vain(const std::string& member);
  std::int64_t lost_by_all();
  // in_vain() just before the member's last renewal: a process that stood still may tell of a
  // consent's end when the next one has begun.
  std::int64_t doubts_before(const std::string& member) const {
    return by_member_.at(member).doubts_before;
  }

 private:
  struct Consent {
    std::string patient;
    std::int64_t version;  // of the tokens at enrolment
    std::int64_t asked = 0;
    std::int64_t given = 0;
    std::int64_t doubts_before = 0;
  };
  Consent* consent_of(const sandbox::PayerRequest& request);
  std::int64_t stored_version(const std::string& member);

  Keyspace& keys_;
  std::map<std::string, Consent> by_member_;
  std::map<std::string, std::string> member_of_;  // by refresh token
  std::int64_t lost_before_ = 0;                  // by consents that were renewed since
};

}  // namespace claimferry::world
