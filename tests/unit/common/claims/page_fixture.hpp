// Pages for parser tests: bundles out of entries, parsed for patient p1.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "common/claims/parse.hpp"

namespace claimferry::claims {

std::string bundle(std::initializer_list<std::string_view> resources);
// An ExplanationOfBenefit of p1 with more members: R"("status":"active")".
std::string eob(std::string_view id, std::string_view more = {});
ParseRequest request_for(queue::Resource resource = queue::Resource::eob);
Result<ParsedPage> parse(std::string_view text, queue::Resource resource = queue::Resource::eob);
// The code of the failure that parsing ends in; "" when it does not.
std::string failure_code(std::string_view text, queue::Resource resource = queue::Resource::eob);

}  // namespace claimferry::claims
