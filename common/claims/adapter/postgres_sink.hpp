// PostgresSink: the ClaimSink port on a PostgreSQL database, for one thread: a shard has a sink of
// its own, and with it a pool of connections. A page is one transaction of two turns; one that lost
// a conflict of serialization is run again.
#pragma once

#include <memory>

#include "common/claims/adapter/claim_rebuild.hpp"
#include "common/claims/adapter/claim_sink.hpp"
#include "common/postgres/pool.hpp"

namespace claimferry::claims {

class PostgresSink final : public ClaimSink, public ClaimRebuild {
 public:
  // clock and random outlive every coroutine of the sink's.
  PostgresSink(Executor executor, postgres::Login login, postgres::Pool::Options options,
               const Clock& clock, Random& random);
  ~PostgresSink() override;

  // Checks the schema, which `claimferry db migrate` makes; needed once a process.
  awaitable<Result<void>> open() override;
  awaitable<Result<std::optional<queue::Cursor>>> resume(SyncKey key) override;
  awaitable<Result<CommitReport>> commit(PageCommit commit) override;
  awaitable<Result<void>> quarantine_page(BadPage page) override;
  awaitable<Result<CloseReport>> close(SyncClose close) override;
  awaitable<Result<void>> erase(SyncKey key) override;

  awaitable<Result<std::uint64_t>> count_outdated() override;
  awaitable<Result<OutdatedStep>> outdated(std::optional<VersionKey> after) override;
  awaitable<Result<void>> renew(std::vector<RebuiltVersion> versions) override;
  awaitable<Result<MarkedStep>> mark(std::optional<VersionKey> after) override;
  awaitable<Result<bool>> all_marked() override;

 private:
  const Clock& clock_;
  std::shared_ptr<postgres::Pool> pool_;
};

}  // namespace claimferry::claims
