// What the queue promises when something went wrong or came twice: consents renewed, leases lost in
// the middle of a refresh, jobs that somebody else wrote, histories that grow.
#include <functional>

#include "tests/contract/queue_fixture.hpp"

namespace claimferry::queue {
namespace {

const Window since_2023 = *Window::parse("2023-01-01..");

class QueueRecovery : public QueueContract {
 protected:
  Result<JobQueue::Enqueued> consent(int number, const std::string& refresh_token,
                                     const std::string& fingerprint,
                                     const std::string& patient = "patient") {
    SealedMember member{member_named(number), aetna, patient, refresh_token, fingerprint};
    member.data_key = "key of " + refresh_token;
    member.known = {"key of refresh", patient + " under it"};
    return run(queue_->add_member(std::move(member)));
  }
  Result<JobQueue::Enqueued> enqueue(int number, JobKind kind = JobKind::sync,
                                     Window window = Window{}) {
    return run(queue_->enqueue(member_named(number), kind, window, Lane::routine));
  }
  // A sync of the member that waits, whether the member is known already or not.
  JobId enqueue_or_add(int number) {
    auto known = enqueue(number);
    EXPECT_TRUE(!known || known->is_new);
    return known ? known->job : add(number);
  }
  ClaimReply claim_reply() { return *run(queue_->claim({worker, 10, 30s, {{aetna, 100}}})); }
  oauth::SealedTokens tokens(int number) { return **run(tokens_->load(member_named(number))); }
  // A lease that runs out, and the one that another worker gets afterwards.
  std::pair<Lease, Lease> lose_a_lease(int number,
                                       const std::function<void(const Lease&)>& before) {
    consent(number, "refresh", "fp").value();
    Lease lost = claim(1, 1ms).at(0);
    before(lost);
    pass(5ms);
    EXPECT_EQ(run(queue_->reap(10, 1h))->requeued, 1U);
    return {std::move(lost), claim(1).at(0)};
  }
  oauth::SealedTokens rotated(std::uint64_t version) const {
    oauth::SealedTokens next;
    next.version = version;
    next.refresh_token = "rotated";
    next.access_token = "access";
    next.access_issued_at = WallTime(1s);
    next.patient = "patient";
    return next;
  }
  void drop_field(const JobId& job, const std::string& field) {
    damages_queue_ = true;
    command({"HDEL", "cf:{0}:job:" + job.str(), field});
  }
  void drop_hash(const JobId& job) {
    damages_queue_ = true;
    command({"DEL", "cf:{0}:job:" + job.str()});
  }
  void make_due(int number) {
    command({"ZADD", "cf:{0}:due:aetna", "1", "M" + std::to_string(number)});
  }
  bool is_due_sometime(int number) {
    return !command({"ZSCORE", "cf:{0}:due:aetna", "M" + std::to_string(number)}).is_nil();
  }
  bool is_alone_and_free() {
    const std::string load = text({"HGET", "cf:{0}:load", "aetna"});
    return number({"HLEN", "cf:{0}:busy"}) == 0 && (load.empty() || load == "0") &&
           number({"ZCARD", "cf:{0}:running"}) == 0;
  }
  void expect_malformed(const JobId& job) {
    EXPECT_EQ(job_field(job, "state"), "dead");
    EXPECT_EQ(job_field(job, "code"), "malformed_job");
    EXPECT_EQ(job_field(job, "stage"), "intake");
    EXPECT_FALSE(command({"ZSCORE", "cf:{0}:dead", job.str()}).is_nil());
  }
};

// ---- consent

TEST_P(QueueRecovery, TheSameRefreshTokenAgainKeepsWhatItWasTradedFor) {
  consent(1, "refresh", "fp1").value();
  const Lease lease = claim(1).at(0);
  ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 1)).ok());
  ASSERT_TRUE(run(tokens_->store(lease.ref, 1, rotated(2))).ok());
  const auto again = consent(1, "refresh sealed anew", "fp1");
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(again->job, lease.ref.job);
  EXPECT_EQ(tokens(1).version, 2U);
  EXPECT_EQ(tokens(1).refresh_token, "rotated");
  EXPECT_EQ(tokens(1).access_token, "access");
  EXPECT_EQ(tokens(1).data_key, "key of refresh");
  EXPECT_TRUE(settle(lease, Verdict::done).ok());
}

