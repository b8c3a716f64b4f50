// One job's way through the driver: what it asks of payer, sink and queue, in which order, and how
// each failure and each stop leaves it.
#include "worker/job_driver.hpp"

#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "common/base/limits.hpp"
#include "tests/unit/worker/pull_outside.hpp"

namespace claimferry::worker {
namespace {

using Told = std::vector<std::string>;
using queue::Verdict;

const std::string eobs = "/ExplanationOfBenefit?patient=p1";
const std::string base = payer_profile().resource_base;

awaitable<bool> to_the_end(JobDriver* driver, std::shared_ptr<RunningJob> job) {
  co_await driver->run(std::move(job));
  co_return true;
}

class JobDriverTest : public testing::Test {
 protected:
  JobDriverTest() {
    payers.add(std::make_unique<Payer>(payer_profile(), Secret("secret")));
    http.answers = [this](const http::Request& request) { return pages(request); };
  }

  std::shared_ptr<RunningJob> job(unsigned number = 1, std::optional<queue::Lease> lease = {}) {
    if (!lease) {
      lease = new_lease(number);
    }
    return std::make_shared<RunningJob>(std::move(*lease), clock.steady(), clock.steady() + 30s);
  }
  queue::Lease new_lease(unsigned number = 1) const {
    const auto name = std::to_string(number);
    return lease_of("j" + name, "M" + name, 5, clock.now);
  }
  void run(std::shared_ptr<RunningJob> running) {
    EXPECT_TRUE(run_through(io, waits, to_the_end(&driver, std::move(running))));
  }
  // The only settlement so far.
  const Settlement& settled() const {
    EXPECT_EQ(queue.settled.size(), 1U);
    return queue.settled.front();
  }
  std::string outcome() const {
    return std::string(to_string(settled().verdict)) + " " + settled().code;
  }
  // The paths asked for, the payer's base left out.
  Told paths() const {
    Told all;
    for (const std::string& url : http.sent) {
      all.push_back(url.starts_with(base) ? url.substr(base.size()) : url);
    }
    return all;
  }

  ~JobDriverTest() override { owned_io.reset(); }  // before what its coroutines use

