// MeasuredSink: a sink that tells how long each commit took, whether it was taken, and of which
// types its claims were. Everything else is the sink's own.
#pragma once

#include <memory>

#include "common/base/clock.hpp"
#include "common/claims/adapter/claim_sink.hpp"
#include "common/telemetry/event.hpp"

namespace claimferry::worker {

class MeasuredSink final : public claims::ClaimSink {
 public:
  MeasuredSink(std::shared_ptr<claims::ClaimSink> sink, const Clock& clock,
               telemetry::Observer& observer)
      : sink_(std::move(sink)), clock_(clock), observer_(observer) {}

  awaitable<Result<void>> open() override { return sink_->open(); }
  awaitable<Result<std::optional<queue::Cursor>>> resume(claims::SyncKey key) override {
    return sink_->resume(std::move(key));
  }
  awaitable<Result<claims::CommitReport>> commit(claims::PageCommit commit) override;
  awaitable<Result<void>> quarantine_page(claims::BadPage page) override {
    return sink_->quarantine_page(std::move(page));
  }
  awaitable<Result<claims::CloseReport>> close(claims::SyncClose close) override {
    return sink_->close(std::move(close));
  }
  awaitable<Result<void>> erase(claims::SyncKey key) override {
    return sink_->erase(std::move(key));
  }

 private:
  std::shared_ptr<claims::ClaimSink> sink_;
  const Clock& clock_;
  telemetry::Observer& observer_;
};

}  // namespace claimferry::worker