TEST_P(QueueRecovery, ButItsPatientIsPutRightAndStaysWhatWasHandedIn) {
  consent(1, "refresh", "fp1", "mistyped").value();
  const Lease lease = claim(1).at(0);
  const auto before = tokens(1);
  ASSERT_TRUE(consent(1, "refresh", "fp1", "right").ok());
  EXPECT_EQ(tokens(1).patient, "right under it");
  auto next = rotated(2);
  next.patient = before.patient;
  ASSERT_TRUE(run(tokens_->store(lease.ref, 1, next)).ok());
  EXPECT_EQ(tokens(1).patient, "right under it");
}

TEST_P(QueueRecovery, AnotherRefreshTokenReplacesWhatIsThere) {
  consent(1, "refresh", "fp1").value();
  const Lease lease = claim(1).at(0);
  ASSERT_TRUE(run(tokens_->store(lease.ref, 1, rotated(2))).ok());
  ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 2, 1)).ok());
  ASSERT_TRUE(consent(1, "another", "fp2").ok());
  const auto now = tokens(1);
  EXPECT_EQ(now.version, 3U);
  EXPECT_EQ(now.refresh_token, "another");
  EXPECT_EQ(now.data_key, "key of another");
  EXPECT_EQ(now.access_token, "");
  EXPECT_FALSE(now.intent.has_value());
  // What was under way for the old one can no longer overwrite it.
  EXPECT_EQ(run(tokens_->store(lease.ref, 2, rotated(3))).failure().code, "token_version");
  EXPECT_EQ(run(tokens_->record_intent(lease.ref, 2, 1)).failure().code, "token_version");
  EXPECT_EQ(tokens(1).refresh_token, "another");
}

TEST_P(QueueRecovery, ATokenThatThePayerRefusedIsNoNewConsent) {
  consent(1, "refresh", "fp1").value();
  ASSERT_TRUE(settle(claim(1).at(0), Verdict::reconsent).ok());
  const auto refused = consent(1, "refresh", "fp1");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().kind, FailureKind::permanent);
  EXPECT_EQ(refused.failure().code, "token_spent");
  EXPECT_EQ(member_field(1, "state"), "reconsent");
  EXPECT_TRUE(claim(1).empty());
  const auto renewed = consent(1, "another", "fp2");
  ASSERT_TRUE(renewed.ok());
  EXPECT_TRUE(renewed->is_new);
  EXPECT_EQ(member_field(1, "state"), "active");
  EXPECT_EQ(claim(1).size(), 1U);
}

TEST_P(QueueRecovery, AConsentRenewedDuringAJobOutlivesThatJobsRefusal) {
  consent(1, "refresh", "fp1").value();
  const Lease first = claim(1).at(0);
  ASSERT_TRUE(consent(1, "another", "fp2").ok());
  ASSERT_TRUE(settle(first, Verdict::reconsent).ok());
  EXPECT_EQ(member_field(1, "state"), "active");
  const auto again = claim(1);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].ref.job, first.ref.job);
  // The refusal of the new token, however, is its own.
  ASSERT_TRUE(settle(again[0], Verdict::reconsent).ok());
  EXPECT_EQ(member_field(1, "state"), "reconsent");
}

TEST_P(QueueRecovery, AJobThatCameAgainSinceTheRenewalParksTheMemberByItsOwnRefusal) {
  for (const Verdict between : {Verdict::snooze, Verdict::retry, Verdict::requeue}) {
    const int number = 10 + static_cast<int>(between);
    consent(number, "refresh", "fp1").value();
    const Lease first = claim(1).at(0);
    ASSERT_TRUE(consent(number, "another", "fp2").ok());
    ASSERT_TRUE(settle(first, between).ok());
    EXPECT_TRUE(promote(10).ok());
    const auto second = claim(1);
    ASSERT_EQ(second.size(), 1U) << to_string(between);
    ASSERT_TRUE(settle(second[0], Verdict::reconsent).ok());
    EXPECT_EQ(member_field(number, "state"), "reconsent") << to_string(between);
    EXPECT_TRUE(claim(1).empty()) << to_string(between);
  }
}

