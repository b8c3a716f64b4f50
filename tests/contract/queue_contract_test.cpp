// The queue's promises, on a real Redis and on the in-memory keyspace that the simulated world
// uses.
#include "tests/contract/queue_fixture.hpp"

namespace claimferry::queue {
namespace {

TEST_P(QueueContract, AcceptsAServerThatKeepsEverything) {
  EXPECT_TRUE(run(queue_->check_server()).ok());
}

TEST_P(QueueContract, ANewMembersFirstSyncIsAnUrgentSweep) {
  const JobId job = add(1);
  const auto leases = claim(5);
  ASSERT_EQ(leases.size(), 1U);
  EXPECT_EQ(leases[0].ref.job, job);
  EXPECT_EQ(leases[0].lane, Lane::urgent);
  EXPECT_TRUE(leases[0].window.is_sweep());
  EXPECT_FALSE(leases[0].cursor.has_value());
  EXPECT_TRUE(claim(5).empty());
}

TEST_P(QueueContract, GivesEachMemberToOneWorkerOnly) {
  add(1);
  EXPECT_TRUE(run(queue_->enqueue(member_named(1), JobKind::backfill,
                                  *Window::parse("2023-01-01.."), Lane::backfill))
                  .ok());
  EXPECT_EQ(claim(5).size(), 1U);
  EXPECT_TRUE(claim(5).empty());
}

TEST_P(QueueContract, FencesOnlyGrow) {
  add(1);
  add(2);
  const auto leases = claim(5);
  ASSERT_EQ(leases.size(), 2U);
  EXPECT_LT(to_number(leases[0].ref.fence), to_number(leases[1].ref.fence));
  ASSERT_TRUE(run(queue_->raise_fence(Fence{9'000'000'000'000'000})).ok());
  ASSERT_TRUE(settle(leases[0], Verdict::requeue).ok());
  EXPECT_EQ(to_number(claim(1)[0].ref.fence), 9'000'000'000'000'001U);
}

TEST_P(QueueContract, EnqueuesOnceForTheSameWork) {
  add(1);
  const auto window = *Window::parse("2023-01-01..2023-12-31");
  const auto first =
      *run(queue_->enqueue(member_named(1), JobKind::backfill, window, Lane::backfill));
  const auto second =
      *run(queue_->enqueue(member_named(1), JobKind::backfill, window, Lane::backfill));
  EXPECT_TRUE(first.is_new);
  EXPECT_FALSE(second.is_new);
  EXPECT_EQ(first.job, second.job);
}

TEST_P(QueueContract, RefusesUnknownMembersAndIdsOfAnotherPayer) {
  const auto unknown =
      run(queue_->enqueue(member_named(9), JobKind::sync, Window{}, Lane::routine));
  EXPECT_EQ(unknown.failure().code, "no_member");
  add(1, aetna);
  const auto taken = run(queue_->add_member({member_named(1), other, "p", "r"}));
  EXPECT_EQ(taken.failure().code, "other_payer");
}

TEST_P(QueueContract, UrgentGoesBeforeRoutineBeforeBackfill) {
  for (int number = 1; number <= 3; ++number) {
    add(number);
  }
  for (const Lease& lease : claim(3)) {
    EXPECT_TRUE(settle(lease, Verdict::done).ok());
  }
  EXPECT_TRUE(run(queue_->enqueue(member_named(1), JobKind::backfill,
                                  *Window::parse("2023-01-01.."), Lane::backfill))
                  .ok());
  EXPECT_TRUE(run(queue_->enqueue(member_named(2), JobKind::sync, Window{}, Lane::routine)).ok());
  EXPECT_TRUE(run(queue_->enqueue(member_named(3), JobKind::sync, Window{}, Lane::urgent)).ok());
  // A member is erased by asking for it, never by a job of its own.
  EXPECT_EQ(
      run(queue_->enqueue(member_named(3), JobKind::erase, Window{}, Lane::urgent)).failure().code,
      "bad_args");
  const auto leases = claim(3);
  ASSERT_EQ(leases.size(), 3U);
  EXPECT_EQ(leases[0].lane, Lane::urgent);
  EXPECT_EQ(leases[1].lane, Lane::routine);
  EXPECT_EQ(leases[2].lane, Lane::backfill);
}

TEST_P(QueueContract, NeverRunsMoreOfAPayerThanItsCap) {
  for (int number = 1; number <= 5; ++number) {
    add(number);
  }
  const auto leases = claim(5, 30s, 2);
  EXPECT_EQ(leases.size(), 2U);
  EXPECT_TRUE(claim(5, 30s, 2).empty());
  EXPECT_TRUE(settle(leases[0], Verdict::done).ok());
  EXPECT_EQ(claim(5, 30s, 2).size(), 1U);
}

TEST_P(QueueContract, ABlockedPayerHoldsUpNoOther) {
  add(1, aetna);
  add(2, other);
  ASSERT_TRUE(run(quota_->refused({aetna, 0, 1h, 0})).ok());
  auto reply = *run(queue_->claim({worker, 5, 30s, {{aetna, 9}, {other, 9}}}));
  ASSERT_EQ(reply.leases.size(), 1U);
  EXPECT_EQ(reply.leases[0].payer, other);
  reply = *run(queue_->claim({worker, 5, 30s, {{aetna, 9}, {other, 9}}}));
  ASSERT_TRUE(reply.next_in.has_value());
  EXPECT_GT(*reply.next_in, 30min);
  EXPECT_LE(*reply.next_in, 1h);
  command({"HSET", "cf:{0}:quota:aetna", "blocked_until", "1"});  // an hour later
  EXPECT_EQ(claim(5).size(), 1U);
}

TEST_P(QueueContract, KeepsTheLaterOfTwoBlocks) {
  EXPECT_TRUE(run(quota_->refused({aetna, 0, 10s, 0})).ok());
  const auto before = text({"HGET", "cf:{0}:quota:aetna", "blocked_until"});
  EXPECT_TRUE(run(quota_->refused({aetna, 0, 1s, 0})).ok());
  EXPECT_EQ(text({"HGET", "cf:{0}:quota:aetna", "blocked_until"}), before);
}

TEST_P(QueueContract, ACursorSurvivesTheWorkerThatWroteIt) {
  add(1);
  auto leases = claim(1, 1ms);
  Cursor cursor;
  cursor.resource = Resource::eob;
  cursor.next_url = "https://payer/x?page=3";
  cursor.pages = 2;
  ASSERT_TRUE(run(queue_->checkpoint(leases[0].ref, cursor)).ok());
  pass(5ms);
  const auto reaped = *run(queue_->reap(10, 1h));
  EXPECT_EQ(reaped.requeued, 1U);
  const auto again = claim(1);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].cursor, cursor);
  EXPECT_EQ(again[0].stalls, 1U);
  EXPECT_GT(to_number(again[0].ref.fence), to_number(leases[0].ref.fence));
}

TEST_P(QueueContract, AWorkerThatLostItsLeaseChangesNothing) {
  add(1);
  const auto stale = claim(1, 1ms)[0];
  pass(5ms);
  EXPECT_TRUE(run(queue_->reap(10, 1h)).ok());
  const auto fresh = claim(1)[0];
  EXPECT_EQ(run(queue_->checkpoint(stale.ref, Cursor{})).failure().kind, FailureKind::lease_lost);
  for (const Verdict verdict : {Verdict::done, Verdict::retry, Verdict::snooze, Verdict::requeue,
                                Verdict::dead, Verdict::reconsent, Verdict::cancelled}) {
    EXPECT_EQ(settle(stale, verdict).failure().kind, FailureKind::lease_lost) << to_string(verdict);
  }
  EXPECT_EQ(run(tokens_->record_intent(stale.ref, 1, 1)).failure().kind, FailureKind::lease_lost);
  EXPECT_EQ(job_field(fresh.ref.job, "state"), "running");
  EXPECT_TRUE(settle(fresh, Verdict::done).ok());
}

TEST_P(QueueContract, AHeartbeatKeepsLeasesAndNamesTheLostAndTheCancelled) {
  add(1);
  add(2);
  const auto leases = claim(2, 20ms);
  command({"HSET", "cf:{0}:job:" + leases[1].ref.job.str(), "cancel", "1"});
  const JobRef stranger{*JobId::parse("none"), member_named(7), Fence{1}};
  const auto reply = *run(queue_->heartbeat({leases[0].ref, leases[1].ref, stranger}, 30s));
  EXPECT_EQ(reply.lost, std::vector<JobId>{stranger.job});
  EXPECT_EQ(reply.cancel, std::vector<JobId>{leases[1].ref.job});
  pass(30ms);
  EXPECT_EQ(run(queue_->reap(10, 1h))->requeued, 0U);
}

TEST_P(QueueContract, RetryCountsAnAttemptAndComesBackByThePromoter) {
  add(1);
  const auto first = claim(1)[0];
  ASSERT_TRUE(settle(first, Verdict::retry, 1h).ok());
  EXPECT_TRUE(claim(1).empty());
  EXPECT_EQ(*promote(10), 0U);
  command({"ZADD", "cf:{0}:delayed", "1", first.ref.job.str()});  // an hour later
  EXPECT_EQ(*promote(10), 1U);
  const auto again = claim(1);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].attempts, 1U);
  EXPECT_EQ(again[0].snoozes, 0U);
  EXPECT_EQ(again[0].lane, Lane::urgent);
}

TEST_P(QueueContract, SnoozeCountsOnlyItselfAndRequeueNothing) {
  add(1);
  EXPECT_TRUE(settle(claim(1)[0], Verdict::snooze, 0ms).ok());
  EXPECT_TRUE(promote(10).ok());
  auto lease = claim(1)[0];
  EXPECT_EQ(lease.attempts, 0U);
  EXPECT_EQ(lease.snoozes, 1U);
  EXPECT_TRUE(settle(lease, Verdict::requeue).ok());
  lease = claim(1)[0];
  EXPECT_EQ(lease.attempts + lease.stalls, 0U);
  EXPECT_EQ(lease.snoozes, 1U);
}

TEST_P(QueueContract, AJobThatKeepsTakingItsWorkersDownIsPoison) {
  const JobId job = add(1);
  for (unsigned stall = 0; stall <= limits::stalls_max; ++stall) {
    ASSERT_EQ(claim(1, 1ms).size(), 1U) << stall;
    pass(3ms);
    EXPECT_TRUE(run(queue_->reap(10, 1h)).ok());
  }
  EXPECT_TRUE(claim(1).empty());
  EXPECT_EQ(job_field(job, "state"), "dead");
  EXPECT_EQ(job_field(job, "code"), "poison");
  EXPECT_EQ(number({"ZCARD", "cf:{0}:dead"}), 1);
  EXPECT_NE(member_field(1, "next_due"), "");  // and the member is not forgotten
}

TEST_P(QueueContract, DoneMovesTheWatermarksAndTheNextDueTime) {
  const JobId job = add(1);
  EXPECT_TRUE(settle(claim(1)[0], Verdict::done).ok());
  EXPECT_EQ(member_field(1, "last_ok"), member_field(1, "last_sweep"));
  EXPECT_EQ(std::stoll(member_field(1, "next_due")),
            std::stoll(member_field(1, "last_ok")) + 3'600'000);
  EXPECT_EQ(job_field(job, "outcome"), "done");
  EXPECT_EQ(number({"HLEN", "cf:{0}:uniq"}), 0);
  EXPECT_EQ(number({"HLEN", "cf:{0}:busy"}), 0);
  EXPECT_EQ(text({"HGET", "cf:{0}:load", "aetna"}), "0");
  EXPECT_EQ(text({"HGET", "cf:{0}:live", "aetna urgent"}), "0");
}

TEST_P(QueueContract, ReconsentParksTheMemberUntilItIsAddedAgain) {
  add(1);
  EXPECT_TRUE(settle(claim(1)[0], Verdict::reconsent).ok());
  EXPECT_EQ(member_field(1, "state"), "reconsent");
  const auto refused =
      run(queue_->enqueue(member_named(1), JobKind::sync, Window{}, Lane::routine));
  EXPECT_EQ(refused.failure().code, "not_active");
  EXPECT_EQ(command({"ZSCORE", "cf:{0}:due:aetna", "M1"}), redis::Reply{});
  add(1);
  EXPECT_EQ(member_field(1, "state"), "active");
  EXPECT_EQ(claim(1).size(), 1U);
}

TEST_P(QueueContract, PlansWhoIsDueWithASweepOrAWindow) {
  add(1);
  EXPECT_TRUE(settle(claim(1)[0], Verdict::done).ok());
  EXPECT_EQ(plan().planned, 0U);
  command({"ZADD", "cf:{0}:due:aetna", "1", "M1"});
  EXPECT_EQ(plan().planned, 1U);
  auto lease = claim(1)[0];
  EXPECT_EQ(lease.window.str(), "2024-01-01..");
  EXPECT_EQ(lease.lane, Lane::routine);
  EXPECT_TRUE(settle(lease, Verdict::done).ok());
  command({"HSET", "cf:{0}:member:M1", "last_sweep", "1"});
  command({"ZADD", "cf:{0}:due:aetna", "1", "M1"});
  EXPECT_EQ(plan().planned, 1U);
  EXPECT_TRUE(claim(1)[0].window.is_sweep());
}

TEST_P(QueueContract, PlansNoFurtherThanTheQueueMayGrow) {
  for (int number = 1; number <= 4; ++number) {
    add(number);
  }
  for (const Lease& lease : claim(4)) {
    EXPECT_TRUE(settle(lease, Verdict::done).ok());
  }
  for (int number = 1; number <= 4; ++number) {
    command({"ZADD", "cf:{0}:due:aetna", "1", "M" + std::to_string(number)});
  }
  auto planned = plan(3);
  EXPECT_EQ(planned.planned, 3U);
  planned = plan(3);
  EXPECT_TRUE(planned.queue_full);
  EXPECT_FALSE(planned.more_due);  // none that another call could plan
  EXPECT_EQ(planned.planned, 0U);
}

TEST_P(QueueContract, SetsAMalformedJobAsideAndGoesOn) {
  damages_queue_ = true;
  add(1);
  add(2);
  const auto broken = text({"HGET", "cf:{0}:uniq", "sync M1 sweep"});
  command({"DEL", "cf:{0}:job:" + broken});
  const auto leases = claim(5);
  ASSERT_EQ(leases.size(), 1U);
  EXPECT_EQ(leases[0].ref.member, member_named(2));
  EXPECT_EQ(text({"HGET", "cf:{0}:job:" + broken, "code"}), "malformed_job");
}

TEST_P(QueueContract, RefusesToWriteOverANewerRelease) {
  damages_queue_ = true;
  command({"HSET", "cf:{0}:meta", "schema", "9", "min_writer", "9"});
  const auto refused = run(upkeep_->promote({"s1", "1"}, 1));
  EXPECT_EQ(refused.failure().code, "version");
  EXPECT_EQ(run(queue_->check_server()).failure().code, "redis_schema");
}

TEST_P(QueueContract, StoresTokensByCompareAndSetUnderTheFence) {
  add(1);
  const auto lease = claim(1)[0];
  auto tokens = **run(tokens_->load(member_named(1)));
  EXPECT_EQ(tokens.version, 1U);
  EXPECT_EQ(tokens.refresh_token, "refresh");
  ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 1)).ok());
  tokens = **run(tokens_->load(member_named(1)));
  ASSERT_TRUE(tokens.intent.has_value());
  EXPECT_EQ(tokens.intent->fence, lease.ref.fence);
  tokens.access_token = "access";
  tokens.access_issued_at = WallTime(5ms);
  EXPECT_EQ(run(tokens_->store(lease.ref, 7, tokens)).failure().code, "token_version");
  ASSERT_TRUE(run(tokens_->store(lease.ref, 1, tokens)).ok());
  tokens = **run(tokens_->load(member_named(1)));
  EXPECT_EQ(tokens.version, 2U);
  EXPECT_EQ(tokens.access_token, "access");
  EXPECT_EQ(tokens.access_issued_at, WallTime(5ms));
  EXPECT_FALSE(tokens.access_expires_at.has_value());
  EXPECT_FALSE(tokens.intent.has_value());
  ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 2, 1)).ok());
  ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 2, 0)).ok());
  EXPECT_FALSE((**run(tokens_->load(member_named(1)))).intent.has_value());
}

