// NdjsonSink: the ClaimSink port on a directory of segments (ndjson_store.hpp). A writer thread
// owns the segment and the state; waiting pages share a transaction. Worker processes on one host
// share the directory, each with a segment of its own.
#pragma once

#include <memory>

#include "common/claims/adapter/claim_sink.hpp"
#include "common/claims/adapter/ndjson_store.hpp"

namespace claimferry::claims {

class NdjsonSink final : public ClaimSink {
 public:
  // clock and disk outlive it.
  NdjsonSink(NdjsonOptions options, const Clock& clock);
  NdjsonSink(NdjsonOptions options, const Clock& clock, SegmentDisk& disk);
  ~NdjsonSink() override;  // finishes what was handed over and its segment, then ends the thread

  awaitable<Result<void>> open() override;
  awaitable<Result<std::optional<queue::Cursor>>> resume(SyncKey key) override;
  awaitable<Result<CommitReport>> commit(PageCommit commit) override;
  awaitable<Result<void>> quarantine_page(BadPage page) override;
  awaitable<Result<CloseReport>> close(SyncClose close) override;
  awaitable<Result<void>> erase(SyncKey key) override;

 private:
  const Clock& clock_;
  SegmentDisk own_disk_;
  std::unique_ptr<class NdjsonWriter> writer_;
};

}  // namespace claimferry::claims
