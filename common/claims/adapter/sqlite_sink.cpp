#include "common/claims/adapter/sqlite_sink.hpp"

#include "common/claims/adapter/on_writer.hpp"
#include "common/claims/adapter/sqlite_writer.hpp"

namespace claimferry::claims {
namespace {

template <class T>
using Work = StoreWork<SqliteStore, T>;

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
