#include "worker/job_machine.hpp"

#include <gtest/gtest.h>

#include "common/base/limits.hpp"

namespace claimferry::worker {
namespace {

using queue::Cursor;
using queue::JobKind;
using queue::Resource;

PageParsed page(std::uint64_t entries, std::optional<std::string> next = std::nullopt) {
  PageParsed parsed;
  parsed.entries = entries;
  parsed.next_url = std::move(next);
  return parsed;
}

StepFailed failed(FailureKind kind, std::string code, Stage stage) {
  return {{kind, std::move(code), "detail"}, stage};
}

// Feeds a parsed page and the two steps that make it durable; answers what comes after.
JobAction store(JobMachine& machine, const PageParsed& parsed) {
  EXPECT_TRUE(std::holds_alternative<StorePage>(machine.on(parsed)));
  EXPECT_TRUE(std::holds_alternative<SaveCursor>(machine.on(PageStored{})));
  return machine.on(CursorSaved{});
}

// Feeds a page whose next link ends the job; answers how, once the page is stored where it stood.
Finish end_with(JobMachine& machine, const PageParsed& parsed) {
  const Cursor before = machine.cursor();
  EXPECT_EQ(std::get<StorePage>(machine.on(parsed)).after, before);
  return std::get<Finish>(machine.on(PageStored{}));
}

Cursor cursor_at(Resource resource, std::string next_url = "", std::uint32_t pages = 0) {
  Cursor cursor;
  cursor.resource = resource;
  cursor.next_url = std::move(next_url);
  cursor.pages = pages;
  return cursor;
}

JobAction begin(JobMachine& machine, std::optional<Cursor> sink_cursor = std::nullopt) {
  EXPECT_TRUE(std::holds_alternative<LoadCursor>(machine.on(Started{})));
  return machine.on(CursorLoaded{std::move(sink_cursor)});
}

TEST(JobMachine, PullsPatientThenCoverageThenEveryEobPageThenCloses) {
  JobMachine machine(JobKind::sync, std::nullopt);
  EXPECT_EQ(std::get<FetchPage>(begin(machine)).resource, Resource::patient);
  EXPECT_EQ(std::get<FetchPage>(store(machine, page(1))).resource, Resource::coverage);
  const auto first_eob = std::get<FetchPage>(store(machine, page(2)));
  EXPECT_EQ(first_eob.resource, Resource::eob);
  EXPECT_TRUE(first_eob.url.empty());
  const auto second_eob = std::get<FetchPage>(store(machine, page(20, "https://p/x?page=2")));
  EXPECT_EQ(second_eob.url, "https://p/x?page=2");
  const auto close = std::get<CloseSync>(store(machine, page(7)));
  EXPECT_TRUE(close.coverage_complete);
  EXPECT_TRUE(close.eob_complete);
  EXPECT_FALSE(std::get<Finish>(machine.on(SyncClosed{})).because.has_value());
}

TEST(JobMachine, GoesOnWhereTheSinksCursorStands) {
  JobMachine machine(JobKind::sync, cursor_at(Resource::eob, "in-the-sink", 1));
  EXPECT_EQ(
      std::get<FetchPage>(begin(machine, cursor_at(Resource::eob, "https://p/x?page=5", 4))).url,
      "https://p/x?page=5");
}

TEST(JobMachine, BeginsAnewWhereTheSinkKnowsNoCursor) {
  JobMachine machine(JobKind::sync, cursor_at(Resource::eob, "in-the-sink", 4));
  EXPECT_EQ(std::get<FetchPage>(begin(machine)).resource, Resource::patient);
}

TEST(JobMachine, OnlyClosesWhereTheQueueSaysThatEveryPageIsDurable) {
  JobMachine machine(JobKind::sync, cursor_at(Resource::eob, "", 3));
  EXPECT_TRUE(std::holds_alternative<CloseSync>(begin(machine)));
}

TEST(JobMachine, AsksForOneFreshTokenAfterA401AndThenGivesUp) {
  JobMachine machine(JobKind::sync, std::nullopt);
  EXPECT_FALSE(std::get<FetchPage>(begin(machine, cursor_at(Resource::eob))).fresh_token);
  const auto refused = failed(FailureKind::resource_refused, "unauthorized", Stage::eob);
  EXPECT_TRUE(std::get<FetchPage>(machine.on(refused)).fresh_token);
  const auto finish = std::get<Finish>(machine.on(refused));
  EXPECT_EQ(finish.because->failure.code, "unauthorized");
}

TEST(JobMachine, AllowsAnotherFreshTokenAfterAPageCame) {
  JobMachine machine(JobKind::sync, std::nullopt);
  begin(machine, cursor_at(Resource::eob));
  const auto refused = failed(FailureKind::resource_refused, "unauthorized", Stage::eob);
  machine.on(refused);
  EXPECT_FALSE(std::get<FetchPage>(store(machine, page(1, "https://p/x?page=2"))).fresh_token);
  EXPECT_TRUE(std::get<FetchPage>(machine.on(refused)).fresh_token);
}

TEST(JobMachine, TriesCoveragesOtherParameterOnceAfterA400) {
  JobMachine machine(JobKind::sync, std::nullopt);
  EXPECT_FALSE(
      std::get<FetchPage>(begin(machine, cursor_at(Resource::coverage))).other_coverage_param);
  const auto refused = failed(FailureKind::permanent, "bad_request", Stage::coverage);
  EXPECT_TRUE(std::get<FetchPage>(machine.on(refused)).other_coverage_param);
  EXPECT_TRUE(std::holds_alternative<Finish>(machine.on(refused)));
}

TEST(JobMachine, RestartsAResourceWhoseLinkDiedAndNoLongerCallsItComplete) {
  JobMachine machine(JobKind::sync, std::nullopt);
  begin(machine, cursor_at(Resource::eob, "https://p/x?page=9", 8));
  const auto gone = failed(FailureKind::retryable, "cursor_gone", Stage::eob);
  const auto saved = std::get<SaveCursor>(machine.on(gone));
  EXPECT_EQ(saved.cursor.restarts, 1U);
  EXPECT_TRUE(std::get<FetchPage>(machine.on(CursorSaved{})).url.empty());
  EXPECT_FALSE(std::get<CloseSync>(store(machine, page(3))).eob_complete);
}

TEST(JobMachine, StopsRestartingAtTheLimit) {
  Cursor cursor;
  cursor.resource = Resource::eob;
  cursor.next_url = "https://p/x?page=2";
  cursor.restarts = limits::cursor_restarts_max;
  JobMachine machine(JobKind::sync, std::nullopt);
  begin(machine, cursor);
  const auto gone = failed(FailureKind::retryable, "cursor_gone", Stage::eob);
  EXPECT_EQ(std::get<Finish>(machine.on(gone)).because->failure.code, "cursor_gone_again");
}

TEST(JobMachine, EndsALoopOfNextLinks) {
  JobMachine machine(JobKind::sync, std::nullopt);
  begin(machine, cursor_at(Resource::eob));
  store(machine, page(1, "https://p/x?page=2"));
  store(machine, page(1, "https://p/x?page=3"));
  const Finish finish = end_with(machine, page(1, "https://p/x?page=2"));
  EXPECT_EQ(finish.because->failure.code, "next_link_loop");
}

TEST(JobMachine, EndsPagingAtThePageLimit) {
  const auto pages = static_cast<std::uint32_t>(limits::pages_per_resource_max - 1);
  JobMachine machine(JobKind::sync, std::nullopt);
  begin(machine, cursor_at(Resource::eob, "https://p/x?page=a", pages));
  const Finish finish = end_with(machine, page(1, "https://p/x?page=b"));
  EXPECT_EQ(finish.because->failure.code, "too_many_pages");
}

TEST(JobMachine, TakesAsManyPagesAsTheLimitSays) {
  const auto pages = static_cast<std::uint32_t>(limits::pages_per_resource_max - 2);
  JobMachine machine(JobKind::sync, std::nullopt);
  begin(machine, cursor_at(Resource::eob, "https://p/x?page=a", pages));
  EXPECT_EQ(std::get<FetchPage>(store(machine, page(1, "https://p/x?page=b"))).url,
            "https://p/x?page=b");
  EXPECT_TRUE(std::holds_alternative<CloseSync>(store(machine, page(1))));
}

TEST(JobMachine, StoresAPageWhoseNextLinkIsRefusedBeforeItEnds) {
  JobMachine machine(JobKind::sync, std::nullopt);
  begin(machine, cursor_at(Resource::eob, "https://p/x?page=2", 1));
  PageParsed parsed = page(20);
  parsed.next_refused = Failure{FailureKind::permanent, "next_link_foreign_host", "elsewhere"};
  const Finish finish = end_with(machine, parsed);
  EXPECT_EQ(finish.because->failure.code, "next_link_foreign_host");
  EXPECT_EQ(finish.because->stage, Stage::eob);
}

TEST(JobMachine, CountsAResourceOnceHoweverManyPagesHoldIt) {
  JobMachine machine(JobKind::sync, std::nullopt);
  begin(machine, cursor_at(Resource::eob));
  PageParsed first = page(2, "https://p/x?page=2");
  first.total = 4;
  store(machine, first);
  machine.on(page(2));
  machine.on(PageStored{1});  // one of the two came before: of four, three came
  EXPECT_FALSE(std::get<CloseSync>(machine.on(CursorSaved{})).eob_complete);
}

TEST(JobMachine, CallsASweepIncompleteWhenFewerEntriesCameThanTotalSays) {
  JobMachine machine(JobKind::sync, std::nullopt);
  begin(machine, cursor_at(Resource::eob));
  PageParsed short_page = page(19);
  short_page.total = 20;
  EXPECT_FALSE(std::get<CloseSync>(store(machine, short_page)).eob_complete);
}

TEST(JobMachine, CallsASweepIncompleteWhenItsTotalMovedBetweenPages) {
  JobMachine machine(JobKind::sync, std::nullopt);
  begin(machine, cursor_at(Resource::eob));
  PageParsed first = page(20, "https://p/x?page=2");
  first.total = 40;
  store(machine, first);
  PageParsed second = page(19);
  second.total = 39;
  EXPECT_FALSE(std::get<CloseSync>(store(machine, second)).eob_complete);
}

TEST(JobMachine, CallsASweepIncompleteWhenAnEntryCouldNotBeIdentified) {
  JobMachine machine(JobKind::sync, std::nullopt);
  begin(machine, cursor_at(Resource::coverage));
  PageParsed odd = page(1);
  odd.proves_absence = false;
  store(machine, odd);
  const auto close = std::get<CloseSync>(store(machine, page(4)));
  EXPECT_FALSE(close.coverage_complete);
  EXPECT_TRUE(close.eob_complete);
}

TEST(JobMachine, PassesAnyOtherFailureOnWithItsStage) {
  JobMachine machine(JobKind::sync, std::nullopt);
  begin(machine);
  const auto finish =
      std::get<Finish>(machine.on(failed(FailureKind::retryable, "http_503", Stage::patient)));
  EXPECT_EQ(finish.because->failure.code, "http_503");
  EXPECT_EQ(finish.because->stage, Stage::patient);
}

TEST(JobMachine, AKeepaliveRefreshesOnceAndEnds) {
  JobMachine machine(JobKind::keepalive, std::nullopt);
  EXPECT_TRUE(std::holds_alternative<KeepTokens>(machine.on(Started{})));
  EXPECT_FALSE(std::get<Finish>(machine.on(TokensKept{})).because);
}

TEST(JobMachine, AKeepaliveThatFailsIsTriedByItsDispositionAlone) {
  JobMachine machine(JobKind::keepalive, std::nullopt);
  machine.on(Started{});
  const auto step = failed(FailureKind::payer_refused, "client_refused", Stage::token);
  const auto finish = std::get<Finish>(machine.on(step));
  ASSERT_TRUE(finish.because);
  EXPECT_EQ(finish.because->failure.code, "client_refused");
}

}  // namespace
}  // namespace claimferry::worker
