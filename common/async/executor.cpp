#include <boost/asio/io_context.hpp>

#include "common/async/awaitable.hpp"

namespace claimferry {

Executor executor_of(boost::asio::io_context& io) {
  return io.get_executor();
}

}  // namespace claimferry
