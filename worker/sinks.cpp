#include "worker/sinks.hpp"

#include "common/claims/adapter/ndjson_sink.hpp"
#include "common/claims/adapter/postgres_sink.hpp"
#include "common/claims/adapter/sqlite_sink.hpp"
#include "common/program/program.hpp"

namespace claimferry::worker {

Sinks::Sinks(const config::Config& config, const Clock& clock)
    : config_(config.sink), clock_(clock) {
  if (config_.kind == "postgres") {
    login_ = program::value_or_throw(program::postgres_login(config_));
  } else if (config_.kind == "ndjson") {
    shared_ = std::make_shared<claims::NdjsonSink>(
        claims::NdjsonOptions{config_.path, config_.segment_bytes, config_.segment_age,
                              config_.fsync == "page"},
        clock_);
  } else {
    shared_ = std::make_shared<claims::SqliteSink>(config_.path, clock_);
  }
}

std::shared_ptr<claims::ClaimSink> Sinks::make(Executor executor, Random& random) const {
  if (!login_) {
    return shared_;
  }
  postgres::Pool::Options options;
  options.connections_max = config_.connections;
  options.statement_timeout = config_.statement_timeout;
  return std::make_shared<claims::PostgresSink>(std::move(executor), *login_, options, clock_,
                                                random);
}

}  // namespace claimferry::worker