TEST_P(QueueContract, CountsJobsMembersAndFreshness) {
  add(1);
  add(2);
  EXPECT_TRUE(settle(claim(1)[0], Verdict::done).ok());
  const auto stats = *run(queue_->stats());
  EXPECT_EQ(stats.ready_by_lane.at("urgent"), 1U);
  EXPECT_EQ(stats.done, 1U);
  EXPECT_EQ(stats.members, 2U);
  EXPECT_EQ(stats.members_synced, 1U);
  EXPECT_EQ(stats.members_by_state.at("active"), 2U);
  EXPECT_EQ(stats.freshness.front().second, 1U);
  EXPECT_EQ(stats.freshness.back().second, 1U);
}

TEST_P(QueueContract, CountsAsFreshOnlyWhomItMayRefresh) {
  add(1);
  add(2);
  EXPECT_TRUE(settle(claim(1)[0], Verdict::done).ok());
  EXPECT_TRUE(settle(claim(1)[0], Verdict::done).ok());
  EXPECT_EQ(run(queue_->stats())->members_synced, 2U);
  ASSERT_TRUE(run(queue_->enqueue(member_named(2), JobKind::sync, {}, Lane::routine)).ok());
  EXPECT_TRUE(settle(claim(1)[0], Verdict::reconsent).ok());
  const auto parked = *run(queue_->stats());
  EXPECT_EQ(parked.members_synced, 1U);
  EXPECT_EQ(parked.freshness.front().second, 1U);
  add(2);  // consented anew, and as fresh as the last success was
  EXPECT_EQ(run(queue_->stats())->members_synced, 2U);
}

