#include "tests/sandbox/model/secrets_in_place.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace claimferry::sandbox {
namespace {

// RFC 9110 section 11.1: schemes compare without case.
bool has_scheme(std::string_view authorization, std::string_view scheme) {
  return authorization.size() > scheme.size() && authorization[scheme.size()] == ' ' &&
         std::ranges::equal(authorization.substr(0, scheme.size()), scheme, [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == b;
         });
}

bool holds_secret(const std::vector<Parameter>& parameters, const Grants& grants) {
  constexpr std::array<std::string_view, 4> names = {"refresh_token", "access_token",
                                                     "client_secret", "code_verifier"};
  return std::ranges::any_of(parameters, [&](const Parameter& parameter) {
    return std::ranges::find(names, parameter.name) != names.end() || grants.knows(parameter.value);
  });
}

}  // namespace

bool leaks_secret(const PayerRequest& request, const Target& target, Place place,
                  const Grants& grants) {
  // Queries end up in logs and caches wherever they go.
  if (holds_secret(target.parameters, grants)) {
    return true;
  }
  const bool posts_to_token = place == Place::token && request.method == "POST";
  if (!posts_to_token && holds_secret(parse_form(request.body), grants)) {
    return true;
  }
  if (request.authorization.empty()) {
    return false;
  }
  const bool client_in_place = posts_to_token && has_scheme(request.authorization, "basic");
  const bool bearer_in_place =
      place == Place::resources && has_scheme(request.authorization, "bearer");
  return !client_in_place && !bearer_in_place;
}

}  // namespace claimferry::sandbox
