#include "scheduler/ctl/enrolment_line.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "common/oauth/token_answer.hpp"

namespace claimferry::ctl {
namespace {

namespace json = boost::json;

constexpr std::size_t patient_bytes_max = 256;

Failure bad_line(std::string detail) {
  return {FailureKind::permanent, "bad_line", std::move(detail)};
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Result<EnrolmentLine> make_enrolment(std::string_view member, std::string patient,
                                     std::string refresh_token, const std::string& token_place) {
  auto id = MemberId::parse(member);
  std::string mistakes;
  const auto demand = [&mistakes](bool is_so, const std::string& what) {
    mistakes += is_so ? "" : (mistakes.empty() ? "" : "; ") + what;
  };
  demand(id.has_value(), "member must be 1 to 64 of A-Z a-z 0-9 _ -");
  demand(!patient.empty() && patient.size() <= patient_bytes_max && is_visible(patient),
         "patient must be the payer's patient id: visible ASCII, 256 bytes at most");
  demand(!refresh_token.empty() && refresh_token.size() <= oauth::token_bytes_max &&
             is_visible(refresh_token),
         token_place + " must be the payer's refresh token, without white space");
  if (!mistakes.empty()) {
    return bad_line(std::move(mistakes));
  }
  return EnrolmentLine{std::move(*id), Secret(std::move(patient)),
                       Secret(std::move(refresh_token))};
}

Result<EnrolmentLine> parse_enrolment_line(std::string_view text) {
  json::error_code ec;
  const json::value root = json::parse(text, ec);
  if (ec || !root.is_object()) {
    return bad_line(R"(is no JSON object {"member","patient","refresh_token"})");
  }
  const json::object& object = root.as_object();
  return make_enrolment(text_of(object, "member"), text_of(object, "patient"),
                        text_of(object, "refresh_token"));
}

}  // namespace claimferry::ctl
