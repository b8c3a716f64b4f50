// What may befall every question to a payer alike, and is decided before what was asked for: no
// name, no way, no trust, a refusal at the edge, a payer that is down or asks for quiet. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/http_message.hpp"
#include "common/base/result.hpp"
#include "scheduler/ctl/doctor/finding.hpp"

namespace claimferry::ctl {

using Answered = Result<http::Response>;

// Codes beside those of http::Client, by which PayerVisit says why TLS failed.
inline constexpr std::string_view tls_untrusted = "tls_untrusted";
inline constexpr std::string_view tls_wrong_host = "tls_wrong_host";
inline constexpr std::string_view tls_out_of_date = "tls_out_of_date";

// setting: the key that names the address, "auth_root". Nothing: the answer is worth reading.
std::optional<Finding> of_trouble(const std::string& link, const Answered& answered,
                                  const std::string& setting);

}  // namespace claimferry::ctl
