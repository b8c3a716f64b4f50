#include "common/audit/adapter/file_audit_store.hpp"

#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/unit/common/audit/adapter/directory_fixture.hpp"

namespace claimferry::audit {
namespace {

class Store : public testing::Test, public DirectoryFixture {
 protected:
  awaitable<void> ask(FileAuditStore& store, Batch batch) {
    answer_.emplace(co_await store.take(std::move(batch)));
    resumed_on_ = std::this_thread::get_id();
  }

  SystemClock clock_;
  std::optional<Result<Drained>> answer_;
  std::thread::id resumed_on_;
  boost::asio::io_context io_{1};
};

TEST_F(Store, GoesOnOnTheCallersThread) {
  FileAuditStore store({path(), std::chrono::days(2191)}, clock_);
  const auto here = std::this_thread::get_id();
  boost::asio::co_spawn(io_, ask(store, batch(1, 2, std::nullopt)),
                        [](std::exception_ptr error) { EXPECT_FALSE(error); });
  io_.run();
  EXPECT_EQ(resumed_on_, here);
  ASSERT_TRUE(answer_ && *answer_);
  EXPECT_EQ((*answer_)->head.seq, 2U);
  EXPECT_TRUE(verified((*answer_)->head).sound());
}

TEST_F(Store, EndsWhileSomebodyWaits) {
  {
    FileAuditStore store({path(), std::chrono::days(2191)}, clock_);
    boost::asio::co_spawn(io_, ask(store, batch(1, 1, std::nullopt)), [](std::exception_ptr) {});
    io_.poll_one();
  }
  EXPECT_FALSE(answer_);
  EXPECT_EQ(verified().lines, 1U);  // what was handed over is written, and nobody hears of it
}

}  // namespace
}  // namespace claimferry::audit
