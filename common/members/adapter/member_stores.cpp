#include "common/members/adapter/member_stores.hpp"

#include "common/members/adapter/postgres_data_keys.hpp"
#include "common/members/adapter/recorded_erasure.hpp"
#include "common/members/adapter/recorded_register.hpp"
#include "common/members/adapter/recorded_tokens.hpp"
#include "common/queue/adapter/queue_scripts.hpp"
#include "common/queue/adapter/redis_token_store.hpp"

namespace claimferry::members {
namespace {

// Small statements by primary keys: what takes longer is a database in trouble.
postgres::Pool::Options options_of(unsigned connections) {
  postgres::Pool::Options options;
  options.connections_max = connections;
  options.connect_deadline = std::chrono::seconds(5);
  options.wait_deadline = std::chrono::seconds(10);
  options.statement_timeout = std::chrono::seconds(10);
  return options;
}

}  // namespace

MemberStores::MemberStores(const Executor& executor, redis::Client& redis,
                           const std::optional<postgres::Login>& login, unsigned connections,
                           const Clock& clock, Random& random)
    : redis_(redis) {
  if (!login) {
    tokens_ = std::make_unique<queue::RedisTokenStore>(redis);
    erasure_ = std::make_unique<queue::MemberErasure>(redis, random);
    data_keys_ = std::make_unique<queue::DataKeys>(redis);
    return;
  }
  pool_ =
      std::make_shared<postgres::Pool>(executor, *login, options_of(connections), clock, random);
  tokens_ = std::make_unique<RecordedTokens>(redis, pool_);
  register_ = std::make_unique<RecordedRegister>(redis, pool_, clock, random);
  erasure_ = std::make_unique<RecordedErasure>(redis, pool_, clock, random);
  data_keys_ = std::make_unique<PostgresDataKeys>(redis, pool_);
}

MemberStores::~MemberStores() {
  if (pool_) {
    pool_->close();
  }
}

awaitable<Result<void>> MemberStores::nobody_is_recorded() {
  redis::Command ask{"HGET", std::string(queue::root_key) + ":meta", "recorded"};
  const auto reply = co_await redis_.command(std::move(ask));
  if (!reply) {
    co_return reply.failure();
  }
  if (const redis::Error* error = reply->error()) {
    co_return queue::failure_of(*error);
  }
  if (!reply->is_nil()) {
    co_return Failure{FailureKind::permanent, "recorded",
                      "members are kept in a database, of which Redis is a copy; give this program "
                      "the [sink] that the workers have"};
  }
  co_return Result<void>();
}

awaitable<Result<void>> MemberStores::open() {
  if (!pool_) {
    co_return co_await nobody_is_recorded();
  }
  PostgresMembers members(pool_);
  co_return co_await members.open();
}

}  // namespace claimferry::members
