#include "scheduler/library_keeper.hpp"

#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::scheduler {
namespace {

constexpr Duration while_following = std::chrono::milliseconds(500);
constexpr Duration while_leading = std::chrono::seconds(5);

}  // namespace

LibraryKeeper::LibraryKeeper(Executor executor, redis::Endpoint endpoint, Sleeper& sleeper,
                             telemetry::Observer& observer, std::function<bool()> leads)
    : executor_(std::move(executor)),
      endpoint_(std::move(endpoint)),
      sleeper_(sleeper),
      observer_(observer),
      leads_(std::move(leads)),
      library_({queue::function_library_version, queue::function_library()}),
      trouble_(observer, "function_library") {}

awaitable<void> LibraryKeeper::run() {
  while (!stopping_) {
    const bool leading = leads_();
    if (leading) {
      co_await look();
    }
    const Duration pause = leading ? while_leading : while_following;
    if (!stopping_) {
      co_await alarm_.wait(sleeper_, pause);
    }
  }
}

awaitable<void> LibraryKeeper::look() {
  auto session = co_await redis::Session::open(executor_, endpoint_);
  if (!session) {
    co_return;  // the loop tells that Redis is away
  }
  const auto outcome = co_await library_.ensure(*session);
  if (!outcome) {
    if (!queue::concerns_every_call(outcome.failure())) {
      trouble_.begin(outcome.failure());
    }
    co_return;
  }
  trouble_.end();
  const bool is_newer = *outcome == queue::FunctionLibrary::Outcome::newer_there;
  if (*outcome == queue::FunctionLibrary::Outcome::loaded) {
    observer_.on(telemetry::ProcessEvent{"library_loaded", "redis-cli FCALL cf_help 1 'cf:{0}'"});
  } else if (is_newer && !newer_told_) {
    observer_.on(telemetry::ProcessEvent{"library_newer", "a newer release's library is kept"});
  }
  newer_told_ = is_newer;
}

}  // namespace claimferry::scheduler
