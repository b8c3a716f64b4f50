// MemorySink: the ClaimSink port in memory, for the simulated world: the same rules of fence,
// cursor, versions and sweeps as the sqlite sink, held to them by one contract suite.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/claims/adapter/claim_sink.hpp"

namespace claimferry::world {

class MemorySink final : public claims::ClaimSink {
 public:
  struct Held {
    Sha256 content_hash;
    Sha256 change_hash;
    unsigned version = 1;
    unsigned missed = 0;
    bool absent = false;
    bool is_claim = false;
    std::string sweep;  // the job whose sweep judged it last: saw it, or counted it missed
  };
  // By type and id.
  using Resources = std::map<std::pair<std::string, std::string>, Held>;
  struct Member {
    Resources resources;
    std::map<std::string, queue::Cursor> cursors;  // by job
    // Raw bytes by content hash and reason.
    std::map<std::pair<Sha256, std::string>, std::string> quarantine;
    Fence fence{};
    bool erased = false;
  };

  awaitable<Result<void>> open() override;
  awaitable<Result<std::optional<queue::Cursor>>> resume(claims::SyncKey key) override;
  awaitable<Result<claims::CommitReport>> commit(claims::PageCommit commit) override;
  awaitable<Result<void>> quarantine_page(claims::BadPage page) override;
  awaitable<Result<claims::CloseReport>> close(claims::SyncClose close) override;
  awaitable<Result<void>> erase(claims::SyncKey key) override;

  const std::map<std::string, Member>& members() const noexcept { return members_; }
  // Raises what the sink believes to be the largest fence: a Redis that lost its counter.
  void set_fence(const MemberId& member, Fence fence) { members_[member.str()].fence = fence; }

  // Plants what a judge must find.
  void forget_a_claim();
  void falsify_a_claim();

 private:
  Result<Member*> fenced(const claims::SyncKey& key);

  std::map<std::string, Member> members_;
};

}  // namespace claimferry::world
