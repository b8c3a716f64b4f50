// A payer that refuses the refresh tokens of many members at once: refreshing stops for the fleet,
// nobody more is parked, one asks now and then, and who was parked just before comes back.
#include "tests/contract/recorded_queue.hpp"

namespace claimferry::queue {
namespace {

using Refusal = oauth::TokenStore::Refusal;
constexpr double share = 0.2;

class Grants : public RecordedQueue {
 protected:
  Lease lease_of(int number, const PayerName& payer = aetna) {
    add(number, payer);
    auto leases = claim(1);
    EXPECT_EQ(leases.at(0).ref.member, member_named(number));
    return leases.at(0);
  }
  Refusal refuse(const Lease& lease, double most = share) {
    EXPECT_TRUE(run(tokens_->record_intent(lease.ref, 1, 1)).ok());
    const auto refusal = run(tokens_->refused(lease.ref, 1, most));
    EXPECT_TRUE(refusal.ok()) << refusal.failure().detail;
    return *refusal;
  }
  Result<void> serve(const Lease& lease, std::uint64_t version = 1) {
    oauth::SealedTokens next;
    next.version = version + 1;
    next.refresh_token = "rotated";
    return run(tokens_->store(lease.ref, version, next));
  }
  // Four members who are parked, a fifth whose refusal stops refreshing.
  Lease stop() {
    for (const int number : {1, 2, 3, 4}) {
      const Lease lease = lease_of(number);
      EXPECT_FALSE(refuse(lease).is_stopped) << number;
      EXPECT_TRUE(settle(lease, Verdict::reconsent).ok());
    }
    Lease fifth = lease_of(5);
    const Refusal refusal = refuse(fifth);
    EXPECT_TRUE(refusal.is_stopped);
    EXPECT_TRUE(refusal.stopped_now);
    EXPECT_EQ(refusal.asks_in, 15min);
    return fifth;
  }
  // As if so much time had passed: real clocks do not jump.
  void let_one_ask() { command({"HSET", "cf:{0}:grants:aetna", "asks_at", "1"}); }
  std::string state(int number) { return member_field(number, "state"); }
  std::vector<std::string> audit(const std::string& event) {
    std::vector<std::string> told;
    const auto entries = command({"XRANGE", "cf:{0}:audit", "-", "+"});
    for (const auto& entry : *entries.array()) {
      const auto& words = *(*entry.array())[1].array();
      if (*words[1].text() == event) {
        told.push_back(*words[3].text());
      }
    }
    return told;
  }
};

TEST_P(Grants, AFifthMemberStopsRefreshingForThatPayerAlone) {
  const Lease fifth = stop();
  EXPECT_TRUE(settle(fifth, Verdict::snooze, 1h).ok());
  EXPECT_EQ(state(5), "active");
  const Lease sixth = lease_of(6);
  const auto held = run(tokens_->record_intent(sixth.ref, 1, 1));
  EXPECT_EQ(held.failure().kind, FailureKind::payer_refused);
  EXPECT_EQ(held.failure().code, "invalid_grant_surge");
  ASSERT_TRUE(held.failure().retry_after);
  EXPECT_LE(*held.failure().retry_after, 15min);
  EXPECT_GT(*held.failure().retry_after, 14min);
  EXPECT_TRUE(run(tokens_->record_intent(lease_of(7, other).ref, 1, 1)).ok());
  const auto stats = *run(queue_->stats());
  EXPECT_TRUE(stats.grants_stopped.at("aetna"));
  EXPECT_FALSE(stats.grants_stopped.at("other"));
  EXPECT_EQ(audit("grants_stopped"), std::vector<std::string>{"aetna"});
}

TEST_P(Grants, FewRefusalsAmongManyRefreshesParkTheirMembers) {
  const Lease served = lease_of(100);
  for (std::uint64_t version = 1; version <= 30; ++version) {
    ASSERT_TRUE(serve(served, version).ok());
  }
  for (int number = 1; number <= 7; ++number) {
    EXPECT_FALSE(refuse(lease_of(number)).is_stopped) << number << " of 37 at most";
  }
  EXPECT_TRUE(refuse(lease_of(8)).is_stopped) << "8 of 38";
}

TEST_P(Grants, OneMemberRefusedOftenIsNoSurgeAndZeroSwitchesItOff) {
  const Lease lease = lease_of(1);
  for (int times = 0; times < 10; ++times) {
    EXPECT_FALSE(refuse(lease).is_stopped);
  }
  for (int number = 2; number <= 9; ++number) {
    EXPECT_FALSE(refuse(lease_of(number), 0).is_stopped);
  }
}

TEST_P(Grants, OneRefreshAsksAndASuccessEndsItAndBringsTheParkedBack) {
  const Lease fifth = stop();
  let_one_ask();
  ASSERT_TRUE(run(tokens_->record_intent(fifth.ref, 1, 1)).ok());
  const Lease sixth = lease_of(6);
  EXPECT_FALSE(run(tokens_->record_intent(sixth.ref, 1, 1)).ok()) << "one asks, not two";
  EXPECT_EQ(plan().planned, 0U);
  EXPECT_EQ(state(1), "reconsent") << "while it lasts nobody comes back";
  ASSERT_TRUE(serve(fifth).ok());
  EXPECT_TRUE(run(tokens_->record_intent(sixth.ref, 1, 1)).ok());
  EXPECT_EQ(plan().planned, 4U);
  for (const int number : {1, 2, 3, 4}) {
    EXPECT_EQ(state(number), "active");
  }
  EXPECT_EQ(audit("grants_resumed"), std::vector<std::string>{"aetna"});
  EXPECT_EQ(audit("consent_taken_back").size(), 4U);
  EXPECT_EQ(claim(10).size(), 4U);
}

// Beside so many that are served it is long before a fifth of all is refused.
TEST_P(Grants, HoweverManyWereParkedBeforeItWasNoticedAllComeBack) {
  const Lease served = lease_of(10'000);
  std::uint64_t version = 1;
  for (; version <= 1'200; ++version) {
    ASSERT_TRUE(serve(served, version).ok());
  }
  int parked = 0;
  std::optional<Lease> last;
  while (!last && parked < 400) {
    const Lease lease = lease_of(parked + 1);
    if (refuse(lease).is_stopped) {
      last = lease;
    } else {
      EXPECT_TRUE(settle(lease, Verdict::reconsent).ok());
      ++parked;
    }
  }
  ASSERT_EQ(parked, 300);
  let_one_ask();
  ASSERT_TRUE(run(tokens_->record_intent(last->ref, 1, 1)).ok());
  ASSERT_TRUE(serve(*last).ok());
  for (int calls = 0; calls < 31; ++calls) {
    plan();
  }
  EXPECT_EQ(run(queue_->stats())->members_by_state.at("active"), 302U);
  EXPECT_EQ(text({"HGET", "cf:{0}:grants:aetna", "back"}), "0");
}

// The first were refused hours before there were enough of them within ten minutes.
TEST_P(Grants, WhoWasParkedWithinADayBeforeComesBackAndNobodyElse) {
  const auto reply = command({"TIME"});
  const std::int64_t now_ms = std::stoll(*reply.array()->front().text()) * 1'000;
  for (const int number : {21, 22}) {
    const Lease lease = lease_of(number);
    EXPECT_FALSE(refuse(lease).is_stopped);
    EXPECT_TRUE(settle(lease, Verdict::reconsent).ok());
  }
  const auto refused_before = [&](const char* member, std::chrono::milliseconds ago) {
    command({"ZADD", "cf:{0}:refused:aetna", std::to_string(now_ms - ago.count()), member});
  };
  refused_before("M21", 5h);
  refused_before("M22", 6h);
  const Lease fifth = stop();
  refused_before("M22", 25h);
  let_one_ask();
  ASSERT_TRUE(run(tokens_->record_intent(fifth.ref, 1, 1)).ok());
  ASSERT_TRUE(serve(fifth).ok());
  EXPECT_EQ(plan().planned, 5U);
  EXPECT_EQ(state(21), "active");
  EXPECT_EQ(state(22), "reconsent");
}

TEST_P(Grants, AProbeThatIsRefusedParksNobodyAndTheNextComesLater) {
  const Lease fifth = stop();
  let_one_ask();
  const Refusal again = refuse(fifth);
  EXPECT_TRUE(again.is_stopped);
  EXPECT_FALSE(again.stopped_now);
  EXPECT_GT(again.asks_in, 14min);
}

TEST_P(Grants, ARefreshThatWasUnderWayEndsNothing) {
  const Lease before = lease_of(9);
  ASSERT_TRUE(run(tokens_->record_intent(before.ref, 1, 1)).ok());
  pass(5ms);
  stop();
  ASSERT_TRUE(serve(before).ok());
  EXPECT_TRUE(run(queue_->stats())->grants_stopped.at("aetna"));
}

TEST_P(Grants, WhoCameBackAndIsRefusedAgainIsParkedAndCountsNoMore) {
  const Lease fifth = stop();
  let_one_ask();
  ASSERT_TRUE(run(tokens_->record_intent(fifth.ref, 1, 1)).ok());
  ASSERT_TRUE(serve(fifth).ok());
  EXPECT_EQ(plan().planned, 4U);
  for (const Lease& lease : claim(4)) {
    EXPECT_FALSE(refuse(lease).is_stopped);
    EXPECT_TRUE(settle(lease, Verdict::reconsent).ok());
  }
  EXPECT_FALSE(refuse(lease_of(6)).is_stopped) << "the first of a new count";
  EXPECT_EQ(plan().planned, 0U);
  EXPECT_EQ(state(1), "reconsent");
}

TEST_P(Grants, TheTokenOfARefusedRefreshIsNotInDoubt) {
  const Lease lease = lease_of(1);
  refuse(lease);
  EXPECT_FALSE((*run(tokens_->load(member_named(1))))->intent);
  EXPECT_EQ(run(tokens_->refused(lease.ref, 7, share)).failure().code, "token_version");
}

INSTANTIATE_TEST_SUITE_P(On, Grants, on_each(),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace claimferry::queue
