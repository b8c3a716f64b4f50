// on_writer: hands work to a store's writer and resumes the coroutine on its own executor.
#pragma once

#include <boost/asio/async_result.hpp>

#include "common/claims/adapter/store_writer.hpp"
#include "common/claims/adapter/writer_waits.hpp"

namespace claimferry::claims {

template <class Store, class T>
using StoreWork = std::function<Result<T>(Store&)>;

// What a task leaves for the coroutine that waits for it.
template <class T>
struct PendingResult {
  std::optional<Result<T>> value;
};

// The writer outlives the wait.
template <class Store, class T>
awaitable<Result<T>> on_writer(StoreWriter<Store>& writer, StoreWork<Store, T> work,
                               StoreWork<Store, void> afterwards = nullptr) {
  auto executor = co_await boost::asio::this_coro::executor;
  auto pending = std::make_shared<PendingResult<T>>();
  auto initiate = [executor, pending, &writer, work = std::move(work),
                   afterwards = std::move(afterwards)](auto handler) mutable {
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    const auto wait = WriterWaits::of(executor).add(executor, [resume] { std::move (*resume)(); });
    typename StoreWriter<Store>::Task task;
    task.work = [pending, work = std::move(work)](Store& store) -> Result<void> {
      pending->value = work(store);
      return pending->value->ok() ? Result<void>() : Result<void>(pending->value->failure());
    };
    task.done = [pending, wait](Result<void> outcome) {
      if (!outcome) {
        pending->value = std::move(outcome.failure());
      }
      wait.end();
    };
    task.afterwards = std::move(afterwards);
    writer.submit(std::move(task));
  };
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
      std::move(initiate), boost::asio::use_awaitable);
  co_return std::move(*pending->value);
}

}  // namespace claimferry::claims
