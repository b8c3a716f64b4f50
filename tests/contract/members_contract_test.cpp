// Members in a database of record, with Redis as its copy: what Redis lost comes back, what was
// under way when a program died comes to its end, and who leaves does not come back.
#include "common/queue/adapter/enrolment.hpp"
#include "tests/contract/members_fixture.hpp"
#include "tests/unit/common/vault/keys_fixture.hpp"

namespace claimferry::members {
namespace {

TEST_P(Members, RedisHoldsNoTokens) {
  add(1);
  const Lease lease = claim(1).at(0);
  ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 1)).ok());
  ASSERT_TRUE(run(tokens_->store(lease.ref, 1, next(2, "rotated"))).ok());
  EXPECT_EQ(tokens(1).refresh_token, "rotated");
  EXPECT_EQ(number({"EXISTS", "cf-tok:{0}:M1"}), 0);
}

TEST_P(Members, AllComeBackAfterRedisLostEverything) {
  SealedMember consented{member_named(1), aetna, "patient", "refresh", "fp1"};
  consented.consent = oauth::Consent{"patient/*.read",
                                     {"Patient"},
                                     WallTime(1'800'000'000'000ms),
                                     WallTime(9'000'000'000'000ms),
                                     "app",
                                     "org",
                                     "7"};
  ASSERT_TRUE(run(member_register().add_member(consented)).ok());
  for (int number = 2; number <= 120; ++number) {
    add(number);
  }
  ASSERT_TRUE(settle(claim(1).at(0), Verdict::reconsent).ok());
  EXPECT_EQ(keep(), 0U) << "Redis was told as they were enrolled";
  const std::string parked =
      database_->ask("SELECT member FROM enrolled_member WHERE state = 'reconsent'")[0][0];
  const auto before = command({"HGETALL", "cf:{0}:member:M1"});
  lose_redis();
  EXPECT_EQ(keep(120), 120U);
  EXPECT_EQ(keep(), 0U);
  EXPECT_EQ(text({"HGET", "cf:{0}:states", "active"}), "119");
  EXPECT_EQ(text({"HGET", "cf:{0}:member:" + parked, "state"}), "reconsent");
  EXPECT_EQ(number({"ZCARD", "cf:{0}:due:aetna"}), 119);
  EXPECT_EQ(number({"ZCARD", "cf:{0}:keepalive:aetna"}), 119);
  EXPECT_EQ(member_field(1, "consented_at"), "1800000000000");
  EXPECT_EQ(member_field(1, "consent_expires_at"), "9000000000000");
  EXPECT_EQ(text({"HGET", "cf:{0}:terms:" + member_field(1, "consent_terms"), "app"}), "app");
  EXPECT_EQ(tokens(1).refresh_token, "refresh");
}

TEST_P(Members, AWatermarkKeepsWhoWasSweptFromBeingSweptAgain) {
  add(1);
  database_->ask("UPDATE enrolled_member SET last_ok_at = now(), last_sweep_at = now()");
  lose_redis();
  ASSERT_EQ(keep(1), 1U);
  EXPECT_NE(member_field(1, "last_sweep"), "");
  EXPECT_EQ(number({"ZCARD", "cf:{0}:lastok"}), 1);
  EXPECT_EQ(plan().planned, 0U) << "not before the usual time";
}

TEST_P(Members, ARedisThatComesBackFromAnEarlierTimeIsToldWhatItLost) {
  add(1);
  add(2);
  add(3);
  keep();
  remember();
  const Lease lease = claim(1).at(0);
  ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 1)).ok());
  ASSERT_TRUE(run(tokens_->store(lease.ref, 1, next(2, "rotated"))).ok());
  ASSERT_TRUE(settle(lease, Verdict::done).ok());
  add(4);
  service_erases(3);
  keep();
  roll_back();
  EXPECT_EQ(state(4), "");
  EXPECT_EQ(state(3), "active");
  EXPECT_EQ(keep(2), 2U);
  EXPECT_EQ(state(4), "active");
  EXPECT_EQ(state(3), "erasing") << "who leaves is not revived";
  const auto refreshed = std::stoi(lease.ref.member.str().substr(1));
  EXPECT_EQ(tokens(refreshed).refresh_token, "rotated") << "no earlier one";
}

