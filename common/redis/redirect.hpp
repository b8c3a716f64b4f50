// Redirect: what an error reply says of where the keys are served. Pure; following it is the
// attempt's and the channel's business. Each of them means that the command has not run.
#pragma once

#include <optional>
#include <string>

#include "common/base/failure.hpp"
#include "common/redis/endpoint.hpp"
#include "common/redis/reply.hpp"

namespace claimferry::redis {

enum class Detour {
  none,       // an answer like any other
  elsewhere,  // this node does not serve the keys now: dial anew
  later,      // the keys are on their way from one node to another: the same node, in a while
};
Detour detour_of(const Reply& reply);

// "MOVED 13907 10.0.0.2:7001", "[…] ::1:7001", and "MOVED 13907 :7001", which is another port of
// the host that answers. Nothing: it is no such error, or names no host ("?").
std::optional<TcpAddress> moved_to(const Reply& reply, const Address& from);

// For a command that met nothing but detours: local, redis_unreachable, and what to look at.
Failure not_served(const Reply& reply, const std::string& where);

}  // namespace claimferry::redis
