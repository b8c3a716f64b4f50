// Runs one coroutine to its end on an io_context of the test, and answers what it returned.
#pragma once

#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "common/async/awaitable.hpp"

namespace claimferry::contract {

template <class T>
awaitable<void> keep_result(awaitable<T> operation, std::optional<T>& result) {
  result.emplace(co_await std::move(operation));
}

template <class T>
T run(boost::asio::io_context& io, awaitable<T> operation) {
  std::optional<T> result;
  std::exception_ptr thrown;
  bool over = false;
  const auto finish = [&](std::exception_ptr why) {
    thrown = std::move(why);
    over = true;
  };
  boost::asio::co_spawn(io, keep_result(std::move(operation), result), finish);
  io.restart();
  while (!over && io.run_one() > 0) {
  }
  if (thrown) {
    std::rethrow_exception(thrown);
  }
  if (!result) {
    throw std::logic_error("the coroutine waits for something that never comes");
  }
  return *std::move(result);
}

// The same for several that begin together.
template <class T>
std::vector<T> run_together(boost::asio::io_context& io, std::vector<awaitable<T>> operations) {
  std::vector<std::optional<T>> results(operations.size());
  std::exception_ptr thrown;
  std::size_t left = operations.size();
  for (std::size_t at = 0; at < operations.size(); ++at) {
    boost::asio::co_spawn(io, keep_result(std::move(operations[at]), results[at]),
                          [&](std::exception_ptr why) {
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
  std::vector<T> answers;
  for (std::optional<T>& result : results) {
    if (!result) {
      throw std::logic_error("a coroutine waits for something that never comes");
    }
    answers.push_back(*std::move(result));
  }
  return answers;
}

}  // namespace claimferry::contract
