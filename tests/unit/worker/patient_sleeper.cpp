#include "tests/unit/worker/patient_sleeper.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace claimferry::worker {

struct PatientSleeper::Sleepers {
  using ByTime = std::multimap<WallTime, boost::asio::steady_timer*>;
  struct Bed {
    ByTime& all;
    ByTime::iterator place;
    ~Bed() { all.erase(place); }
  };
  ByTime all;
};

PatientSleeper::PatientSleeper(StandingClock& clock)
    : clock_(clock), sleepers_(std::make_unique<Sleepers>()) {}
PatientSleeper::~PatientSleeper() = default;

awaitable<void> PatientSleeper::sleep(Duration how_long) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor,
                                  boost::asio::steady_timer::time_point::max());
  auto& all = sleepers_->all;
  const Sleepers::Bed bed{all, all.emplace(clock_.now + how_long, &timer)};
  co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

void PatientSleeper::wake_due() {
  for (const auto& [due, timer] : sleepers_->all) {
    if (due <= clock_.now) {
      timer->cancel();
    }
  }
}

void PatientSleeper::wake_next() {
  if (sleepers_->all.empty()) {
    throw std::logic_error("the coroutine waits for something that never comes");
  }
  clock_.now = std::max(clock_.now, sleepers_->all.begin()->first);
  wake_due();
}

void run_through(boost::asio::io_context& io, PatientSleeper& sleeper, awaitable<void> operation) {
  constexpr unsigned naps_max = 10'000;
  std::exception_ptr thrown;
  bool over = false;
  boost::asio::co_spawn(io, std::move(operation), [&](std::exception_ptr why) {
    thrown = std::move(why);
    over = true;
  });
  for (unsigned naps = 0;; ++naps) {
    io.restart();
    io.poll();
    if (thrown) {
      std::rethrow_exception(thrown);
    }
    if (over) {
      return;
    }
    if (naps == naps_max) {
      throw std::logic_error("the coroutine waits, however late it is");
    }
    sleeper.wake_next();
  }
}

}  // namespace claimferry::worker
