// Sinks: the sink that the configuration names: one SQLite or NDJSON sink for all shards of the
// process, or a PostgreSQL sink a shard, each with connections of its own.
#pragma once

#include <memory>
#include <optional>

#include "common/claims/adapter/claim_sink.hpp"
#include "common/config/config.hpp"
#include "common/postgres/pool.hpp"

namespace claimferry::worker {

class Sinks {
 public:
  // Throws std::runtime_error where the password cannot be read. config and clock outlive it.
  Sinks(const config::Config& config, const Clock& clock);

  // For the thread of the executor. random outlives the io_context; the sink goes before that.
  std::shared_ptr<claims::ClaimSink> make(Executor executor, Random& random) const;
  // Of the database that is named, where one is.
  const std::optional<postgres::Login>& login() const noexcept { return login_; }

 private:
  const config::SinkConfig& config_;
  const Clock& clock_;
  std::optional<postgres::Login> login_;
  std::shared_ptr<claims::ClaimSink> shared_;
};

}  // namespace claimferry::worker
