// DataKeyStore: members' wrapped data keys as they stand beside the tokens, and their replacement
// by the same ones wrapped anew. What is in them is the vault's business. DataKeys: those in Redis;
// however many are given, a call to it is for limits::script_items_max of them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/result.hpp"
#include "common/queue/adapter/member_directory.hpp"
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

class DataKeyStore {
 public:
  virtual ~DataKeyStore() = default;
  // Fails where this user may not see tokens: local/"redis_noperm", "sink_rights".
  virtual awaitable<Result<void>> check_rights() = 0;
  // Whoever has tokens, page by page: begin with "0", go on with `next` until it is "0".
  virtual awaitable<Result<MemberDirectory::Page>> scan(std::string from) = 0;
  // One without tokens, unknown or being erased is left out.
  virtual awaitable<Result<std::vector<WrappedKey>>> read(std::vector<MemberId> members) = 0;
  // Each where what was read still stands. Answers the members for whom it does not.
  virtual awaitable<Result<std::vector<MemberId>>> replace(std::vector<Rewrapped> keys) = 0;
};

class DataKeys final : public DataKeyStore {
 public:
  explicit DataKeys(redis::Client& redis);
  ~DataKeys() override;

  // Asked first: what Redis says of rights within a script differs from release to release.
  awaitable<Result<void>> check_rights() override;
  awaitable<Result<MemberDirectory::Page>> scan(std::string from) override;
  awaitable<Result<std::vector<WrappedKey>>> read(std::vector<MemberId> members) override;
  awaitable<Result<std::vector<MemberId>>> replace(std::vector<Rewrapped> keys) override;

 private:
  redis::Client& redis_;
  MemberDirectory members_;
  std::shared_ptr<const QueueScripts> scripts_;
};

}  // namespace claimferry::queue
