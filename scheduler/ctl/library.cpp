#include "scheduler/ctl/library.hpp"

#include "common/async/awaitable.hpp"
#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::ctl {
namespace {

using queue::FunctionLibrary;

awaitable<Result<FunctionLibrary::Outcome>> ensure(Executor executor, redis::Endpoint endpoint) {
  auto session = co_await redis::Session::open(executor, endpoint);
  if (!session) {
    co_return std::move(session.failure());
  }
  const FunctionLibrary library({queue::function_library_version, queue::function_library()});
  co_return co_await library.ensure(*session);
}

}  // namespace

Result<FunctionLibrary::Outcome> ensure_library(LocalRun& local, redis::Endpoint endpoint) {
  return local.run(ensure(executor_of(local.io()), std::move(endpoint)));
}

}  // namespace claimferry::ctl
