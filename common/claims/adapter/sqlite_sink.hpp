// SqliteSink: the ClaimSink port on one local file. A writer thread owns the connection; waiting
// pages share a transaction, each judged on its own; a coroutine goes on, on its own executor, when
// its page is durable. Worker processes on one host share the file by SQLite's locks.
#pragma once

#include <filesystem>
#include <memory>

#include "common/claims/adapter/claim_rebuild.hpp"
#include "common/claims/adapter/claim_sink.hpp"

namespace claimferry::claims {

class SqliteSink final : public ClaimSink, public ClaimRebuild {
 public:
  SqliteSink(std::filesystem::path path, const Clock& clock);
  ~SqliteSink() override;  // finishes what was handed over, then ends the thread

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
  std::unique_ptr<class SqliteWriter> writer_;
};

}  // namespace claimferry::claims