TEST_P(QueueRecovery, AConsentBringsASnoozedSyncBackAtOnce) {
  const JobId job = consent(1, "refresh", "fp1")->job;
  ASSERT_TRUE(settle(claim(1).at(0), Verdict::snooze, 1h).ok());
  EXPECT_TRUE(claim(1).empty());
  const auto again = consent(1, "another", "fp2");
  EXPECT_EQ(again->job, job);
  EXPECT_FALSE(again->is_new);
  ASSERT_EQ(claim(1).size(), 1U);
  EXPECT_EQ(number({"ZCARD", "cf:{0}:delayed"}), 0);
}

// ---- a refresh whose lease was lost

TEST_P(QueueRecovery, WhoeverSentTheRefreshMayStoreItsAnswerAlsoAfterItsLease) {
  const auto [lost, successor] = lose_a_lease(1, [this](const Lease& lease) {
    ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 1)).ok());
  });
  ASSERT_TRUE(run(tokens_->store(lost.ref, 1, rotated(2))).ok());
  EXPECT_EQ(tokens(1).version, 2U);
  EXPECT_EQ(tokens(1).refresh_token, "rotated");
  EXPECT_FALSE(tokens(1).intent.has_value());
  // And once only.
  EXPECT_EQ(run(tokens_->store(lost.ref, 2, rotated(3))).failure().kind, FailureKind::lease_lost);
  EXPECT_EQ(run(tokens_->record_intent(successor.ref, 1, 1)).failure().code, "token_version");
}

TEST_P(QueueRecovery, ButNotOverASuccessorsIntent) {
  const auto [lost, successor] = lose_a_lease(1, [this](const Lease& lease) {
    ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 1)).ok());
  });
  ASSERT_TRUE(run(tokens_->record_intent(successor.ref, 1, 2)).ok());
  EXPECT_EQ(run(tokens_->store(lost.ref, 1, rotated(2))).failure().kind, FailureKind::lease_lost);
  EXPECT_EQ(tokens(1).version, 1U);
  ASSERT_TRUE(tokens(1).intent.has_value());
  EXPECT_EQ(tokens(1).intent->fence, successor.ref.fence);
  EXPECT_EQ(tokens(1).intent->sends, 2U);
  EXPECT_TRUE(run(tokens_->store(successor.ref, 1, rotated(2))).ok());
}

TEST_P(QueueRecovery, WhatDidNotLeaveMayBeTakenBackAlsoAfterTheLease) {
  const auto [lost, successor] = lose_a_lease(1, [this](const Lease& lease) {
    ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 2)).ok());
  });
  EXPECT_EQ(run(tokens_->record_intent(lost.ref, 1, 2)).failure().kind, FailureKind::lease_lost);
  ASSERT_TRUE(run(tokens_->record_intent(lost.ref, 1, 1)).ok());
  EXPECT_EQ(tokens(1).intent->sends, 1U);
  ASSERT_TRUE(run(tokens_->record_intent(lost.ref, 1, 0)).ok());
  EXPECT_FALSE(tokens(1).intent.has_value());
  EXPECT_EQ(run(tokens_->record_intent(lost.ref, 1, 0)).failure().kind, FailureKind::lease_lost);
  EXPECT_TRUE(run(tokens_->record_intent(successor.ref, 1, 1)).ok());
}

TEST_P(QueueRecovery, ButNotASuccessors) {
  const auto [lost, successor] = lose_a_lease(1, [this](const Lease& lease) {
    ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 1)).ok());
  });
  ASSERT_TRUE(run(tokens_->record_intent(successor.ref, 1, 2)).ok());
  EXPECT_EQ(run(tokens_->record_intent(lost.ref, 1, 0)).failure().kind, FailureKind::lease_lost);
  EXPECT_EQ(tokens(1).intent->sends, 2U);
}

TEST_P(QueueRecovery, NorIsAnAnswerStoredWithoutAnIntent) {
  const auto [lost, successor] = lose_a_lease(1, [](const Lease&) {});
  EXPECT_EQ(run(tokens_->store(lost.ref, 1, rotated(2))).failure().kind, FailureKind::lease_lost);
  EXPECT_EQ(tokens(1).version, 1U);
}

TEST_P(QueueRecovery, TellsAnIntentsAgeByTheClockOfRedis) {
  consent(1, "refresh", "fp").value();
  const Lease lease = claim(1).at(0);
  EXPECT_FALSE(tokens(1).intent.has_value());
  ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 2)).ok());
  EXPECT_LT(tokens(1).intent->age, 40ms);
  pass(40ms);
  const auto intent = tokens(1).intent;
  ASSERT_TRUE(intent.has_value());
  EXPECT_EQ(intent->version, 1U);
  EXPECT_EQ(intent->sends, 2U);
  EXPECT_EQ(intent->fence, lease.ref.fence);
  EXPECT_GE(intent->age, 40ms);
  EXPECT_LT(intent->age, 10s);
}

