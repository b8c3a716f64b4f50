// What an enrolment does to a member of whom something is recorded: the rules of
// lua/member_add.lua, for members that a database keeps. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"

namespace claimferry::members {

struct StandingMember {
  std::string payer;
  std::string state;
  std::string fingerprint;  // of the refresh token that was handed in
  std::optional<WallTime> consented_at;
  std::optional<WallTime> erased_at;
  std::uint64_t token_version = 0;  // 0: no tokens
  std::string data_key;
};

struct EnrolmentRequest {
  std::string payer;
  std::string fingerprint;  // empty: not recognised
  std::optional<WallTime> begun_at;
  std::optional<std::uint64_t> seen_version;  // of the tokens that the caller looked at
  std::optional<WallTime> consent_given_at;   // absent: what was consented to is not known
  std::optional<std::string> known_data_key;  // under which the patient is sealed once more
};

struct EnrolmentDecision {
  bool brings_tokens;  // else the tokens stay, and the patient is put right
  bool is_known;       // the same refresh token as before
  bool is_consent;     // what was consented to is known, and new
};

// standing: nothing of a member whom nobody enrolled. permanent: "other_payer", "not_active",
// "token_version", "token_spent", "other_data_key".
Result<EnrolmentDecision> decide_enrolment(const std::optional<StandingMember>& standing,
                                           const EnrolmentRequest& request);

}  // namespace claimferry::members
