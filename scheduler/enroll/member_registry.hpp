// MemberRegistry: the port through which an enrolment becomes a member, in one step: sealed tokens,
// consent, and the first sync in the urgent lane.
#pragma once

#include "common/async/awaitable.hpp"
#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/oauth/consent.hpp"
#include "common/oauth/tokens.hpp"

namespace claimferry::enroll {

class MemberRegistry {
 public:
  virtual ~MemberRegistry() = default;
  struct NewMember {
    MemberId member;
    PayerName payer;
    WallTime begun_at;  // of the enrolment, by the store's clock: an erasure after it stands
    oauth::TokenAnswer tokens;  // with a patient and a refresh token
    oauth::Consent consent;
  };
  // Registers the member, or renews its consent. Permanent: "other_patient" (the member is known
  // as somebody else: nothing is changed), "other_payer", "not_active" (being erased, or erased
  // since the enrolment began). Local: nothing is known to be changed; tried through short
  // absences.
  virtual awaitable<Result<void>> connect(NewMember member) = 0;
};

}  // namespace claimferry::enroll
