// FileAuditStore: the AuditStore port on a directory, on a thread of its own, because an fsync may
// take long, or for ever on a network's disk, and the event loop turns meanwhile. How long to wait
// is the caller's business. It does not end before its thread: program::end_within() bounds that.
#pragma once

#include <boost/asio/thread_pool.hpp>

#include "common/audit/adapter/audit_directory.hpp"
#include "common/audit/adapter/audit_store.hpp"

namespace claimferry::audit {

class FileAuditStore final : public AuditStore {
 public:
  // The clock outlives this; so does the io_context of whoever awaits.
  FileAuditStore(AuditDirectory::Options options, const Clock& clock)
      : directory_(std::move(options)), clock_(clock) {}
  ~FileAuditStore() override { thread_.join(); }

  awaitable<Result<Drained>> take(Batch batch) override;

 private:
  // On thread_; Asio makes an empty answer before there is one.
  awaitable<std::optional<Result<Drained>>> take_here(Batch batch);

  const AuditDirectory directory_;
  const Clock& clock_;
  boost::asio::thread_pool thread_{1};
};

}  // namespace claimferry::audit
