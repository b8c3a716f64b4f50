// SinkLoad: pages of generated claims through a sink's port, as a worker's jobs bring them: a
// member's pages follow each other, and several members' come together.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "common/claims/adapter/claim_sink.hpp"

namespace claimferry::bench {

struct SinkLoad {
  unsigned members = 32;
  unsigned pages = 8;     // of each
  unsigned eobs = 20;     // a page
  unsigned at_once = 16;  // members whose pages come together: SQLite's pages a transaction
};

// A page that was stored: whose it is, and its claims.
struct StoredPage {
  std::string member;
  std::vector<std::string> ids;
};

// Stores all of it; answers the seconds that the sink took. What parsing takes is not among them.
// Tells of each group of pages behind it. Throws std::runtime_error where the sink fails.
using GroupTold = std::function<void(const std::vector<StoredPage>&)>;
double store(boost::asio::io_context& io, claims::ClaimSink& sink, const SinkLoad& load,
             const GroupTold& tell);

}  // namespace claimferry::bench
