#include "common/config/environment.hpp"

#include <algorithm>
#include <array>

namespace claimferry::config {
namespace {

constexpr std::array<std::string_view, 7> reserved{
    "CLAIMFERRY_CONFIG", "CLAIMFERRY_BIN",     "CLAIMFERRY_SOURCE", "CLAIMFERRY_CORPUS",
    "CLAIMFERRY_KEEP",   "CLAIMFERRY_NIGHTLY", "CLAIMFERRY_SEED"};

// X_SERVICE_HOST, X_SERVICE_PORT, X_SERVICE_PORT_<name>, X_PORT=tcp://…, X_PORT_6379_TCP and what
// follows it. No key of ours holds these words, so none is taken for one.
bool is_kubernetes_service(std::string_view variable, std::string_view value) {
  const auto holds = [variable](std::string_view part) {
    return variable.find(part) != std::string_view::npos;
  };
  const bool is_address =
      variable.ends_with("_PORT") && value.find("://") != std::string_view::npos;
  const bool is_port = holds("_PORT_") && (holds("_TCP") || holds("_UDP") || holds("_SCTP"));
  return variable.ends_with("_SERVICE_HOST") || holds("_SERVICE_PORT") || is_address || is_port;
}

}  // namespace

std::string environment_name(std::string_view key) {
  std::string name(environment_prefix);
  for (const char c : key) {
    if (c == '.') {
      name += "__";
    } else if (c >= 'a' && c <= 'z') {
      name += static_cast<char>(c - 'a' + 'A');
    } else {
      name += c == '-' ? '_' : c;
    }
  }
  return name;
}

bool is_no_setting(std::string_view variable, std::string_view value) {
  return std::ranges::find(reserved, variable) != reserved.end() ||
         is_kubernetes_service(variable, value);
}

}  // namespace claimferry::config
