// dial: from one node's address to a connected socket. When to try, how long and which node, and
// TLS, are the attempt's business.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "common/redis/endpoint.hpp"
#include "common/redis/stream.hpp"

namespace claimferry::redis {

// Resolver and socket belong to the caller, who cancels and closes them to end it early. Failures
// (redis_unreachable) say what to do.
awaitable<Result<void>> dial(const Endpoint& node, boost::asio::ip::tcp::resolver& resolver,
                             Socket& socket);

}  // namespace claimferry::redis
