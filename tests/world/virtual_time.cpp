#include "tests/world/virtual_time.hpp"

#include "common/base/assert.hpp"

namespace claimferry::world {

awaitable<void> VirtualTime::sleep(Duration how_long) {
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor, boost::asio::steady_timer::time_point::max());
  const Bed bed(sleepers_, steady_ + how_long, timer);
  co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

void VirtualTime::advance_to_next() {
  CLAIMFERRY_ASSERT(!sleepers_.empty());
  const SteadyTime due = std::max(steady_, sleepers_.begin()->first);
  steady_ = due;
  for (auto next = sleepers_.begin(); next != sleepers_.end() && next->first <= due; ++next) {
    next->second->cancel();
  }
}

}  // namespace claimferry::world