// The database has it, and the program died before Redis was told.
TEST_P(Members, AnEnrolmentThatWasCutOffReachesRedisAllTheSame) {
  RecordedRegister cut(*cut_, stores_->pool(), clock_, random_);
  EXPECT_EQ(
      run(cut.add_member({member_named(1), aetna, "patient", "refresh", "fp1"})).failure().code,
      "redis_unreachable");
  EXPECT_EQ(state(1), "");
  EXPECT_EQ(tokens(1).refresh_token, "refresh");
  EXPECT_EQ(keep(1), 1U);
  EXPECT_EQ(state(1), "active");
  EXPECT_EQ(number({"ZCARD", "cf:{0}:due:aetna"}), 1);
}

// And asked to be erased before, when neither of both knew of anybody to erase.
TEST_P(Members, WhoLeavesDuringAnEnrolmentThatWasCutOffHasLeft) {
  SealedMember member{member_named(1), aetna, "patient", "refresh", "fp1"};
  member.begun_at = WallTime(1ms);
  service_erases_nobody(1);
  RecordedRegister cut(*cut_, stores_->pool(), clock_, random_);
  EXPECT_EQ(run(cut.add_member(member)).failure().code, "redis_unreachable");
  EXPECT_EQ(recorded_state(1), "active");
  EXPECT_EQ(keep(1), 1U);
  EXPECT_EQ(state(1), "erasing");
  carry_out_erasures();
  EXPECT_EQ(recorded_state(1), "erased");
  EXPECT_EQ(tokens_of(1), "0");
}

TEST_P(Members, WhoLeftBeforeAnEnrolmentThatWasCutOffIsOneWhoCame) {
  service_erases_nobody(1);
  SealedMember member{member_named(1), aetna, "patient", "refresh", "fp1"};
  member.begun_at = redis_time() + 1ms;
  RecordedRegister cut(*cut_, stores_->pool(), clock_, random_);
  EXPECT_EQ(run(cut.add_member(member)).failure().code, "redis_unreachable");
  EXPECT_EQ(keep(1), 1U);
  EXPECT_EQ(state(1), "active");
}

TEST_P(Members, ARefreshThatWasCutOffAfterItWasStoredIsNotDoneAgainWithTheOldToken) {
  add(1);
  const Lease lease = claim(1).at(0);
  RecordedTokens cut(*cut_, stores_->pool());
  cut_->cut_after(2);  // the script, which Redis does not know yet
  ASSERT_TRUE(run(cut.record_intent(lease.ref, 1, 1)).ok());
  EXPECT_EQ(run(cut.store(lease.ref, 1, next(2, "rotated"))).failure().code, "redis_unreachable")
      << "Redis was not told";
  EXPECT_EQ(tokens(1).refresh_token, "rotated") << "it is durable all the same";
  ASSERT_TRUE(run(tokens_->store(lease.ref, 1, next(2, "rotated"))).ok()) << "told once more";
  EXPECT_EQ(run(tokens_->store(lease.ref, 1, next(2, "another"))).failure().code, "token_version");
  lose_redis();
  EXPECT_EQ(tokens(1).refresh_token, "rotated");
  EXPECT_EQ(tokens(1).version, 2U);
  EXPECT_FALSE(tokens(1).intent.has_value());
}

// Its lease was lost, a successor's late retry was refused, and the member parked; then its answer
// came, was stored, and the word of it to Redis got lost.
TEST_P(Members, WhoseAnswerWasStoredAfterAllIsActiveAgainThoughRedisWasToldLate) {
  add(1);
  const Lease late = claim(1, 1ms).at(0);
  ASSERT_TRUE(run(tokens_->record_intent(late.ref, 1, 1)).ok());
  pass(5ms);
  ASSERT_EQ(run(queue_->reap(10, 1h))->requeued, 1U);
  const Lease successor = claim(1).at(0);
  ASSERT_TRUE(run(tokens_->record_intent(successor.ref, 1, 2)).ok());
  ASSERT_FALSE(run(tokens_->refused(successor.ref, 1, 0))->is_stopped);
  ASSERT_TRUE(settle(successor, Verdict::reconsent).ok());
  keep();
  ASSERT_EQ(recorded_state(1), "reconsent");
  RecordedTokens cut(*cut_, stores_->pool());
  EXPECT_EQ(run(cut.store(late.ref, 1, next(2, "rotated"))).failure().code, "redis_unreachable");
  ASSERT_TRUE(run(tokens_->store(late.ref, 1, next(2, "rotated"))).ok());
  EXPECT_EQ(state(1), "active");
  keep();
  EXPECT_EQ(recorded_state(1), "active");
  EXPECT_EQ(state(1), "active");
}

