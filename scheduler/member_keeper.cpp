#include "scheduler/member_keeper.hpp"

#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::scheduler {
namespace {

constexpr Duration tick = std::chrono::milliseconds(500);
constexpr Duration after_trouble = std::chrono::seconds(2);

}  // namespace

awaitable<void> MemberKeeper::run() {
  while (!stopping_) {
    Duration pause = tick;
    if (leads_()) {
      pause = co_await look();
    }
    if (pause > Duration::zero() && !stopping_) {
      co_await alarm_.wait(sleeper_, pause);
    }
  }
}

awaitable<Result<members::MemberRecorder::Step>> MemberKeeper::step() {
  if (!opened_) {
    auto opened = co_await recorder_.open();
    if (!opened) {
      co_return std::move(opened.failure());
    }
    opened_ = true;
  }
  co_return co_await recorder_.step();
}

awaitable<Duration> MemberKeeper::look() {
  const auto step = co_await this->step();
  if (!step) {
    // Of a Redis that is away the loop tells.
    if (!queue::concerns_every_call(step.failure())) {
      trouble_.begin(step.failure());
    }
    co_return after_trouble;
  }
  trouble_.end();
  tell_brought(step->news, step->more);
  co_return step->more ? Duration::zero() : tick;
}

// Once, at the end of what came together.
void MemberKeeper::tell_brought(unsigned news, bool more) {
  brought_ += news;
  if (brought_ > 0 && !more) {
    observer_.on(telemetry::ProcessEvent{
        "members_brought", std::to_string(brought_) + " members out of the database into Redis"});
    brought_ = 0;
  }
}

}  // namespace claimferry::scheduler
