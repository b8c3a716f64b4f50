// dial: from an endpoint to an open socket, and from an open socket to a Redis that is ready for
// commands. When to try, how long and how often is the channel's business.
#pragma once

#include <memory>

#include <boost/asio/ip/tcp.hpp>

#include "common/redis/endpoint.hpp"
#include "common/redis/link.hpp"

namespace claimferry::redis {

// Resolver and stream belong to the caller, who cancels and closes them to end it early. Failures
// (redis_unreachable) say what to do.
awaitable<Result<void>> dial(const Endpoint& endpoint, boost::asio::ip::tcp::resolver& resolver,
                             Stream& stream);

// AUTH, SELECT, PING. redis_refused: wrong credentials or database; redis_unreachable: it is there,
// but still loading its data.
awaitable<Result<void>> greet(std::shared_ptr<Link> link, const Endpoint& endpoint,
                              Duration deadline);

}  // namespace claimferry::redis