// Between what the keeper read of Redis and what it says to it, the member changed again.
TEST_P(Members, AnOlderWordOfRedisOwnUndoesNoNewerOne) {
  add(1);
  keep();
  MemberMirror mirror(*redis_);
  PostgresMembers members(stores_->pool());
  const Lease lease = claim(1).at(0);
  ASSERT_TRUE(settle(lease, Verdict::reconsent).ok());
  const auto notes = run(mirror.unrecorded(50));
  ASSERT_EQ(notes->size(), 1U);
  const auto records = run(members.record(*notes));
  ASSERT_TRUE(records->at(0).has_value());
  // As taking back does.
  command({"HSET", "cf:{0}:member:M1", "state", "active"});
  command({"HINCRBY", "cf:{0}:states", "reconsent", "-1"});
  command({"HINCRBY", "cf:{0}:states", "active", "1"});
  command({"ZADD", "cf:{0}:due:aetna", "1", "M1"});
  command({"HSET", "cf:{0}:member:M1", "next_due", "1"});
  command({"ZADD", "cf:{0}:keepalive:aetna", "1", "M1"});
  ASSERT_TRUE(
      run(mirror.note_recorded({{"M1", "reconsent", std::to_string(**records->begin())}})).ok());
  keep();
  EXPECT_EQ(state(1), "active");
  EXPECT_EQ(recorded_state(1), "active");
  EXPECT_EQ(number({"ZCARD", "cf:{0}:unrecorded"}), 0);
}

TEST_P(Members, ARedisThatIsLostBetweenTheQuestionAndTheAnswerIsToldEverything) {
  add(1);
  add(2);
  keep();
  MemberMirror mirror(*redis_);
  PostgresMembers members(stores_->pool());
  const std::string place = *run(mirror.place());
  ASSERT_NE(place, "");
  auto row = run(members.find("M2"));
  lose_redis();
  const auto news = run(mirror.mirror({**row}, {place, "9 M9"}, 1s));
  ASSERT_TRUE(news.ok());
  EXPECT_EQ(*news, 0U);
  EXPECT_EQ(*run(mirror.place()), "");
  EXPECT_EQ(keep(2), 2U);
}

TEST_P(Members, AHashThatSomebodyWroteOverStandsInNobodysWay) {
  damages_queue_ = true;
  add(1);
  add(2);
  add(3);
  keep();
  for (int jobs = 0; jobs < 3; ++jobs) {
    ASSERT_TRUE(settle(claim(1).at(0), Verdict::reconsent).ok());
  }
  command({"HSET", "cf:{0}:member:M1", "state", "foo"});
  command({"DEL", "cf:{0}:member:M2"});
  command({"SET", "cf:{0}:member:M2", "no hash"});
  keep();
  EXPECT_EQ(recorded_state(3), "reconsent");
  EXPECT_EQ(recorded_state(1), "active");
  add(4);
  EXPECT_EQ(state(4), "active");
  EXPECT_EQ(number({"ZCARD", "cf:{0}:unrecorded"}), 0);
}

TEST_P(Members, ARefreshWhoseAnswerGotLostIsKnownAfterRedisIsLost) {
  add(1);
  const Lease lease = claim(1).at(0);
  ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 1)).ok());
  lose_redis();
  ASSERT_EQ(keep(1), 1U);
  ASSERT_TRUE(tokens(1).intent.has_value()) << "a successor sends no second one at once";
  EXPECT_EQ(tokens(1).intent->fence, lease.ref.fence);
  EXPECT_EQ(run(tokens_->record_intent(lease.ref, 1, 2)).failure().kind, FailureKind::lease_lost);
}

