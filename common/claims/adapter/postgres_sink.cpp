#include "common/claims/adapter/postgres_sink.hpp"

#include <functional>

#include "common/claims/adapter/postgres_failure.hpp"
#include "common/claims/adapter/postgres_schema.hpp"
#include "common/claims/adapter/postgres_store.hpp"

namespace claimferry::claims {
namespace {

constexpr int runs_max = 4;

// One call of the store's, as a member function without its receiver.
template <class T>
using Work = std::function<awaitable<Result<T>>(PostgresStore&)>;

template <class T>
awaitable<Result<T>> run_once(std::shared_ptr<postgres::Pool> pool, Work<T> work) {
  auto lease = co_await postgres::Pool::lease(std::move(pool));
  if (!lease) {
    co_return std::move(lease.failure());
  }
  PostgresStore store(std::move(*lease));
  auto operation = work(store);
  co_return co_await std::move(operation);
}

template <class T>
awaitable<Result<T>> run(std::shared_ptr<postgres::Pool> pool, Work<T> work) {
  for (int left = runs_max; left > 0; --left) {
    auto answer = co_await run_once<T>(pool, work);
    if (answer) {
      co_return answer;
    }
    if (answer.failure().kind == FailureKind::lease_lost) {
      co_return answer;
    }
    if (!is_conflict(answer.failure()) || left == 1) {
      co_return sink_failure(answer.failure());
    }
  }
  co_return Failure{FailureKind::local, "sink_busy", "conflicts with other transactions"};
}

}  // namespace

PostgresSink::PostgresSink(Executor executor, postgres::Login login,
                           postgres::Pool::Options options, const Clock& clock, Random& random)
    : clock_(clock),
      pool_(std::make_shared<postgres::Pool>(std::move(executor), std::move(login), options, clock,
                                             random)) {}

PostgresSink::~PostgresSink() {
  pool_->close();
}

awaitable<Result<void>> PostgresSink::open() {
  auto lease = co_await postgres::Pool::lease(pool_);
  if (!lease) {
    co_return sink_failure(lease.failure());
  }
  co_return co_await check_postgres_schema(std::move(*lease));
}

awaitable<Result<std::optional<queue::Cursor>>> PostgresSink::resume(SyncKey key) {
  Work<std::optional<queue::Cursor>> work = [key](PostgresStore& store) {
    return store.resume(key);
  };
  co_return co_await run(pool_, std::move(work));
}

awaitable<Result<CommitReport>> PostgresSink::commit(PageCommit commit) {
  auto shared = std::make_shared<const PageCommit>(std::move(commit));
  Work<CommitReport> work = [shared](PostgresStore& store) { return store.commit(shared); };
  co_return co_await run(pool_, std::move(work));
}

awaitable<Result<void>> PostgresSink::quarantine_page(BadPage page) {
  auto shared = std::make_shared<const BadPage>(std::move(page));
  Work<void> work = [shared](PostgresStore& store) { return store.quarantine_page(shared); };
  co_return co_await run(pool_, std::move(work));
}

awaitable<Result<CloseReport>> PostgresSink::close(SyncClose close) {
  Work<CloseReport> work = [close](PostgresStore& store) { return store.close(close); };
  co_return co_await run(pool_, std::move(work));
}

awaitable<Result<void>> PostgresSink::erase(SyncKey key) {
  const WallTime at = clock_.wall();
  Work<void> work = [key, at](PostgresStore& store) { return store.erase(key, at); };
  co_return co_await run(pool_, std::move(work));
}

awaitable<Result<std::uint64_t>> PostgresSink::count_outdated() {
  Work<std::uint64_t> work = [](PostgresStore& store) { return store.count_outdated(); };
  co_return co_await run(pool_, std::move(work));
}

awaitable<Result<OutdatedStep>> PostgresSink::outdated(std::optional<VersionKey> after) {
  Work<OutdatedStep> work = [after](PostgresStore& store) { return store.outdated(after); };
  co_return co_await run(pool_, std::move(work));
}

awaitable<Result<void>> PostgresSink::renew(std::vector<RebuiltVersion> versions) {
  auto shared = std::make_shared<const std::vector<RebuiltVersion>>(std::move(versions));
  Work<void> work = [shared](PostgresStore& store) { return store.renew(shared); };
  co_return co_await run(pool_, std::move(work));
}

awaitable<Result<MarkedStep>> PostgresSink::mark(std::optional<VersionKey> after) {
  Work<MarkedStep> work = [after](PostgresStore& store) { return store.mark(after); };
  co_return co_await run(pool_, std::move(work));
}

awaitable<Result<bool>> PostgresSink::all_marked() {
  Work<bool> work = [](PostgresStore& store) { return store.all_marked(); };
  co_return co_await run(pool_, std::move(work));
}

}  // namespace claimferry::claims
