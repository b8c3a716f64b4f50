// LocalRun: the coroutines of a command, each run to its end.
#pragma once

#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "common/async/awaitable.hpp"
#include "common/base/result.hpp"

namespace claimferry::ctl {

class LocalRun {
 public:
  template <class T>
  Result<T> run(awaitable<Result<T>> operation) {
    std::optional<Result<T>> result;
    run_to_end(keep(std::move(operation), result));
    return std::move(*result);
  }

  boost::asio::io_context& io() noexcept { return io_; }

 private:
  template <class T>
  static awaitable<void> keep(awaitable<Result<T>> operation, std::optional<Result<T>>& result) {
    result.emplace(co_await std::move(operation));
  }
  void run_to_end(awaitable<void> operation);

  boost::asio::io_context io_{1};
};

}  // namespace claimferry::ctl
