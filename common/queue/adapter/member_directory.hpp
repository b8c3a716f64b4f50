// MemberDirectory: what Redis knows of members, for people who ask. No tokens: they stand under
// another prefix, of which it sees the names.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/base/result.hpp"
#include "common/redis/client.hpp"

namespace claimferry::queue {

struct MemberRecord {
  MemberId id;
  std::map<std::string, std::string> fields;  // payer, state, consented_at, last_ok, next_due, …
  std::vector<std::string> waiting_jobs;      // runnable ones first, then those that are delayed
  std::string running_job;                    // empty: none
  std::map<std::string, std::string> terms;   // of the consent: scopes, app, …; empty: not known
};

class MemberDirectory {
 public:
  explicit MemberDirectory(redis::Client& redis) : redis_(redis) {}

  awaitable<Result<std::optional<MemberRecord>>> find(MemberId member);
  // Whoever is asked for by its own application is in use, and not dormant.
  awaitable<Result<void>> note_use(MemberId member);
  // Ids in no order, page by page: begin with "0", go on with `next` until it is "0". A page may be
  // empty.
  struct Page {
    std::vector<MemberId> members;
    std::string next;
  };
  // keys: of the whole keyspace to look at; what that costs Redis.
  awaitable<Result<Page>> scan(std::string from, unsigned keys = 500);
  // Whose consent ends then, soonest first, page by page as above.
  struct EndingConsent {
    MemberId member;
    WallTime ends_at;
  };
  struct EndingPage {
    std::vector<EndingConsent> consents;
    std::string next;
  };
  awaitable<Result<EndingPage>> consents_ending(WallTime after, WallTime before, std::string from);
  // The same of whoever has tokens, whether or not anything else is known of them.
  awaitable<Result<Page>> scan_tokens(std::string from, unsigned keys = 500);

 private:
  awaitable<Result<Page>> scan_under(std::string prefix, std::string from, unsigned keys);

  redis::Client& redis_;
};

}  // namespace claimferry::queue
