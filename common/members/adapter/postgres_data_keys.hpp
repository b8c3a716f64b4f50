// PostgresDataKeys: members' wrapped data keys in the database of record.
#pragma once

#include <memory>

#include "common/postgres/pool.hpp"
#include "common/queue/adapter/data_keys.hpp"

namespace claimferry::members {

class PostgresDataKeys final : public queue::DataKeyStore {
 public:
  // redis, where the audit is noted, outlives it.
  PostgresDataKeys(redis::Client& redis, std::shared_ptr<postgres::Pool> pool)
      : redis_(redis), pool_(std::move(pool)) {}

  awaitable<Result<void>> check_rights() override;
  awaitable<Result<queue::MemberDirectory::Page>> scan(std::string from) override;
  awaitable<Result<std::vector<queue::WrappedKey>>> read(std::vector<MemberId> members) override;
  awaitable<Result<std::vector<MemberId>>> replace(std::vector<queue::Rewrapped> keys) override;

 private:
  awaitable<Result<void>> note(std::vector<std::string> members, std::string key);

  redis::Client& redis_;
  std::shared_ptr<postgres::Pool> pool_;
};

}  // namespace claimferry::members
