// WriterWaits: the coroutines of one io_context that wait for the writer's thread. They go on, on
// their own executor, when the writer is done. When their io_context goes first (a commit that
// outlasts the drain) they are destroyed with it, by its thread and while its services stand, and
// the writer's answer reaches nobody.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <boost/asio/execution_context.hpp>

#include "common/async/awaitable.hpp"

namespace claimferry::claims {

// A service of the io_context, because only services hear of its end: boost::asio::use_service.
class WriterWaits final : public boost::asio::execution_context::service {
 public:
  static boost::asio::execution_context::id id;

  explicit WriterWaits(boost::asio::execution_context& context);
  ~WriterWaits() override;
  static WriterWaits& of(const Executor& executor);

  // Any thread may end the wait, once, also after the io_context is gone.
  class Wait;
  // Keeps the io_context running until then. `resume` owns the coroutine.
  Wait add(const Executor& executor, std::function<void()> resume);

 private:
  struct Board;
  void shutdown() override;

  std::shared_ptr<Board> board_;
};

class WriterWaits::Wait {
 public:
  Wait(std::shared_ptr<Board> board, std::uint64_t number) noexcept
      : board_(std::move(board)), number_(number) {}
  void end() const;

 private:
  std::shared_ptr<Board> board_;
  std::uint64_t number_;
};

}  // namespace claimferry::claims
