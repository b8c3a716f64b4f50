#include "tests/contract/run_coroutine.hpp"

#include <exception>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace claimferry::contract {

void run_all(boost::asio::io_context& io, std::vector<awaitable<void>> operations) {
  std::exception_ptr thrown;
  std::size_t left = operations.size();
  for (awaitable<void>& operation : operations) {
    boost::asio::co_spawn(io, std::move(operation), [&](std::exception_ptr why) {
      thrown = why ? std::move(why) : thrown;
      --left;
    });
  }
  io.restart();
  while (left > 0 && io.run_one() > 0) {
  }
  if (thrown) {
    std::rethrow_exception(thrown);
  }
  if (left > 0) {
    throw std::logic_error("a coroutine waits for something that never comes");
  }
}

void start(boost::asio::io_context& io, awaitable<void> operation) {
  boost::asio::co_spawn(io, std::move(operation), boost::asio::detached);
}

}  // namespace claimferry::contract
