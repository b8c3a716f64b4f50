#include "common/oauth/consent.hpp"

#include <algorithm>
#include <array>

namespace claimferry::oauth {
namespace {

constexpr std::array<std::string_view, 3> pulled = {"Patient", "Coverage", "ExplanationOfBenefit"};

// What stands behind the '.' of a scope: "read", "*", or letters of "cruds". A scope that a query
// narrows ("rs?status=active") gives a part of the claims, which must not pass for all of them.
bool lets_read(std::string_view permission) {
  if (permission == "read" || permission == "*") {
    return true;
  }
  constexpr std::string_view all = "cruds";
  const bool is_second_version =
      !permission.empty() && permission.find_first_not_of(all) == std::string_view::npos;
  // Claims are searched and read.
  return is_second_version && permission.find('r') != std::string_view::npos &&
         permission.find('s') != std::string_view::npos;
}

bool covers(std::string_view scope, std::string_view type) {
  constexpr std::string_view context = "patient/";
  const auto dot = scope.find('.');
  if (!scope.starts_with(context) || dot == std::string_view::npos) {
    return false;
  }
  const std::string_view resource = scope.substr(context.size(), dot - context.size());
  const std::string_view permission = scope.substr(dot + 1);
  return (resource == "*" || resource == type) && lets_read(permission);
}

}  // namespace

std::vector<std::string> data_classes_of(std::string_view scopes) {
  std::array<bool, pulled.size()> found{};
  while (!scopes.empty()) {
    const auto end = scopes.find(' ');
    const std::string_view scope = scopes.substr(0, end);
    scopes.remove_prefix(end == std::string_view::npos ? scopes.size() : end + 1);
    for (std::size_t at = 0; at < pulled.size(); ++at) {
      found[at] = found[at] || covers(scope, pulled[at]);
    }
  }
  std::vector<std::string> classes;
  for (std::size_t at = 0; at < pulled.size(); ++at) {
    if (found[at]) {
      classes.emplace_back(pulled[at]);
    }
  }
  return classes;
}

std::vector<std::string> missing_classes(const std::vector<std::string>& granted) {
  std::vector<std::string> missing;
  for (const std::string_view type : pulled) {
    if (std::ranges::find(granted, type) == granted.end()) {
      missing.emplace_back(type);
    }
  }
  return missing;
}

WallTime consent_began(std::optional<WallTime> consented_on, WallTime now) {
  const bool is_likely =
      consented_on && *consented_on <= now && now - *consented_on <= std::chrono::hours(24);
  return is_likely ? *consented_on : now;
}

}  // namespace claimferry::oauth
