// What the API answers: JSON, and for whatever went wrong {"error": a stable code, "message"}.
#pragma once

#include <string_view>

#include <boost/json.hpp>

#include "common/base/failure.hpp"
#include "common/http/server.hpp"

namespace claimferry::enroll {

http::Page json_page(unsigned status, const boost::json::object& object);
http::Page problem(unsigned status, std::string_view code, std::string_view message);
// 409 and 404 for what the caller can change, 503 for what heals (with Retry-After where the payer
// asked for quiet), 502 for a payer that answers otherwise than it should.
http::Page problem_of(const Failure& failure);

}  // namespace claimferry::enroll