TEST_P(QueueRecovery, KnowsNoTokensOfAMemberWithoutAny) {
  EXPECT_FALSE(run(tokens_->load(member_named(9)))->has_value());
}

// ---- jobs that somebody else wrote

TEST_P(QueueRecovery, AMalformedJobEndsAtItsClaimAndItsWorkMayBeEnqueuedAgain) {
  for (const std::string field : {"payer", "lane", "enqueued_at"}) {
    const auto broken = enqueue_or_add(1);
    drop_field(broken, field);
    const auto reply = claim_reply();
    EXPECT_TRUE(reply.leases.empty()) << field;
    EXPECT_EQ(reply.malformed, std::vector{broken}) << field;
    expect_malformed(broken);
    EXPECT_EQ(number({"HLEN", "cf:{0}:uniq"}), 0) << field;
    EXPECT_EQ(number({"ZCARD", "cf:{0}:m:M1"}), 0) << field;
    EXPECT_TRUE(is_alone_and_free()) << field;
    EXPECT_TRUE(is_due_sometime(1)) << field;
  }
}

TEST_P(QueueRecovery, SoDoesOneOfWhichNothingIsLeft) {
  for (const int round : {1, 2}) {
    const auto broken = enqueue_or_add(1);
    drop_hash(broken);
    EXPECT_EQ(claim_reply().malformed, std::vector{broken}) << round;
    expect_malformed(broken);
  }
  const auto again = enqueue(1);
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->is_new);
  const auto leases = claim(1);
  ASSERT_EQ(leases.size(), 1U);
  EXPECT_EQ(leases[0].ref.job, again->job);
}

TEST_P(QueueRecovery, AMalformedJobHoldsUpNoOtherOfItsMember) {
  const auto broken = enqueue_or_add(1);
  const auto sound = enqueue(1, JobKind::backfill, since_2023);
  drop_field(broken, "enqueued_at");
  const auto reply = claim_reply();
  EXPECT_EQ(reply.malformed, std::vector{broken});
  ASSERT_EQ(reply.leases.size(), 1U);
  EXPECT_EQ(reply.leases[0].ref.job, sound->job);
}

TEST_P(QueueRecovery, AMalformedDelayedJobEndsAtItsPromotion) {
  const auto broken = enqueue_or_add(1);
  ASSERT_TRUE(settle(claim(1).at(0), Verdict::snooze).ok());
  drop_field(broken, "lane");
  EXPECT_TRUE(promote(10).ok());
  expect_malformed(broken);
  EXPECT_EQ(number({"HLEN", "cf:{0}:uniq"}), 0);
  EXPECT_EQ(number({"ZCARD", "cf:{0}:delayed"}), 0);
  EXPECT_TRUE(claim(1).empty());
  EXPECT_TRUE(enqueue(1)->is_new);
  EXPECT_EQ(claim(1).size(), 1U);
}

TEST_P(QueueRecovery, SoDoesADelayedOneOfWhichNothingIsLeft) {
  const auto broken = enqueue_or_add(1);
  ASSERT_TRUE(settle(claim(1).at(0), Verdict::snooze).ok());
  drop_hash(broken);
  EXPECT_TRUE(promote(10).ok());
  expect_malformed(broken);
  EXPECT_TRUE(enqueue(1)->is_new);
  EXPECT_EQ(claim(1).size(), 1U);
}

TEST_P(QueueRecovery, AMalformedRunningJobEndsAtTheReaperAndItsMemberIsFree) {
  for (const std::string field : {"lane", "payer", "member"}) {
    const auto broken = enqueue_or_add(1);
    ASSERT_EQ(claim(1, 1ms).size(), 1U) << field;
    drop_field(broken, field);
    pass(5ms);
    const auto reaped = *run(queue_->reap(10, 1h));
    EXPECT_EQ(reaped.requeued, 0U) << field;
    EXPECT_EQ(reaped.dead, 1U) << field;
    expect_malformed(broken);
    const auto again = enqueue(1);
    ASSERT_TRUE(again.ok());
    EXPECT_TRUE(again->is_new) << field;
    const auto leases = claim(1);
    ASSERT_EQ(leases.size(), 1U) << field;
    ASSERT_TRUE(settle(leases[0], Verdict::done).ok());
    EXPECT_TRUE(is_alone_and_free()) << field;
  }
}

