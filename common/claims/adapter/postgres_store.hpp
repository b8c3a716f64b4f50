// PostgresStore: each call of the port as one transaction on a leased connection. The member's
// fence comes first in each: its row's lock makes transactions of one member follow each other, so
// that they never wait for each other in a circle; those of different members share no row.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "common/claims/adapter/claim_rebuild.hpp"
#include "common/claims/adapter/claim_sink.hpp"
#include "common/postgres/pool.hpp"

namespace claimferry::claims {

// Failures are still PostgreSQL's (common/postgres/connection.hpp), but for lease_lost.
class PostgresStore {
 public:
  explicit PostgresStore(postgres::Pool::Lease lease) : lease_(std::move(lease)) {}

  awaitable<Result<std::optional<queue::Cursor>>> resume(SyncKey key);
  awaitable<Result<CommitReport>> commit(std::shared_ptr<const PageCommit> commit);
  awaitable<Result<void>> quarantine_page(std::shared_ptr<const BadPage> page);
  awaitable<Result<CloseReport>> close(SyncClose close);
  awaitable<Result<void>> erase(SyncKey key, WallTime at);
  awaitable<Result<std::uint64_t>> count_outdated();
  awaitable<Result<OutdatedStep>> outdated(std::optional<VersionKey> after);
  awaitable<Result<void>> renew(std::shared_ptr<const std::vector<RebuiltVersion>> versions);
  awaitable<Result<MarkedStep>> mark(std::optional<VersionKey> after);
  awaitable<Result<bool>> all_marked();

 private:
  // BEGIN, the fence, and what else is asked in the same turn, whose answers it returns.
  awaitable<Result<postgres::Answers>> begin(SyncKey key, std::vector<postgres::Call> asks);
  // The rest of the transaction and its COMMIT, or ROLLBACK.
  awaitable<Result<postgres::Answers>> finish(std::vector<postgres::Call> calls);
  awaitable<Failure> give_up(Failure why);
  awaitable<Result<CloseReport>> count_missed(SyncClose close);

  postgres::Pool::Lease lease_;
};

}  // namespace claimferry::claims
