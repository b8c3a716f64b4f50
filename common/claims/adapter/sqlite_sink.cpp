#include "common/claims/adapter/sqlite_sink.hpp"

#include <boost/asio/async_result.hpp>

#include "common/claims/adapter/sqlite_writer.hpp"
#include "common/claims/adapter/writer_waits.hpp"

namespace claimferry::claims {
namespace {

template <class T>
using Work = std::function<Result<T>(SqliteStore&)>;

// What a task leaves for the coroutine that waits for it.
template <class T>
struct Pending {
  std::optional<Result<T>> value;
};

// Hands the work to the writer and resumes the coroutine on its own executor.
template <class T>
awaitable<Result<T>> on_writer(SqliteWriter& writer, Work<T> work,
                               Work<void> afterwards = nullptr) {
  auto executor = co_await boost::asio::this_coro::executor;
  auto pending = std::make_shared<Pending<T>>();
  auto initiate = [executor, pending, &writer, work = std::move(work),
                   afterwards = std::move(afterwards)](auto handler) mutable {
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    const auto wait = WriterWaits::of(executor).add(executor, [resume] { std::move (*resume)(); });
    SqliteWriter::Task task;
    task.work = [pending, work = std::move(work)](SqliteStore& store) -> Result<void> {
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

}  // namespace

SqliteSink::SqliteSink(std::filesystem::path path, const Clock& clock)
    : clock_(clock), writer_(std::make_unique<SqliteWriter>(std::move(path))) {}

SqliteSink::~SqliteSink() = default;

awaitable<Result<void>> SqliteSink::open() {
  Work<void> work = [](SqliteStore&) { return Result<void>(); };
  co_return co_await on_writer(*writer_, std::move(work));
}

awaitable<Result<std::optional<queue::Cursor>>> SqliteSink::resume(SyncKey key) {
  Work<std::optional<queue::Cursor>> work = [key](SqliteStore& store) { return store.resume(key); };
  co_return co_await on_writer(*writer_, std::move(work));
}

awaitable<Result<CommitReport>> SqliteSink::commit(PageCommit commit) {
  // Shared, because std::function wants to copy; the page itself never is.
  auto shared = std::make_shared<PageCommit>(std::move(commit));
  Work<CommitReport> work = [shared](SqliteStore& store) { return store.commit(*shared); };
  co_return co_await on_writer(*writer_, std::move(work));
}

awaitable<Result<void>> SqliteSink::quarantine_page(BadPage page) {
  auto shared = std::make_shared<BadPage>(std::move(page));
  Work<void> work = [shared](SqliteStore& store) { return store.quarantine_page(*shared); };
  co_return co_await on_writer(*writer_, std::move(work));
}

awaitable<Result<CloseReport>> SqliteSink::close(SyncClose close) {
  Work<CloseReport> work = [close](SqliteStore& store) { return store.close(close); };
  co_return co_await on_writer(*writer_, std::move(work));
}

awaitable<Result<void>> SqliteSink::erase(SyncKey key) {
  const WallTime at = clock_.wall();
  Work<void> work = [key, at](SqliteStore& store) { return store.erase(key, at); };
  Work<void> afterwards = [](SqliteStore& store) { return store.clear_traces(); };
  co_return co_await on_writer(*writer_, std::move(work), std::move(afterwards));
}

awaitable<Result<std::uint64_t>> SqliteSink::count_outdated() {
  Work<std::uint64_t> work = [](SqliteStore& store) { return store.count_outdated(); };
  co_return co_await on_writer(*writer_, std::move(work));
}

awaitable<Result<OutdatedStep>> SqliteSink::outdated(std::optional<VersionKey> /*after*/) {
  Work<OutdatedStep> work = [](SqliteStore& store) { return store.outdated(); };
  co_return co_await on_writer(*writer_, std::move(work));
}

awaitable<Result<void>> SqliteSink::renew(std::vector<RebuiltVersion> versions) {
  auto shared = std::make_shared<std::vector<RebuiltVersion>>(std::move(versions));
  Work<void> work = [shared](SqliteStore& store) { return store.renew(*shared); };
  co_return co_await on_writer(*writer_, std::move(work));
}

awaitable<Result<MarkedStep>> SqliteSink::mark(std::optional<VersionKey> /*after*/) {
  Work<MarkedStep> work = [](SqliteStore& store) { return store.mark(); };
  co_return co_await on_writer(*writer_, std::move(work));
}

awaitable<Result<bool>> SqliteSink::all_marked() {
  Work<bool> work = [](SqliteStore& store) { return store.all_marked(); };
  co_return co_await on_writer(*writer_, std::move(work));
}

}  // namespace claimferry::claims