TEST_P(QueueRecovery, SoDoesARunningOneOfWhichNothingIsLeft) {
  const auto broken = enqueue_or_add(1);
  const Lease lease = claim(1, 1ms).at(0);
  drop_hash(broken);
  EXPECT_EQ(settle(lease, Verdict::done).failure().kind, FailureKind::lease_lost);
  pass(5ms);
  EXPECT_EQ(run(queue_->reap(10, 1h))->dead, 1U);
  expect_malformed(broken);
  make_due(1);
  EXPECT_EQ(plan().planned, 1U);
  const auto leases = claim(1);
  ASSERT_EQ(leases.size(), 1U);
  ASSERT_TRUE(settle(leases[0], Verdict::done).ok());
  EXPECT_TRUE(is_alone_and_free());
}

TEST_P(QueueRecovery, ALeaseThatThisReleaseCannotReadIsSettledByWhoClaimedIt) {
  const auto odd = enqueue_or_add(1);
  command({"HSET", "cf:{0}:job:" + odd.str(), "kind", "digest"});
  const auto reply = claim_reply();
  EXPECT_TRUE(reply.leases.empty());
  EXPECT_TRUE(reply.malformed.empty());
  ASSERT_EQ(reply.unreadable.size(), 1U);
  EXPECT_EQ(reply.unreadable[0].job, odd);
  Settlement dead;
  dead.verdict = Verdict::dead;
  dead.code = "malformed_job";
  ASSERT_TRUE(run(queue_->settle(reply.unreadable[0], dead, {1h, false})).ok());
  EXPECT_EQ(job_field(odd, "state"), "dead");
  EXPECT_TRUE(is_alone_and_free());
  EXPECT_TRUE(is_due_sometime(1));
  EXPECT_TRUE(enqueue(1)->is_new);
}

// ---- who is due

TEST_P(QueueRecovery, ABackfillMovesNeitherTheWatermarksNorTheDueTime) {
  add(1);
  ASSERT_TRUE(settle(claim(1).at(0), Verdict::done).ok());
  const std::string members = "cf:{0}:member:M1";
  const auto before = command({"HMGET", members, "last_ok", "last_sweep", "next_due"});
  const auto fresh = text({"ZSCORE", "cf:{0}:lastok", "M1"});
  for (const Verdict verdict : {Verdict::done, Verdict::dead, Verdict::cancelled}) {
    for (const Window& window : {since_2023, Window{}}) {
      pass(3ms);
      ASSERT_TRUE(enqueue(1, JobKind::backfill, window).ok());
      const Lease lease = claim(1).at(0);
      ASSERT_TRUE(settle(lease, verdict).ok());
      EXPECT_EQ(command({"HMGET", members, "last_ok", "last_sweep", "next_due"}), before)
          << to_string(verdict);
      EXPECT_EQ(text({"ZSCORE", "cf:{0}:lastok", "M1"}), fresh);
    }
  }
}

TEST_P(QueueRecovery, AMemberHasOneSyncAtATimeWhateverItsWindow) {
  add(1);
  make_due(1);
  PlanReply planned = plan();
  EXPECT_EQ(planned.planned, 0U);
  EXPECT_EQ(planned.already_queued, 1U);
  EXPECT_EQ(plan().already_queued, 0U);  // and is not looked at again at once
  const Lease lease = claim(1).at(0);
  make_due(1);
  EXPECT_EQ(plan().planned, 0U);
  ASSERT_TRUE(settle(lease, Verdict::snooze, 1h).ok());
  make_due(1);
  EXPECT_EQ(plan().planned, 0U);
  command({"HSET", "cf:{0}:member:M1", "last_sweep", "99999999999999"});
  make_due(1);
  planned = plan();  // the window would be another than the sweep's
  EXPECT_EQ(planned.planned, 0U);
  EXPECT_EQ(planned.already_queued, 1U);
}

