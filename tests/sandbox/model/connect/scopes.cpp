#include "tests/sandbox/model/connect/scopes.hpp"

#include <algorithm>

namespace claimferry::sandbox {
namespace {

struct Scope {
  std::string_view name;
  std::string_view meaning;
};

constexpr auto known = std::to_array<Scope>({
    {"openid", "Know that you signed in"},
    {"fhirUser", "Know who you are"},
    {"profile", "Know your name"},
    {"launch/patient", "Know which member's records these are"},
    {"patient/*.read", "Read your personal details, your coverage and your claims"},
    {"patient/Patient.read", "Read your personal details"},
    {"patient/Coverage.read", "Read your coverage"},
    {"patient/ExplanationOfBenefit.read", "Read your claims"},
});

}  // namespace

std::optional<std::string_view> meaning_of(std::string_view scope) {
  const auto* const found = std::ranges::find(known, scope, &Scope::name);
  return found == known.end() ? std::nullopt : std::optional(found->meaning);
}

std::vector<std::string_view> split_scopes(std::string_view scopes) {
  std::vector<std::string_view> parts;
  while (!scopes.empty()) {
    const std::size_t end = std::min(scopes.find(' '), scopes.size());
    parts.push_back(scopes.substr(0, end));
    scopes.remove_prefix(std::min(end + 1, scopes.size()));
  }
  return parts;
}

bool are_known(std::string_view scopes) {
  const std::vector<std::string_view> parts = split_scopes(scopes);
  return !parts.empty() && std::ranges::all_of(parts, [](std::string_view scope) {
    return meaning_of(scope).has_value();
  });
}

}  // namespace claimferry::sandbox
