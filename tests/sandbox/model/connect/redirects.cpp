#include "tests/sandbox/model/connect/redirects.hpp"

#include "common/base/encoding.hpp"
#include "tests/sandbox/model/target.hpp"

namespace claimferry::sandbox {

Answer redirect_to(std::string location) {
  Answer answer;
  answer.status = 302;
  answer.headers = {{"Location", std::move(location)},
                    {"Cache-Control", "no-store"},
                    {"Referrer-Policy", "no-referrer"}};
  return answer;
}

Answer return_to_app(const AuthorizeRequest& request, const Told& told, StateReturned state) {
  std::string location = request.redirect_uri;
  // RFC 6749 section 3.1.2: a query that the app registered stays.
  char separator = location.find('?') == std::string::npos ? '?' : '&';
  const auto add = [&](std::string_view name, std::string_view value) {
    location.append(1, separator).append(name).append("=").append(percent_encode(value));
    separator = '&';
  };
  for (const auto& [name, value] : told) {
    add(name, value);
  }
  if (!request.state.empty()) {
    add("state", state == StateReturned::base64 ? to_base64(request.state) : request.state);
  }
  return redirect_to(std::move(location));
}

}  // namespace claimferry::sandbox
