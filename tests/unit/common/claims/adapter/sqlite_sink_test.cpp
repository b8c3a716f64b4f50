#include "common/claims/adapter/sqlite_sink.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/claims/adapter/store_fixture.hpp"

namespace claimferry::claims {
namespace {

// A job as the worker has it: its frame holds what belongs to its io_context.
awaitable<void> commit_for(ClaimSink& sink, PageCommit commit, std::shared_ptr<int> frame,
                           std::optional<Result<CommitReport>>& report) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const boost::asio::steady_timer timer(executor);
  auto done = co_await sink.commit(std::move(commit));
  ++*frame;
  report.emplace(std::move(done));
}

class SqliteSinkTest : public StoreFixture {
 protected:
  SqliteSinkTest() { EXPECT_TRUE(contract::run(*io_, sink_->open()).ok()); }

  // Up to where a commit stands with the writer, who waits for the file.
  void begin_commit() {
    EXPECT_TRUE(other_.execute("BEGIN IMMEDIATE").ok());
    auto frame = std::make_shared<int>(0);
    frame_ = frame;
    boost::asio::co_spawn(*io_, commit_for(*sink_, page("M1", 100), std::move(frame), report_),
                          [](const std::exception_ptr& thrown) { EXPECT_FALSE(thrown); });
    io_->restart();
    io_->poll();
    EXPECT_FALSE(frame_.expired());
    EXPECT_FALSE(report_.has_value());
  }
  void let_the_writer_go_on() { EXPECT_TRUE(other_.execute("COMMIT").ok()); }

  SystemClock clock_;
  std::unique_ptr<boost::asio::io_context> io_ = std::make_unique<boost::asio::io_context>();
  std::unique_ptr<SqliteSink> sink_ = std::make_unique<SqliteSink>(path(), clock_);
  SqliteDatabase other_ = beside();
  std::weak_ptr<int> frame_;
  std::optional<Result<CommitReport>> report_;
};

// The drain's time may run out under a commit: its coroutine goes with its io_context, not later on
// the writer's thread, and what was handed over is stored all the same.
TEST_F(SqliteSinkTest, ACommitThatOutlastsItsIoContextAnswersNobody) {
  begin_commit();
  io_.reset();
  EXPECT_TRUE(frame_.expired());
  let_the_writer_go_on();
  sink_.reset();
  EXPECT_FALSE(report_.has_value());
  EXPECT_EQ(count("claim"), 1);
}

TEST_F(SqliteSinkTest, ASinkThatGoesFirstFinishesWhatWasHandedOver) {
  begin_commit();
  let_the_writer_go_on();
  sink_.reset();
  io_->restart();
  io_->run();
  ASSERT_TRUE(report_.has_value());
  EXPECT_TRUE(report_->ok());
  EXPECT_EQ(count("claim"), 1);
}

TEST_F(SqliteSinkTest, AWaitForTheWriterKeepsTheIoContextRunning) {
  begin_commit();
  let_the_writer_go_on();
  io_->restart();
  io_->run();
  ASSERT_TRUE(report_.has_value());
  EXPECT_EQ((*report_)->inserted, 1U);
  EXPECT_TRUE(frame_.expired());
}

}  // namespace
}  // namespace claimferry::claims
