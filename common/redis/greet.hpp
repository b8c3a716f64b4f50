// greet: from an open link to a server that is ready for commands, or to the word where the one is
// that serves them.
#pragma once

#include <memory>
#include <optional>

#include "common/redis/endpoint.hpp"
#include "common/redis/link.hpp"

namespace claimferry::redis {

// AUTH, SELECT, and a command. `endpoint`: the whole of it; what was promised there is checked: a
// Redis Cluster where it names several nodes, a master where sentinels named it. Answers the
// address of a cluster's node to greet instead, or nothing when the link is ready. redis_refused:
// wrong credentials, database or kind of server; redis_unreachable: it is there, but not ready.
awaitable<Result<std::optional<TcpAddress>>> greet(std::shared_ptr<Link> link, Endpoint endpoint,
                                                   Duration deadline);

}  // namespace claimferry::redis