  std::unique_ptr<boost::asio::io_context> owned_io = std::make_unique<boost::asio::io_context>(1);
  boost::asio::io_context& io = *owned_io;
  StandingClock clock;
  SeededRandom random{1};
  QuickSleeper sleeper{clock};
  PatientSleeper waits{clock};  // for permits
  Events events;
  QueueStub queue;
  PayerPages pages;
  PayerStub http;
  SinkStub sink;
  vault::Vault vault = vault_of_tests();
  TokenStoreStub store{vault, clock};
  Payers payers;
  config::SchedulerConfig schedule;
  FleetQuotaStub fleet;
  PayerRequests requests{{executor_of(io), clock, random, waits, fleet, http, events}, "w1", 1};
  TokenKeeper tokens{{clock, random, sleeper, requests, store, vault, events}};
  JobDriver driver{
      {clock, random, sleeper, queue, sink, requests, tokens, events}, payers, schedule};
};

TEST_F(JobDriverTest, CarriesEverythingFromThePayerIntoTheSink) {
  pages.page(eobs, eob_page("e1", link_to(base + eobs + "&page=2")));
  pages.page(eobs + "&page=2", eob_page("e2"));
  run(job());
  EXPECT_EQ(paths(), (Told{"/Patient/p1", "/Coverage?patient=p1", eobs, eobs + "&page=2"}));
  EXPECT_EQ(sink.told, (Told{"resume", "commit Patient 1", "commit Coverage 1",
                             "commit ExplanationOfBenefit 1", "commit ExplanationOfBenefit 1",
                             "close sweep"}));
  EXPECT_EQ(
      queue.asked,
      (Told{"checkpoint 1 Coverage 0 0 - 0 00 -", "checkpoint 1 ExplanationOfBenefit 0 0 - 0 00 -",
            "checkpoint 1 ExplanationOfBenefit 1 1 - 0 00 in-the-sink",
            "checkpoint 1 ExplanationOfBenefit 2 2 - 0 00 -", "settle j1 done "}));
  EXPECT_EQ(events.told, Told{"settled done "});
}

TEST_F(JobDriverTest, TellsTheQueueWhatBecameDurableUnderThisLease) {
  sink.commits = {claims::CommitReport{1}, claims::CommitReport{0, 1},
                  claims::CommitReport{2, 1, 40, 3}};
  sink.closes = {claims::CloseReport{7}};
  run(job());
  const queue::Pulled& pulled = settled().pulled;
  EXPECT_EQ(pulled.pages, 3U);
  EXPECT_EQ(pulled.inserted, 3U);
  EXPECT_EQ(pulled.changed, 2U);
  EXPECT_EQ(pulled.unchanged, 40U);
  EXPECT_EQ(pulled.rejected, 3U);
  EXPECT_EQ(pulled.absent, 7U);
}

TEST_F(JobDriverTest, TellsTheQueueWhatWasPulledAlsoWhereTheJobGoesOnLater) {
  sink.commits = {claims::CommitReport{1}, Failure{FailureKind::local, "disk_full", ""}};
  run(job());
  EXPECT_EQ(settled().verdict, Verdict::snooze);
  EXPECT_EQ(settled().pulled.pages, 1U);
  EXPECT_EQ(settled().pulled.inserted, 1U);
}

TEST_F(JobDriverTest, GoesOnWhereTheSinkStands) {
  queue::Cursor cursor;
  cursor.resource = queue::Resource::eob;
  cursor.next_url = base + eobs + "&page=3";
  cursor.pages = 2;
  sink.resumes.emplace_back(cursor);
  pages.page(eobs + "&page=3", eob_page("e3"));
  run(job());
  EXPECT_EQ(paths(), Told{eobs + "&page=3"});
  EXPECT_EQ(settled().verdict, Verdict::done);
}

TEST_F(JobDriverTest, AFinishedSweepMovesTheMembersSweepAndAWindowDoesNot) {
  run(job());
  queue::Lease window = new_lease(2);
  window.window = *queue::Window::parse("2024-01-01..");
  pages.page(eobs + "&service-date=ge2024-01-01", eob_page("e1"));
  run(job(2, std::move(window)));
  ASSERT_EQ(queue.updates.size(), 2U);
  EXPECT_TRUE(queue.updates[0].swept);
  EXPECT_FALSE(queue.updates[1].swept);
  EXPECT_EQ(sink.told.back(), "close");
}

TEST_F(JobDriverTest, ASweepThatFailedMovesNothing) {
  pages.status(eobs, 500);
  run(job());
  EXPECT_FALSE(queue.updates[0].swept);
}

TEST_F(JobDriverTest, MembersAreDueAgainAfterTheIntervalSpreadByItsJitter) {
  Duration soonest = Duration::max();
  Duration latest = 0ms;
  for (unsigned number = 0; number < 200; ++number) {
    run(job(number));
    soonest = std::min(soonest, queue.updates.back().next_due_in);
    latest = std::max(latest, queue.updates.back().next_due_in);
  }
  EXPECT_GE(soonest, schedule.interval * 9 / 10);
  EXPECT_LE(latest, schedule.interval * 11 / 10);
  EXPECT_GT(latest - soonest, schedule.interval / 10);
}

TEST_F(JobDriverTest, AKeepaliveRefreshesAlsoATokenThatIsGoodAndAsksForNothingElse) {
  queue::Lease lease = new_lease();
  lease.kind = queue::JobKind::keepalive;
  run(job(1, std::move(lease)));
  EXPECT_EQ(settled().verdict, Verdict::done);
  ASSERT_EQ(http.sent.size(), 1U);
  EXPECT_EQ(http.sent[0], payer_profile().token_url);
  EXPECT_TRUE(sink.told.empty());
  EXPECT_FALSE(queue.updates[0].swept) << "its window reads as a sweep's";
  EXPECT_EQ(events.told, (Told{"token refreshed", "settled done "}));
}

TEST_F(JobDriverTest, AKeepaliveWhoseConsentEndedParksItsMember) {
  pages.answers["token"] = [] {
    return PayerStub::Answer(answer(400, R"({"error":"invalid_grant"})"));
  };
  queue::Lease lease = new_lease();
  lease.kind = queue::JobKind::keepalive;
  run(job(1, std::move(lease)));
  EXPECT_EQ(outcome(), "reconsent invalid_grant");
  EXPECT_EQ(settled().stage, Stage::token);
}

TEST_F(JobDriverTest, WorkOfAnUnknownKindIsLeftToANewerRelease) {
  queue::Lease lease = new_lease();
  lease.kind = queue::JobKind::erase;
  run(job(1, std::move(lease)));
  EXPECT_EQ(outcome(), "snooze unknown_work");
  EXPECT_GE(settled().delay, 5min);
  EXPECT_EQ(settled().stage, Stage::intake);
  EXPECT_TRUE(http.sent.empty());
  EXPECT_TRUE(sink.told.empty());
}

TEST_F(JobDriverTest, ASinkThatIsAwaySnoozesItsJobsAndIsToldOnce) {
  const Failure away{FailureKind::local, "disk_full", "no space left"};
  sink.resumes.emplace_back(away);
  run(job(1));
  sink.commits.emplace_back(away);
  sink.resumes.emplace_back(away);
  run(job(2));
  EXPECT_EQ(events.told,
            (Told{"sink away", "settled snooze disk_full", "settled snooze disk_full"}));
  for (const Settlement& each : queue.settled) {
    EXPECT_EQ(each.stage, Stage::sink);
    EXPECT_LE(each.delay, Duration(limits::local_delay_max));
  }
  sink.resumes.clear();
  sink.commits.clear();
  run(job(3));
  EXPECT_TRUE(events.saw("sink back"));
  EXPECT_EQ(queue.settled.back().verdict, Verdict::done);
}

TEST_F(JobDriverTest, ACommitOrACloseThatFailedHereIsTriedByTheNextLease) {
  const Failure away{FailureKind::local, "sink_busy", "busy"};
  sink.commits.emplace_back(away);
  run(job(1));
  EXPECT_EQ(sink.told, (Told{"resume", "commit Patient 1"}));
  EXPECT_EQ(queue.asked, Told{"settle j1 snooze sink_busy"});
  queue.settled.clear();
  sink.closes.emplace_back(away);
  run(job(2));
  EXPECT_EQ(outcome(), "snooze sink_busy");
  EXPECT_EQ(settled().stage, Stage::close);
}

TEST_F(JobDriverTest, AStopBeforeItBeganFetchesNothing) {
  const auto stopped = job();
  stopped->stop.request({FailureKind::drained, "drained", ""});
  run(stopped);
  EXPECT_TRUE(http.sent.empty());
  EXPECT_EQ(outcome(), "requeue drained");
}

TEST_F(JobDriverTest, AStopEndsAPagesReadAtOnce) {
  http.hold = true;
  const auto stopped = job();
  bool over = false;
  boost::asio::co_spawn(io, driver.run(stopped),
                        [&over](const std::exception_ptr&) { over = true; });
  io.poll();
  ASSERT_EQ(http.in_flight, 1U);
  stopped->stop.request({FailureKind::drained, "drained", ""});
  io.poll();
  ASSERT_TRUE(over);
  EXPECT_EQ(outcome(), "requeue drained");
  EXPECT_EQ(sink.told, Told{"resume"});
}

TEST_F(JobDriverTest, AStopAfterAPageIsDurableStillTellsTheQueueItsCursor) {
  const auto stopped = job();
  sink.on_commit = [&] { stopped->stop.request({FailureKind::drained, "drained", ""}); };
  run(stopped);
  EXPECT_EQ(queue.asked, (Told{"checkpoint 1 Coverage 0 0 - 0 00 -", "settle j1 requeue drained"}));
  EXPECT_EQ(paths(), Told{"/Patient/p1"});
}

TEST_F(JobDriverTest, AStopDuringTheCloseEndsTheJobAsDone) {
  const auto stopped = job();
  sink.on_close = [&] { stopped->stop.request({FailureKind::drained, "drained", ""}); };
  run(stopped);
  EXPECT_EQ(settled().verdict, Verdict::done);
  EXPECT_EQ(std::count(sink.told.begin(), sink.told.end(), "close sweep"), 1);
}

TEST_F(JobDriverTest, ACancelledJobEndsAndALostOneWritesNothing) {
  const auto cancelled = job(1);
  sink.on_commit = [&] { cancelled->stop.request({FailureKind::cancelled, "cancelled", ""}); };
  run(cancelled);
  EXPECT_EQ(outcome(), "cancelled cancelled");
  queue.asked.clear();
  const auto lost = job(2);
  lost->stop.request({FailureKind::lease_lost, "lease_lost", ""});
  run(lost);
  EXPECT_TRUE(queue.asked.empty());
  EXPECT_EQ(events.told.back(), "settled abandon lease_lost");
  EXPECT_TRUE(events.saw("lease lost"));
}

TEST_F(JobDriverTest, ALeaseThatRanOutDuringARequestWritesNothing) {
  http.answers = [this](const http::Request& request) {
    clock.now += 31s;
    return pages(request);
  };
  run(job());
  EXPECT_EQ(sink.told, Told{"resume"});
  EXPECT_TRUE(queue.asked.empty());
  EXPECT_EQ(events.told, (Told{"lease lost", "settled abandon lease_expired"}));
}

TEST_F(JobDriverTest, ALeaseThatRanOutBeforeTheCloseDoesNotClose) {
  sink.on_commit = [this] {
    if (sink.told.size() == 4) {
      clock.now += 31s;
    }
  };
  run(job());
  EXPECT_EQ(sink.told.back(), "commit ExplanationOfBenefit 1");
  EXPECT_TRUE(queue.settled.empty());
}

TEST_F(JobDriverTest, ALargerFenceInTheSinkRaisesTheQueuesAndTheJobGoesRoundAgain) {
  const Failure fenced{FailureKind::lease_lost, "fenced", "900 is the member's fence"};
  sink.resumes.emplace_back(fenced);
  run(job(1));
  sink.commits.emplace_back(fenced);
  run(job(2));
  sink.closes.emplace_back(fenced);
  run(job(3));
  EXPECT_EQ(std::count(queue.asked.begin(), queue.asked.end(), "raise_fence 900"), 3);
  EXPECT_EQ(std::count(events.told.begin(), events.told.end(), "write fenced"), 3);
  ASSERT_EQ(queue.settled.size(), 3U);
  for (const Settlement& each : queue.settled) {
    EXPECT_EQ(each.verdict, Verdict::requeue);
    EXPECT_EQ(each.code, "fence_raised");
  }
}

TEST_F(JobDriverTest, AFenceThatCouldNotBeRaisedIsWaitedFor) {
  sink.commits.emplace_back(Failure{FailureKind::lease_lost, "fenced", "900"});
  queue.raises.emplace_back(redis_away());
  run(job());
  EXPECT_EQ(outcome(), "snooze redis_unreachable");
}

TEST_F(JobDriverTest, WhereAnotherReallyOwnsTheMemberTheRequeueIsRefused) {
  sink.commits.emplace_back(Failure{FailureKind::lease_lost, "fenced", "900"});
  queue.settles.emplace_back(Failure{FailureKind::lease_lost, "lease_lost", "another"});
  run(job());
  EXPECT_EQ(events.told, (Told{"write fenced", "lease lost", "settled abandon lease_lost"}));
}

TEST_F(JobDriverTest, WaitsOutRedisAtACheckpointAndAtTheEnd) {
  for (unsigned time = 0; time < 3; ++time) {
    queue.checkpoints.emplace_back(redis_away());
    queue.settles.emplace_back(redis_away());
  }
  run(job());
  EXPECT_EQ(queue.settled.size(), 4U);
  EXPECT_EQ(events.told, Told{"settled done "});
  EXPECT_EQ(sleeper.slept.size(), 6U);
}

TEST_F(JobDriverTest, ButNoLongerThanItsLease) {
  for (unsigned time = 0; time < 1'000; ++time) {
    queue.checkpoints.emplace_back(redis_away());
  }
  const SteadyTime begun = clock.steady();
  run(job());
  EXPECT_EQ(events.told, (Told{"lease lost", "settled abandon lease_expired"}));
  EXPECT_GE(clock.steady() - begun, 30s);
  EXPECT_LE(clock.steady() - begun, 33s);
  EXPECT_TRUE(queue.settled.empty());
}

TEST_F(JobDriverTest, ACheckpointOfALostLeaseEndsTheJob) {
  queue.checkpoints.emplace_back(Failure{FailureKind::lease_lost, "lease_lost", "another"});
  run(job());
  EXPECT_EQ(sink.told, (Told{"resume", "commit Patient 1"}));
  EXPECT_EQ(events.told, (Told{"lease lost", "settled abandon lease_lost"}));
}

TEST_F(JobDriverTest, ATokenThatRanOutOnItsWayIsNoRefusal) {
  unsigned asked = 0;
  http.answers = [this, &asked](const http::Request& request) -> PayerStub::Answer {
    if (request.url.find("/token") != std::string::npos) {
      return answer(200, R"({"access_token":"new","refresh_token":"new","expires_in":20})");
    }
    if (++asked == 2) {
      clock.now += 21s;
    }
    return answer(401, "");
  };
  run(job());
  EXPECT_EQ(outcome(), "retry token_ran_out");
  EXPECT_LT(settled().delay, 1min);
}

TEST_F(JobDriverTest, AProductThatRefusesAFreshTokenIsAskedForAgainInAnHourAndTellsTheBreaker) {
  pages.status("/Patient/p1", 401);
  for (unsigned number = 1; number <= limits::breaker_members; ++number) {
    EXPECT_FALSE(events.saw("breaker opened"));
    run(job(number));
    const Settlement& settlement = queue.settled.back();
    EXPECT_EQ(settlement.verdict, Verdict::snooze);
    EXPECT_EQ(settlement.code, "unauthorized");
    EXPECT_EQ(settlement.stage, Stage::patient);
    EXPECT_EQ(settlement.delay, Duration(limits::resource_refused_delay));
  }
  EXPECT_TRUE(events.saw("breaker opened"));
  const auto one_job = Told{"/Patient/p1", "https://payer.test/token", "/Patient/p1"};
  const Told all = paths();
  EXPECT_EQ(Told(all.begin(), all.begin() + 3), one_job);
  EXPECT_EQ(all.size(), 3 * limits::breaker_members);
}

TEST_F(JobDriverTest, WhileThePayerIsDownNothingIsTheJobsFault) {
  pages.status("/Patient/p1", 500);
  for (unsigned number = 1; number < limits::breaker_failures; ++number) {
    run(job(number));
    EXPECT_EQ(queue.settled.back().verdict, Verdict::retry);
  }
  run(job(8));  // its failure opens the breaker
  EXPECT_EQ(queue.settled.back().verdict, Verdict::snooze);
  run(job(9));
  EXPECT_EQ(queue.settled.back().verdict, Verdict::snooze);
  EXPECT_EQ(queue.settled.back().code, "payer_down");
  EXPECT_EQ(http.sent.size(), limits::breaker_failures);
}

TEST_F(JobDriverTest, AShortQuietKeepsTheSlotAndTheJobGoesOnAfterIt) {
  unsigned asked = 0;
  pages.answers[eobs] = [&asked] {
    return PayerStub::Answer(++asked == 1 ? quiet_please("2") : answer(200, eob_page("e1")));
  };
  const SteadyTime begun = clock.steady();
  run(job());
  EXPECT_EQ(paths(), (Told{"/Patient/p1", "/Coverage?patient=p1", eobs, eobs}));
  EXPECT_EQ(settled().verdict, Verdict::done);
  EXPECT_GE(clock.steady() - begun, 2s);
  EXPECT_EQ(fleet.refusals.size(), 1U);
}

TEST_F(JobDriverTest, ALongQuietSnoozesTheJobWithItsCursor) {
  pages.page(eobs, eob_page("e1", link_to(base + eobs + "&page=2")));
  pages.answers[eobs + "&page=2"] = [] { return PayerStub::Answer(quiet_please("30")); };
  run(job());
  EXPECT_EQ(outcome(), "snooze http_429");
  EXPECT_EQ(settled().stage, Stage::eob);
  EXPECT_GE(settled().delay, 30s);
  EXPECT_EQ(sink.afters.back().next_url, base + eobs + "&page=2");
  EXPECT_EQ(queue.asked[queue.asked.size() - 2],
            "checkpoint 1 ExplanationOfBenefit 1 1 - 0 00 in-the-sink");
}

TEST_F(JobDriverTest, WhileThePayerIsQuietForLongNothingIsFetchedAndNothingCounted) {
  payers.find(payer_name)->gate.block(clock.steady() + 30s, 1);
  run(job());
  EXPECT_EQ(outcome(), "snooze payer_blocked");
  EXPECT_TRUE(http.sent.empty());
  EXPECT_TRUE(fleet.refusals.empty());
  EXPECT_FALSE(events.saw("rate_limited"));
}

TEST_F(JobDriverTest, APayerThatAlwaysAsksForAShortQuietDoesNotKeepTheSlotForEver) {
  pages.answers["/Patient/p1"] = [] { return PayerStub::Answer(quiet_please("1")); };
  run(job());
  EXPECT_EQ(outcome(), "snooze http_429");
  EXPECT_EQ(http.sent.size(), limits::quiets_in_a_row_max + 1);
}

TEST_F(JobDriverTest, AStopEndsTheWaitForAQuietsEnd) {
  pages.answers["/Patient/p1"] = [] { return PayerStub::Answer(quiet_please("5")); };
  const auto stopped = job();
  bool over = false;
  boost::asio::co_spawn(io, driver.run(stopped),
                        [&over](const std::exception_ptr&) { over = true; });
  io.poll();
  ASSERT_FALSE(over);
  stopped->stop.request({FailureKind::drained, "drained", ""});
  io.poll();
  EXPECT_TRUE(over);
  EXPECT_EQ(outcome(), "requeue drained");
}

TEST_F(JobDriverTest, WithoutPermitsTheTroubleIsOursAndNothingIsCounted) {
  fleet.away = redis_away();
  const SteadyTime begun = clock.steady();
  for (unsigned number = 1; number <= 2 * limits::breaker_failures; ++number) {
    run(job(number));
    EXPECT_EQ(queue.settled.back().verdict, Verdict::snooze);
    EXPECT_EQ(queue.settled.back().code, "redis_unreachable");
  }
  EXPECT_GE(clock.steady() - begun, Duration(limits::quota_patience));
  EXPECT_TRUE(http.sent.empty());
  EXPECT_FALSE(events.saw("breaker opened"));
}

TEST_F(JobDriverTest, AJobThatWasSnoozedForAWeekEnds) {
  http.answers = [](const http::Request&) { return PayerStub::Answer(quiet_please("6")); };
  queue::Lease old = new_lease();
  old.enqueued_at -= Duration(limits::job_age_max) - 1s;
  run(job(1, old));
  EXPECT_EQ(outcome(), "snooze http_429");
  queue.settled.clear();
  clock.now += 6s;
  old.expires = clock.now + 30s;
  run(job(1, old));
  EXPECT_EQ(outcome(), "dead http_429");
}

TEST_F(JobDriverTest, APageThatIsNotJsonCommitsNothing) {
  pages.page(eobs, "<html>maintenance</html>");
  run(job());
  EXPECT_EQ(outcome(), "retry page_not_json");
  EXPECT_EQ(settled().stage, Stage::eob);
  EXPECT_EQ(sink.told, (Told{"resume", "commit Patient 1", "commit Coverage 1"}));
}

TEST_F(JobDriverTest, APageThatIsNotJsonIsKeptWholeWhenItsRetriesAreSpent) {
  pages.page(eobs, "<html>maintenance</html>");
  queue::Lease last = new_lease();
  last.attempts = limits::attempts_max - 1;
  run(job(1, last));
  EXPECT_EQ(outcome(), "dead page_not_json");
  EXPECT_EQ(sink.told.back(), "quarantine page_not_json <html>maintenance</html>");
}

TEST_F(JobDriverTest, AJobIsNotGivenUpBeforeItsBadPageIsKept) {
  pages.page(eobs, "<html>maintenance</html>");
  sink.quarantines.emplace_back(Failure{FailureKind::local, "disk_full", "no room"});
  queue::Lease last = new_lease();
  last.attempts = limits::attempts_max - 1;
  run(job(1, last));
  EXPECT_EQ(outcome(), "snooze disk_full");
}

TEST_F(JobDriverTest, ANextLinkToAnotherHostIsNotFollowedAndItsPageStoredAllTheSame) {
  pages.page(eobs, eob_page("e1", link_to("https://elsewhere.test/fhir/x?page=2")));
  run(job());
  EXPECT_EQ(outcome(), "dead next_link_foreign_host");
  EXPECT_EQ(sink.told.back(), "commit ExplanationOfBenefit 1");
  EXPECT_TRUE(sink.afters.back().next_url.empty());
  EXPECT_EQ(http.sent.size(), 3U);
}

TEST_F(JobDriverTest, ALinkThatThePayerNoLongerHonoursBeginsTheResourceAgain) {
  pages.page(eobs, eob_page("e1", link_to(base + eobs + "&page=2")));
  unsigned gone = 0;
  pages.answers[eobs + "&page=2"] = [&gone] {
    return PayerStub::Answer(++gone == 1 ? answer(410) : answer(200, eob_page("e2")));
  };
  run(job());
  EXPECT_EQ(paths(), (Told{"/Patient/p1", "/Coverage?patient=p1", eobs, eobs + "&page=2", eobs,
                           eobs + "&page=2"}));
  EXPECT_EQ(sink.told.back(), "close sweep, eob incomplete");
  EXPECT_EQ(settled().verdict, Verdict::done);
}

TEST_F(JobDriverTest, TriesCoveragesOtherParameterWhereThePayerRefusesTheFirst) {
  pages.status("/Coverage?patient=p1", 400);
  pages.page("/Coverage?beneficiary=Patient/p1",
             R"({"resourceType":"Bundle","type":"searchset","entry":[]})");
  run(job());
  EXPECT_EQ(settled().verdict, Verdict::done);
  EXPECT_EQ(paths()[2], "/Coverage?beneficiary=Patient/p1");
}

TEST_F(JobDriverTest, AnEntryWithoutAnIdCannotProveAbsence) {
  pages.page(eobs,
             R"({"resourceType":"Bundle","type":"searchset","entry":[{"resource":)"
             R"({"resourceType":"ExplanationOfBenefit","patient":{"reference":"Patient/p1"}}}]})");
  run(job());
  EXPECT_EQ(sink.told.back(), "close sweep, eob incomplete");
}

TEST_F(JobDriverTest, ABugEndsTheJobWithoutRepeatingItsText) {
  sink.on_commit = [] { throw std::runtime_error("Jane Doe"); };
  run(job());
  EXPECT_EQ(outcome(), "retry internal_error");
  EXPECT_EQ(settled().detail.find("Jane"), std::string::npos);
}

}  // namespace
}  // namespace claimferry::worker
