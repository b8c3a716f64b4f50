// One member as the bulk hand-out writes it: {"member","patient","refresh_token"}, a line each.
#pragma once

#include <string>
#include <string_view>

#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/base/secret.hpp"

namespace claimferry::ctl {

struct EnrolmentLine {
  MemberId member;
  Secret patient;
  Secret refresh_token;
};

// permanent/"bad_line": says which fields, never a value.
Result<EnrolmentLine> parse_enrolment_line(std::string_view json);
// The same out of the words of a command.
Result<EnrolmentLine> make_enrolment(std::string_view member, std::string patient,
                                     std::string refresh_token,
                                     const std::string& token_place = "refresh_token");

}  // namespace claimferry::ctl
