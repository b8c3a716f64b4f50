#include "scheduler/ctl/local_run.hpp"

#include <boost/asio/co_spawn.hpp>

#include "common/async/rethrow.hpp"

namespace claimferry::ctl {

// What else runs on the loop, such as a connection that listens, goes on with the next operation.
void LocalRun::run_to_end(awaitable<void> operation) {
  bool over = false;
  boost::asio::co_spawn(io_, std::move(operation), [&over](const std::exception_ptr& error) {
    rethrow(error);
    over = true;
  });
  io_.restart();
  while (!over && io_.run_one() > 0) {
  }
}

}  // namespace claimferry::ctl
