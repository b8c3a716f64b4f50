// Spells: the ways in which the payer may be ill for a while, each as the sandbox's knobs.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace claimferry::chaos {

struct Spell {
  const char* name;
  const char* faults;  // beside the latency of a well payer
  const char* limit = "{}";
  // A refresh that was sent meanwhile may go unanswered: its member waits for the late retry, and
  // a late retry that meets another such spell costs the consent.
  bool reaches_tokens = false;
  // Tokens rotate and their answer is lost: the payer sees each late retry as one.
  bool loses_answers = false;
};

std::span<const Spell> spells();
// Every knob that a spell may turn, as a well payer has it.
std::string well_faults();

}  // namespace claimferry::chaos
