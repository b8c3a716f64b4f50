// sentinel: the one question that is asked of a sentinel.
#pragma once

#include <memory>
#include <string>

#include "common/redis/endpoint.hpp"
#include "common/redis/link.hpp"

namespace claimferry::redis {

// SENTINEL GET-MASTER-ADDR-BY-NAME over a link that was greeted. redis_refused: it knows no master
// of that name, or may not be asked; redis_unreachable: what it answered is no address.
awaitable<Result<TcpAddress>> ask_for_master(std::shared_ptr<Link> sentinel, std::string name,
                                             Duration deadline);

}  // namespace claimferry::redis
