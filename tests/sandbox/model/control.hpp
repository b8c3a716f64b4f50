// The control API: enrols members, turns modes, faults and limits, changes claims, and tells the
// truth (the ledger), what was done wrong (the violations) and what was made of the limits (usage).
// Pure, as the model it steers.
#pragma once

#include <string>
#include <string_view>

#include "tests/sandbox/model/model.hpp"

namespace claimferry::sandbox {

struct ControlAnswer {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
};

class Control {
 public:
  explicit Control(Model& model) : model_(model) {}
  ControlAnswer handle(std::string_view method, std::string_view target, std::string_view body,
                       WallTime now);

 private:
  ControlAnswer add_members(std::string_view body, WallTime now);
  ControlAnswer change_claims(std::string_view body, bool withdraw);
  ControlAnswer expire_tokens(std::string_view body);
  ControlAnswer tokens(const Target& target);
  ControlAnswer renew_consent(std::string_view body, WallTime now);
  ControlAnswer set_limit(std::string_view body, WallTime now);
  ControlAnswer usage(const Target& target, WallTime now);
  ControlAnswer ledger(const Target& target);

  Model& model_;
};

}  // namespace claimferry::sandbox
