// MemberRegister: the port where members come in: sealed, and with their first sync.
#pragma once

#include <optional>
#include <string>

#include "common/async/awaitable.hpp"
#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/oauth/consent.hpp"

namespace claimferry::queue {

// As sealed by the vault (enrolment.hpp): no plaintext reaches this port.
struct SealedMember {
  MemberId member;
  PayerName payer;
  std::string sealed_patient;
  std::string sealed_refresh_token;
  // oauth::token_fingerprint() of the refresh token: the same one again keeps the tokens that are
  // there. Empty: not recognised.
  std::string fingerprint = {};
  std::string data_key = {};             // wrapped; seals this consent's patient and tokens
  std::string sealed_access_token = {};  // empty: none yet
  std::optional<WallTime> access_issued_at = {};
  std::optional<WallTime> access_expires_at = {};
  std::optional<Duration> refresh_token_life = {};  // where the payer named one
  std::optional<oauth::Consent> consent = {};
  // From now on, where the refresh token is a new one and `consent` is absent. Absent: no end.
  std::optional<Duration> consent_lasts = {};
  std::optional<WallTime> begun_at = {};  // of the enrolment; absent: now
  // Of the tokens that the caller looked at, 0: there were none; others are refused (permanent,
  // "token_version"). Absent: whatever stands there.
  std::optional<std::uint64_t> seen_version = {};
  // For a refresh token that is recognised: what its tokens are sealed under, and the patient.
  struct Known {
    std::string data_key;
    std::string sealed_patient;
  };
  std::optional<Known> known = {};
  std::string by = {};  // who adds the member, for the audit
};

struct Enqueued {
  JobId job;
  bool is_new;
  bool runs_again = false;
};

// From an enrolment on, a member is looked at again after this, should its job get lost.
inline constexpr Duration safety_due_in = std::chrono::hours(1);

class MemberRegister {
 public:
  virtual ~MemberRegister() = default;
  // Registers or re-consents a member, stores the sealed tokens, and enqueues the first sync in the
  // urgent lane, in one step. Repeated with the same refresh token it keeps the tokens that are
  // there, which the first may have been traded for, and refuses (permanent, "other_data_key")
  // where `known` does not name their data key; a member whose consent ended with that very token
  // is refused ("token_spent"), as is one known under another payer ("other_payer").
  virtual awaitable<Result<Enqueued>> add_member(SealedMember member) = 0;
};

}  // namespace claimferry::queue
