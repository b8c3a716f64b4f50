#include "common/redis/redirect.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace claimferry::redis {
namespace {

std::string_view code_of(const Reply& reply) {
  const Error* error = reply.error();
  return error == nullptr ? std::string_view()
                          : std::string_view(error->text).substr(0, error->text.find(' '));
}

// UNBLOCKED: a blocking command on a master that became a replica. NOREPLICAS: a master cut off
// from its replicas, which may have got another meanwhile.
constexpr auto not_here = std::to_array<std::string_view>(
    {"MOVED", "READONLY", "CLUSTERDOWN", "NOREPLICAS", "UNBLOCKED", "MASTERDOWN"});
// Following an ASK would part keys that a script takes for one: while a slot is being moved, what
// is not declared to Redis stands at either node.
constexpr auto not_now = std::to_array<std::string_view>({"ASK", "TRYAGAIN"});

}  // namespace

Detour detour_of(const Reply& reply) {
  const auto code = code_of(reply);
  if (code.empty()) {
    return Detour::none;
  }
  if (std::ranges::find(not_here, code) != not_here.end()) {
    return Detour::elsewhere;
  }
  return std::ranges::find(not_now, code) != not_now.end() ? Detour::later : Detour::none;
}

std::optional<TcpAddress> moved_to(const Reply& reply, const Address& from) {
  const auto* here = std::get_if<TcpAddress>(&from);
  if (code_of(reply) != "MOVED" || here == nullptr) {
    return std::nullopt;
  }
  const std::string_view text = reply.error()->text;
  const auto address = text.substr(text.rfind(' ') + 1);
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  TcpAddress to{std::string(address.substr(0, colon)), 0};
  const char* const end = address.data() + address.size();
  const auto [parsed, ec] = std::from_chars(address.data() + colon + 1, end, to.port);
  if (ec != std::errc{} || parsed != end || to.port == 0 || to.host == "?") {
    return std::nullopt;
  }
  if (to.host.empty()) {
    to.host = here->host;
  }
  return to;
}

Failure not_served(const Reply& reply, const std::string& where) {
  const std::string code(code_of(reply));
  std::string advice = "see CLUSTER INFO and CLUSTER SHARDS of its cluster";
  if (code == "READONLY") {
    advice = "it is a replica; name its master, or its sentinels (redis.sentinels)";
  } else if (code == "NOREPLICAS") {
    advice = "it has too few replicas (min-replicas-to-write); see INFO replication";
  } else if (code == "UNBLOCKED") {
    advice = "it became a replica meanwhile";
  }
  return {FailureKind::local, "redis_unreachable",
          where + " does not serve the keys now (" + code + "), nothing was done; " + advice};
}

}  // namespace claimferry::redis
