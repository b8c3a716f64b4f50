// DataKeys: members' wrapped data keys as Redis holds them, and their replacement by the same ones
// wrapped anew; however many are given, a call to Redis is for limits::script_items_max of them.
// What is in them is the vault's business.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/result.hpp"
#include "common/redis/client.hpp"
#include "common/vault/sealed_blob.hpp"

namespace claimferry::queue {

class QueueScripts;

struct WrappedKey {
  vault::Owner owner;
  std::string wrapped;  // empty: tokens without a data key
};

struct Rewrapped {
  WrappedKey held;  // as it was read
  std::string wrapped;
};

class DataKeys {
 public:
  explicit DataKeys(redis::Client& redis);
  ~DataKeys();

  // Fails with local/"redis_noperm" for a Redis user who may not see tokens. Asked first: what it
  // says of that within a script differs from release to release.
  awaitable<Result<void>> check_rights();
  // One without tokens, unknown or being erased is left out.
  awaitable<Result<std::vector<WrappedKey>>> read(std::vector<MemberId> members);
  // Each where what was read still stands. Answers the members for whom it does not.
  awaitable<Result<std::vector<MemberId>>> replace(std::vector<Rewrapped> keys);

 private:
  redis::Client& redis_;
  std::shared_ptr<const QueueScripts> scripts_;
};

}  // namespace claimferry::queue
