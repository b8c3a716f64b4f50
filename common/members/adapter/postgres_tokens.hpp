// PostgresTokens: sealed tokens in the database of record. What decides by what stands there does
// so under the lock of the member's row.
//
// Failures: local as the sink's.
#pragma once

#include <memory>
#include <optional>

#include "common/members/intent_rules.hpp"
#include "common/oauth/tokens.hpp"
#include "common/postgres/pool.hpp"

namespace claimferry::members {

class PostgresTokens {
 public:
  explicit PostgresTokens(std::shared_ptr<postgres::Pool> pool) : pool_(std::move(pool)) {}

  awaitable<Result<std::optional<oauth::SealedTokens>>> load(MemberId member);

  // An open transaction that holds the member's row. Dropped, it changed nothing.
  class Locked {
   public:
    Locked(postgres::Pool::Lease lease, MemberId member, StandingIntent standing,
           Duration intent_age, std::string refresh_token)
        : lease_(std::move(lease)),
          member_(std::move(member)),
          standing_(standing),
          intent_age_(intent_age),
          refresh_token_(std::move(refresh_token)) {}
    const StandingIntent& standing() const noexcept { return standing_; }
    Duration intent_age() const noexcept { return intent_age_; }  // zero: there is no intent
    const std::string& refresh_token() const noexcept { return refresh_token_; }  // sealed

    // Each ends the transaction; what cannot be released ends with its connection.
    awaitable<void> release();
    awaitable<Result<void>> change(IntentChange change);
    // tokens.version is the new one; the intent goes, and the data key stays.
    awaitable<Result<void>> store(oauth::SealedTokens tokens);

   private:
    awaitable<Result<void>> end(std::vector<postgres::Call> calls);

    postgres::Pool::Lease lease_;
    MemberId member_;
    StandingIntent standing_;
    Duration intent_age_;
    std::string refresh_token_;
  };
  // permanent/"token_version": there are none.
  awaitable<Result<Locked>> lock(MemberId member);

 private:
  std::shared_ptr<postgres::Pool> pool_;
};

}  // namespace claimferry::members