TEST_P(QueueRecovery, PlanningGoesOnAfterTheSyncEnded) {
  for (const Verdict verdict : {Verdict::done, Verdict::dead, Verdict::cancelled}) {
    const auto job = enqueue_or_add(1);
    ASSERT_TRUE(settle(claim(1).at(0), verdict).ok());
    make_due(1);
    EXPECT_EQ(plan().planned, 1U) << to_string(verdict);
    const Lease next = claim(1).at(0);
    EXPECT_NE(next.ref.job, job);
    ASSERT_TRUE(settle(next, Verdict::done).ok());
  }
}

TEST_P(QueueRecovery, AndAfterItVanished) {
  const auto vanished = enqueue_or_add(1);
  drop_hash(vanished);
  command({"DEL", "cf:{0}:m:M1"});
  command({"ZREM", "cf:{0}:ready:aetna:urgent", "M1"});
  make_due(1);
  const PlanReply planned = plan();
  EXPECT_EQ(planned.planned, 1U);
  EXPECT_EQ(planned.already_queued, 0U);
  const auto leases = claim(1);
  ASSERT_EQ(leases.size(), 1U);
  EXPECT_NE(leases[0].ref.job, vanished);
}

TEST_P(QueueRecovery, AParkedMemberLeavesTheDueOnes) {
  add(1);
  ASSERT_TRUE(settle(claim(1).at(0), Verdict::reconsent).ok());
  make_due(1);
  EXPECT_EQ(plan().planned, 0U);
  EXPECT_FALSE(is_due_sometime(1));
}

// ---- what is left behind

TEST_P(QueueRecovery, ACursorGoesWithItsJobsEndAndStaysUntilThen) {
  Cursor cursor;
  cursor.resource = Resource::eob;
  cursor.next_url = "https://payer.test/x?patient=p1&page=2";
  cursor.pages = 1;
  int number = 0;
  for (const Verdict verdict :
       {Verdict::done, Verdict::dead, Verdict::reconsent, Verdict::cancelled}) {
    const JobId job = add(++number);
    const Lease lease = claim(1).at(0);
    ASSERT_TRUE(run(queue_->checkpoint(lease.ref, cursor)).ok());
    ASSERT_TRUE(settle(lease, verdict).ok());
    EXPECT_EQ(job_field(job, "cursor"), "") << to_string(verdict);
    EXPECT_NE(job_field(job, "finished_at"), "") << to_string(verdict);
  }
  for (const Verdict verdict : {Verdict::retry, Verdict::snooze, Verdict::requeue}) {
    add(++number);
    const Lease lease = claim(1).at(0);
    ASSERT_TRUE(run(queue_->checkpoint(lease.ref, cursor)).ok());
    ASSERT_TRUE(settle(lease, verdict).ok());
    EXPECT_TRUE(promote(10).ok());
    const Lease again = claim(1).at(0);
    EXPECT_EQ(again.cursor, cursor) << to_string(verdict);
  }
}

