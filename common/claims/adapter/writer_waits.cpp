#include "common/claims/adapter/writer_waits.hpp"

#include <map>
#include <mutex>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

namespace claimferry::claims {
namespace {

struct Waiting {
  boost::asio::executor_work_guard<Executor> alive;
  std::function<void()> resume;
};
using Waitings = std::map<std::uint64_t, Waiting>;

}  // namespace

struct WriterWaits::Board {
  std::mutex mutex;        // held while posting: the io_context's end waits for it
  Waitings waiting;        // added by the shard, taken by the writer or at the end: under mutex
  std::uint64_t last = 0;  // the shard's
};

boost::asio::execution_context::id WriterWaits::id;

WriterWaits::WriterWaits(boost::asio::execution_context& context)
    : service(context), board_(std::make_shared<Board>()) {}

WriterWaits::~WriterWaits() = default;

WriterWaits& WriterWaits::of(const Executor& executor) {
  constexpr boost::asio::execution::context_as_t<boost::asio::execution_context&> context;
  return boost::asio::use_service<WriterWaits>(boost::asio::query(executor, context));
}

WriterWaits::Wait WriterWaits::add(const Executor& executor, std::function<void()> resume) {
  const std::lock_guard lock(board_->mutex);
  const std::uint64_t number = ++board_->last;
  Waiting waiting{boost::asio::executor_work_guard<Executor>(executor), std::move(resume)};
  board_->waiting.emplace(number, std::move(waiting));
  return {board_, number};
}

void WriterWaits::Wait::end() const {
  const std::lock_guard lock(board_->mutex);
  auto wait = board_->waiting.extract(number_);
  if (!wait.empty()) {
    boost::asio::post(wait.mapped().alive.get_executor(), std::move(wait.mapped().resume));
  }
}

void WriterWaits::shutdown() {
  Waitings gone;  // outlives the lock: a coroutine's end may run code of any kind
  const std::lock_guard lock(board_->mutex);
  gone.swap(board_->waiting);
}

}  // namespace claimferry::claims