// Redis was lost, and its clock is behind the one that gave the fence of an intent.
TEST_P(Members, ALeaseBehindAStandingIntentIsTheLastOneThatIs) {
  add(1);
  const Lease lease = claim(1).at(0);
  ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 1)).ok());
  const std::string ahead = std::to_string(to_number(lease.ref.fence) + 1'000'000'000'000);
  database_->ask("UPDATE member_token SET intent_fence = " + ahead);
  EXPECT_EQ(run(tokens_->record_intent(lease.ref, 1, 2)).failure().kind, FailureKind::lease_lost);
  ASSERT_TRUE(settle(lease, Verdict::requeue).ok());
  add(2);
  const Lease next = claim(1).at(0);
  EXPECT_GT(to_number(next.ref.fence), std::stoull(ahead));
}

TEST_P(Members, NoIntentLeavesWhereRedisIsAway) {
  add(1);
  const Lease lease = claim(1).at(0);
  RecordedTokens cut(*cut_, stores_->pool());
  EXPECT_EQ(run(cut.record_intent(lease.ref, 1, 1)).failure().code, "redis_unreachable");
  EXPECT_FALSE(tokens(1).intent.has_value());
}

TEST_P(Members, AServicesErasureIsRecordedBeforeRedisHearsOfIt) {
  add(1);
  keep();
  service_erases(1);
  EXPECT_EQ(recorded_state(1), "erasing");
  EXPECT_EQ(tokens_of(1), "0");
  lose_redis();
  ASSERT_EQ(keep(1), 1U);
  EXPECT_EQ(state(1), "erasing");
  carry_out_erasures();
  EXPECT_EQ(state(1), "erased");
  EXPECT_EQ(recorded_state(1), "erased");
}

TEST_P(Members, OneOfWhomRedisLostEverythingCanBeErasedAtOnce) {
  add(1);
  lose_redis();
  service_erases(1);
  EXPECT_EQ(state(1), "erasing");
  EXPECT_EQ(recorded_state(1), "erasing");
}

TEST_P(Members, AnOperatorsErasureIsRecordedBeforeItGoesOn) {
  add(1);
  operator_erases(1);
  EXPECT_EQ(recorded_state(1), "active");
  ASSERT_TRUE(run(upkeep_->erase(term())).ok());
  EXPECT_TRUE(claim(5).empty()) << "nothing goes on before it is recorded";
  keep();
  EXPECT_EQ(recorded_state(1), "erasing");
  EXPECT_EQ(tokens_of(1), "0");
  carry_out_erasures();
  EXPECT_EQ(recorded_state(1), "erased");
  EXPECT_EQ(database_->ask("SELECT fingerprint, consented_at, consent_expires_at, consent_terms, "
                           "token_life_ms, last_ok_at, last_sweep_at FROM enrolled_member"),
            (contract::Rows{{"", "-", "-", "-", "-", "-", "-"}}))
      << "nothing but a tombstone";
  lose_redis();
  ASSERT_EQ(keep(1), 1U);
  EXPECT_EQ(state(1), "erased") << "the tombstone outlives Redis";
  EXPECT_EQ(text({"HGET", "cf:{0}:states", "erased"}), "1");
}

TEST_P(Members, WhoWasErasedMayComeAgainButNotByAnEnrolmentThatBeganBefore) {
  add(1);
  service_erases(1);
  EXPECT_EQ(run(member_register().add_member({member_named(1), aetna, "p", "r"})).failure().code,
            "not_active");
  carry_out_erasures();
  ASSERT_EQ(recorded_state(1), "erased");
  SealedMember again{member_named(1), aetna, "patient", "new", "fp2"};
  again.begun_at = WallTime(1ms);
  EXPECT_EQ(run(member_register().add_member(again)).failure().code, "not_active");
  again.begun_at = clock_.wall() + 1h;
  const auto added = run(member_register().add_member(again));
  ASSERT_TRUE(added.ok()) << added.failure().detail;
  EXPECT_EQ(state(1), "active");
  keep();
  EXPECT_EQ(state(1), "active");
  EXPECT_EQ(recorded_state(1), "active");
  EXPECT_EQ(tokens(1).refresh_token, "new");
}

