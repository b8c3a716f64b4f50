// Runs coroutines to their end on an io_context of the test, and answers what they returned.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "common/async/awaitable.hpp"

namespace claimferry::contract {

// Until all are over. Throws what the last of them threw, and std::logic_error where one waits for
// something that never comes. Compiled once: what starts a coroutine is long.
void run_all(boost::asio::io_context& io, std::vector<awaitable<void>> operations);

// Begins one that goes on when the loop runs; what it throws is dropped.
void start(boost::asio::io_context& io, awaitable<void> operation);

template <class T>
awaitable<void> keep_result(awaitable<T> operation, std::optional<T>& result) {
  result.emplace(co_await std::move(operation));
}

// Several that begin together.
template <class T>
std::vector<T> run_together(boost::asio::io_context& io, std::vector<awaitable<T>> operations) {
  std::vector<std::optional<T>> results(operations.size());
  std::vector<awaitable<void>> kept;
  for (std::size_t at = 0; at < operations.size(); ++at) {
    kept.push_back(keep_result(std::move(operations[at]), results[at]));
  }
  run_all(io, std::move(kept));
  std::vector<T> answers;
  for (std::optional<T>& result : results) {
    answers.push_back(*std::move(result));
  }
  return answers;
}

template <class T>
T run(boost::asio::io_context& io, awaitable<T> operation) {
  std::optional<T> result;
  std::vector<awaitable<void>> kept;
  kept.push_back(keep_result(std::move(operation), result));
  run_all(io, std::move(kept));
  return *std::move(result);
}

}  // namespace claimferry::contract
