#include "common/members/enrolment_rules.hpp"

namespace claimferry::members {
namespace {

Failure refused(std::string code, std::string detail) {
  return {FailureKind::permanent, std::move(code), std::move(detail)};
}

}  // namespace

Result<EnrolmentDecision> decide_enrolment(const std::optional<StandingMember>& standing,
                                           const EnrolmentRequest& request) {
  const StandingMember known = standing.value_or(StandingMember());
  if (standing && known.payer != request.payer && known.state != "erased") {
    return refused("other_payer", "the member id is taken under payer " + known.payer +
                                      "; ids are unique over all payers");
  }
  if (known.state == "erasing") {
    return refused("not_active",
                   "the member is being erased; add it when that is done: claimferry erase --wait");
  }
  if (request.begun_at && known.erased_at && *request.begun_at <= *known.erased_at) {
    return refused("not_active",
                   "the member was erased after this enrolment began; it must begin anew");
  }
  const bool is_known = known.token_version > 0 && !request.fingerprint.empty() &&
                        request.fingerprint == known.fingerprint;
  if (request.seen_version && *request.seen_version != known.token_version) {
    return refused("token_version", "the tokens were renewed");
  }
  // A payer that does not rotate answers a new consent with the same refresh token; the same answer
  // handed in again, because its first answer was lost, is no new consent.
  const bool is_consent =
      request.consent_given_at && !(is_known && known.consented_at == request.consent_given_at);
  const bool brings_tokens = is_consent || !is_known;
  if (!brings_tokens && known.state == "reconsent") {
    return refused(
        "token_spent",
        "the payer refused this refresh token; the member must consent again for a new one");
  }
  if (!brings_tokens && request.known_data_key != known.data_key) {
    return refused("other_data_key",
                   "the tokens of this member stand under another data key; add it once more");
  }
  return EnrolmentDecision{brings_tokens, is_known, is_consent};
}

}  // namespace claimferry::members
