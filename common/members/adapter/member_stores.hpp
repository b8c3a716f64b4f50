// MemberStores: where this fleet's members and sealed tokens stand, and what writes to them: Redis
// alone, or, with a database configured, that database first and Redis as its copy.
#pragma once

#include <memory>
#include <optional>

#include "common/members/adapter/postgres_members.hpp"
#include "common/oauth/adapter/token_store.hpp"
#include "common/queue/adapter/data_keys.hpp"
#include "common/queue/adapter/member_erasure.hpp"
#include "common/queue/adapter/member_register.hpp"
#include "common/redis/client.hpp"

namespace claimferry::members {

class MemberStores {
 public:
  // For the thread of the executor. login: of the database; absent: Redis alone. connections: to it
  // at most. clock and random outlive the coroutines that use them, redis the stores.
  MemberStores(const Executor& executor, redis::Client& redis,
               const std::optional<postgres::Login>& login, unsigned connections,
               const Clock& clock, Random& random);
  MemberStores(const MemberStores&) = delete;
  MemberStores& operator=(const MemberStores&) = delete;
  ~MemberStores();

  // Is the database fit for members; or, without one, does Redis hold what is its own? permanent
  // "sink_schema", "recorded": says what to do; local: it is away.
  awaitable<Result<void>> open();

  bool are_recorded() const noexcept { return pool_ != nullptr; }
  const std::shared_ptr<postgres::Pool>& pool() const noexcept { return pool_; }
  oauth::TokenStore& tokens() noexcept { return *tokens_; }
  // Where they are recorded; else the queue itself is the register.
  queue::MemberRegister& register_or(queue::MemberRegister& in_redis) noexcept {
    return register_ ? *register_ : in_redis;
  }
  queue::MemberErasure& erasure() noexcept { return *erasure_; }
  queue::DataKeyStore& data_keys() noexcept { return *data_keys_; }

 private:
  awaitable<Result<void>> nobody_is_recorded();

  redis::Client& redis_;
  std::shared_ptr<postgres::Pool> pool_;
  std::unique_ptr<oauth::TokenStore> tokens_;
  std::unique_ptr<queue::MemberRegister> register_;
  std::unique_ptr<queue::MemberErasure> erasure_;
  std::unique_ptr<queue::DataKeyStore> data_keys_;
};

}  // namespace claimferry::members
