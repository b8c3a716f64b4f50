// RedisAuditStream: the audit's ports over audit_read.lua and audit_forget.lua. Decides nothing.
#pragma once

#include "common/audit/adapter/audit_stream.hpp"
#include "common/redis/client.hpp"

namespace claimferry::audit {

class RedisAuditStream final : public AuditStream, public AuditHeadReader {
 public:
  explicit RedisAuditStream(redis::Client& redis) : redis_(redis) {}  // outlives this

  awaitable<Result<Batch>> read(queue::Term term) override;
  awaitable<Result<void>> forget(queue::Term term, std::optional<Head> known,
                                 Drained durable) override;
  awaitable<Result<std::optional<Head>>> head() override;

 private:
  redis::Client& redis_;
};

}  // namespace claimferry::audit