// An erasure was done and the member consented anew; Redis comes back from before all that.
TEST_P(Members, AnErasureThatWasDoneDoesNotTakeANewConsentAway) {
  add(1);
  operator_erases(1);
  remember();
  carry_out_erasures();
  SealedMember again{member_named(1), aetna, "patient", "new", "fp2"};
  ASSERT_TRUE(run(member_register().add_member(again)).ok());
  roll_back();
  ASSERT_EQ(state(1), "erasing");
  carry_out_erasures();
  EXPECT_EQ(state(1), "active");
  EXPECT_EQ(recorded_state(1), "active");
  EXPECT_EQ(tokens(1).refresh_token, "new");
}

TEST_P(Members, WhoIsParkedAndWhoConsentsAnewAreRecordedAsSuch) {
  add(1);
  const Lease lease = claim(1).at(0);
  ASSERT_TRUE(run(tokens_->record_intent(lease.ref, 1, 1)).ok());
  ASSERT_FALSE(run(tokens_->refused(lease.ref, 1, 0.2))->is_stopped);
  ASSERT_TRUE(settle(lease, Verdict::reconsent).ok());
  keep();
  EXPECT_EQ(recorded_state(1), "reconsent");
  lose_redis();
  keep();
  EXPECT_EQ(state(1), "reconsent");
  ASSERT_TRUE(
      run(member_register().add_member({member_named(1), aetna, "patient", "new", "fp2"})).ok());
  EXPECT_EQ(state(1), "active");
  EXPECT_EQ(recorded_state(1), "active");
  EXPECT_EQ(tokens(1).version, 2U);
}

TEST_P(Members, ADatabaseOutOfADumpIsToldAsAWhole) {
  add(1);
  add(2);
  keep();
  // What a restore into another cluster looks like: its transactions have smaller numbers.
  database_->ask("UPDATE enrolled_member SET changed_in = '4000000000000'");
  command({"HSET", "cf:{0}:meta", "mirrored", "4000000000000 M2"});
  lose_redis();
  EXPECT_EQ(keep(2), 2U);
  command({"HSET", "cf:{0}:meta", "mirrored", "4000000000000 M2"});
  add(3);
  command({"DEL", "cf:{0}:member:M3"});
  damages_queue_ = true;
  EXPECT_EQ(keep(1), 1U);
}

TEST_P(Members, AProgramThatKnowsOfNoDatabaseIsRefused) {
  add(1);
  EXPECT_EQ(run(queue_->add_member({member_named(2), aetna, "p", "r"})).failure().code,
            "redis_recorded");
  MemberStores redis_alone(executor_of(io_), *redis_, std::nullopt, 1, clock_, random_);
  EXPECT_EQ(run(redis_alone.tokens().load(member_named(1))).failure().code, "redis_recorded");
  EXPECT_EQ(run(redis_alone.open()).failure().code, "recorded");
}

TEST_P(Members, AnEnrollersRoleIsEnoughForMembersAndSeesNoClaims) {
  database_->make_user("enroller", "claimferry_enroller");
  MemberStores stores(executor_of(io_), *redis_, database_->login("enroller"), 1, clock_, random_);
  ASSERT_TRUE(run(stores.open()).ok());
  ASSERT_TRUE(
      run(stores.register_or(*queue_).add_member({member_named(1), aetna, "p", "r", "f"})).ok());
  EXPECT_EQ(database_->refusal("SELECT * FROM resource_version", "enroller"), "postgres_42501");
  database_->make_user("reader", "claimferry_reader");
  EXPECT_EQ(database_->refusal("SELECT * FROM member_token", "reader"), "postgres_42501");
  MemberStores theirs(executor_of(io_), *redis_, database_->login("reader"), 1, clock_, random_);
  EXPECT_EQ(run(theirs.open()).failure().code, "sink_schema");
}

INSTANTIATE_TEST_SUITE_P(On, Members, testing::Values("postgres"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace claimferry::members