TEST_P(QueueRecovery, RaisingTheFenceNeverLowersIt) {
  add(1);
  const Lease first = claim(1).at(0);
  const Fence high{to_number(first.ref.fence) + 3'600'000'000};
  ASSERT_TRUE(run(queue_->raise_fence(high)).ok());
  ASSERT_TRUE(run(queue_->raise_fence(Fence{5})).ok());
  ASSERT_TRUE(run(queue_->raise_fence(first.ref.fence)).ok());
  ASSERT_TRUE(settle(first, Verdict::requeue).ok());
  EXPECT_EQ(to_number(claim(1).at(0).ref.fence), to_number(high) + 1);
}

TEST_P(QueueRecovery, HistoriesAreBoundedAndTheOldestJobsGoWithThem) {
  damages_queue_ = true;
  struct Row {
    std::string history;
    int length_max;
    Verdict verdict;
  };
  const Row table[] = {{"done", 10'000, Verdict::done}, {"dead", 100'000, Verdict::dead}};
  for (const auto& [history, length_max, verdict] : table) {
    const std::string key = "cf:{0}:" + history;
    constexpr int step = 1'000;
    constexpr int trimmed_at_once = 20;
    const int filled = length_max + trimmed_at_once - 1;
    for (int begin = 0; begin < filled; begin += step) {
      redis::Command fill{"ZADD", key};
      for (int at = begin; at < std::min(begin + step, filled); ++at) {
        fill.push_back(std::to_string(at + 1));
        fill.push_back(history + std::to_string(at));
      }
      command(std::move(fill));
    }
    command({"HSET", "cf:{0}:job:" + history + "0", "state", history});
    command({"HSET", "cf:{0}:job:" + history + "20", "state", history});
    const auto job = enqueue_or_add(1);
    ASSERT_TRUE(settle(claim(1).at(0), verdict).ok());
    EXPECT_EQ(number({"ZCARD", key}), length_max) << history;
    EXPECT_EQ(number({"EXISTS", "cf:{0}:job:" + history + "0"}), 0) << history;
    EXPECT_EQ(number({"EXISTS", "cf:{0}:job:" + history + "20"}), 1) << history;
    EXPECT_EQ(job_field(job, "state"), history);
    // One that is far too long shrinks step by step: no call takes long.
    redis::Command more{"ZADD", key};
    for (int at = 0; at < 150; ++at) {
      more.insert(more.end(), {"0", "more" + std::to_string(at)});
    }
    command(std::move(more));
    ASSERT_TRUE(enqueue(1).ok());
    ASSERT_TRUE(settle(claim(1).at(0), verdict).ok());
    EXPECT_EQ(number({"ZCARD", key}), length_max + 51) << history;
  }
}

TEST_P(QueueRecovery, OfManyEndsAtOnceEachHasItsOwnAnswer) {
  damages_queue_ = true;
  for (int member = 1; member <= 5; ++member) {
    add(member);
  }
  auto leases = claim(5);
  ASSERT_EQ(leases.size(), 5U);
  leases[1].ref.fence = Fence{1};
  command({"DEL", "cf:{0}:member:" + leases[2].ref.member.str()});
  command({"SET", "cf:{0}:member:" + leases[2].ref.member.str(), "of a foreign type"});
  drop_field(leases[3].ref.job, "lane");
  std::vector<awaitable<Result<void>>> ends;
  for (const Lease& lease : leases) {
    ends.push_back(queue_->settle(lease.ref, Settlement(), MemberUpdate{24h}));
  }
  const auto answers = contract::run_together(io_, std::move(ends));
  EXPECT_EQ(answers[1].failure().kind, FailureKind::lease_lost);
  EXPECT_EQ(answers[2].failure().code, "redis_wrongtype");
  EXPECT_EQ(answers[3].failure().code, "redis_err");
  for (const std::size_t at : {0U, 4U}) {
    EXPECT_TRUE(answers[at].ok()) << at;
    EXPECT_EQ(job_field(leases[at].ref.job, "state"), "done") << at;
  }
  EXPECT_EQ(number({"ZCARD", "cf:{0}:running"}), 1);
  EXPECT_EQ(text({"HGET", "cf:{0}:load", "aetna"}), "1");
  // Of the stale one, and of the one that does not say its lane.
  EXPECT_EQ(text({"HGET", "cf:{0}:live", "aetna urgent"}), "2");
}

TEST_P(QueueRecovery, OfManyEnqueuesAtOnceEachHasItsOwnAnswer) {
  std::vector<MemberId> members;
  for (const int number : {1, 2, 1, 9}) {
    members.push_back(member_named(number));
  }
  add(1);
  add(2);
  std::vector<awaitable<Result<JobQueue::Enqueued>>> calls;
  for (const MemberId& member : members) {
    calls.push_back(queue_->enqueue(member, JobKind::backfill, Window{}, Lane::backfill));
  }
  const auto answers = contract::run_together(io_, std::move(calls));
  EXPECT_TRUE(answers[0]->is_new);
  EXPECT_TRUE(answers[1]->is_new);
  EXPECT_EQ(answers[2]->job, answers[0]->job);
  EXPECT_FALSE(answers[2]->is_new);
  EXPECT_EQ(answers[3].failure().code, "no_member");
  EXPECT_EQ(text({"HGET", "cf:{0}:live", "aetna backfill"}), "2");
}

TEST_P(QueueRecovery, HintsThatNobodyTakesDoNotPileUp) {
  redis::Command hints{"RPUSH", "cf:{0}:wake"};
  hints.insert(hints.end(), 999, "1");
  command(std::move(hints));
  add(1);
  EXPECT_EQ(number({"LLEN", "cf:{0}:wake"}), 1'000);
  add(2);
  EXPECT_EQ(number({"LLEN", "cf:{0}:wake"}), 1'000);
}

INSTANTIATE_TEST_SUITE_P(On, QueueRecovery, testing::Values("redis", "memory"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace claimferry::queue
