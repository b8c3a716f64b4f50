#include "scheduler/enroll/api_answers.hpp"

#include <chrono>
#include <string>

namespace claimferry::enroll {

namespace json = boost::json;

http::Page json_page(unsigned status, const json::object& object) {
  http::Page page;
  page.status = status;
  page.content_type = "application/json";
  page.body = json::serialize(object) + "\n";
  page.headers.emplace_back("X-Content-Type-Options", "nosniff");
  return page;
}

http::Page problem(unsigned status, std::string_view code, std::string_view message) {
  json::object object;
  object["error"] = code;
  object["message"] = message;
  return json_page(status, object);
}

http::Page problem_of(const Failure& failure) {
  if (failure.code == "other_payer" || failure.code == "not_active") {
    return problem(409, failure.code, failure.detail);
  }
  if (failure.code == "unknown_payer" || failure.code == "no_member") {
    return problem(404, failure.code, failure.detail);
  }
  if (failure.kind == FailureKind::local) {
    return problem(503, failure.code, "the store is away; ask again in a while");
  }
  if (failure.kind == FailureKind::rate_limited) {
    http::Page page = problem(503, failure.code, "the payer asked for quiet; ask again in a while");
    const auto wait = failure.retry_after.value_or(Duration(1'000));
    page.headers.emplace_back(
        "Retry-After", std::to_string(std::chrono::ceil<std::chrono::seconds>(wait).count()));
    return page;
  }
  return problem(502, failure.code, failure.detail);
}

}  // namespace claimferry::enroll