TEST_P(QueueContract, CountsWhatWorkersCouldTakeUp) {
  add(1);
  add(2);
  EXPECT_EQ(run(queue_->stats())->granted.at("aetna").workable, 2U);
  const Lease lease = claim(1)[0];
  EXPECT_EQ(run(queue_->stats())->granted.at("aetna").workable, 2U) << "one runs, one waits";
  for (const char* scope : {"all", "payer:aetna", "lane:urgent"}) {
    command({"HSET", "cf:{0}:paused", scope, "0"});
    EXPECT_EQ(run(queue_->stats())->granted.at("aetna").workable, 1U) << scope;
    command({"HDEL", "cf:{0}:paused", scope});
  }
}

TEST_P(QueueContract, CountsWhatAnOperatorWatches) {
  add(1);
  add(2);
  auto stats = *run(queue_->stats());
  EXPECT_EQ(stats.workers, 0U) << "nobody asked for work yet";
  EXPECT_EQ(stats.ended, 0U);
  EXPECT_EQ(stats.oldest_ready.at("routine"), 0ms) << "nothing waits there";
  EXPECT_EQ(stats.granted.at("aetna").requests_a_second, 0);
  EXPECT_FALSE(stats.granted.at("aetna").is_held);
  EXPECT_TRUE(settle(claim(1)[0], Verdict::done).ok());
  command({"ZADD", "cf:{0}:ready:aetna:urgent", "1", "M2"});  // ms since 1970
  command({"HSET", "cf:{0}:paused", "lane:backfill", "0", "payer:aetna", "1", "member:M1", "0"});
  command({"HSET", "cf:{0}:quota:aetna", "rate", "12.5", "profile_at", "1", "breaker", "1"});
  command({"RPUSH", "cf:{0}:batch:b:left", "M1", "M2"});
  command({"ZADD", "cf:{0}:open_batches", "1", "b"});
  stats = *run(queue_->stats());
  EXPECT_EQ(stats.workers, 1U);
  EXPECT_EQ(stats.ended, 1U);
  EXPECT_GT(stats.oldest_ready.at("urgent"), 24h);
  EXPECT_EQ(stats.pauses, (std::map<std::string, std::uint64_t>{
                              {"all", 0}, {"lane", 1}, {"payer", 0}, {"member", 1}}))
      << "a pause that has ended is none";
  EXPECT_DOUBLE_EQ(stats.granted.at("aetna").requests_a_second, 12.5);
  EXPECT_TRUE(stats.granted.at("aetna").is_held);
  EXPECT_EQ(stats.batches, 1U);
  EXPECT_EQ(stats.batch_jobs_left, 2U);
  command({"ZADD", "cf:{0}:consents", "1", "M9"});  // ended long ago
  const auto today = std::stoll(*command({"TIME"}).array()->front().text());
  const std::string in_ten_days = std::to_string((today + 10 * 86'400) * 1'000);
  command({"ZADD", "cf:{0}:consents", in_ten_days, "M1", "99999999999999", "M2"});
  stats = *run(queue_->stats());
  ASSERT_EQ(stats.consents_lasting.size(), 9U);
  EXPECT_EQ(stats.consents_lasting[1], std::pair(7 * 86'400.0, std::uint64_t{0}));
  EXPECT_EQ(stats.consents_lasting[2], std::pair(14 * 86'400.0, std::uint64_t{1}));
  EXPECT_EQ(stats.consents_lasting.back().second, 2U);
  command({"DEL", "cf:{0}:paused", "cf:{0}:batch:b:left", "cf:{0}:open_batches"});
  command({"DEL", "cf:{0}:quota:aetna", "cf:{0}:consents"});
  command({"ZADD", "cf:{0}:ready:aetna:urgent", std::to_string(today * 1'000), "M2"});
}

TEST_P(QueueContract, HintsThatWorkMayBeReady) {
  EXPECT_FALSE(*run(queue_->wait_for_work(real() ? 10ms : 0ms)));
  add(1);
  EXPECT_TRUE(*run(queue_->wait_for_work(1s)));
}

INSTANTIATE_TEST_SUITE_P(On, QueueContract, testing::Values("redis", "memory"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace claimferry::queue
