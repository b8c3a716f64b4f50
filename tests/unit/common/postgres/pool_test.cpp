#include "common/postgres/pool.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/contract/postgres_database.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::postgres {
namespace {

class PoolTest : public testing::Test {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_POSTGRES();
    database_ = std::make_unique<contract::PostgresDatabase>();
  }
  std::shared_ptr<Pool> pool(Pool::Options options = {}) {
    return std::make_shared<Pool>(executor_of(io_), database_->login(), options, clock_, random_);
  }
  Result<Pool::Lease> lease(std::shared_ptr<Pool> of) {
    return contract::run(io_, Pool::lease(std::move(of)));
  }
  std::string ask(Pool::Lease& lease, std::string_view sql) {
    std::vector<Call> calls{{sql, {}}};
    auto answers = contract::run(io_, lease.run(std::move(calls)));
    return answers ? std::string(answers->at(0).text(0, 0)) : answers.failure().code;
  }
  static constexpr std::string_view ask_process = "SELECT pg_backend_pid()";

  SystemClock clock_;
  SystemRandom random_;
  boost::asio::io_context io_;
  std::unique_ptr<contract::PostgresDatabase> database_;
};

TEST_F(PoolTest, AConnectionThatWasGivenBackIsUsedAgain) {
  const auto of = pool();
  auto first = lease(of);
  ASSERT_TRUE(first.ok()) << first.failure().detail;
  const std::string process = ask(*first, ask_process);
  {
    const Pool::Lease gone = std::move(*first);
  }
  auto second = lease(of);
  EXPECT_EQ(ask(*second, ask_process), process);
}

TEST_F(PoolTest, WhatStaysInATransactionIsClosed) {
  const auto of = pool();
  auto first = lease(of);
  ASSERT_TRUE(first.ok());
  const std::string process = ask(*first, ask_process);
  ask(*first, "BEGIN");
  {
    const Pool::Lease gone = std::move(*first);
  }
  auto second = lease(of);
  EXPECT_NE(ask(*second, ask_process), process);
}

TEST_F(PoolTest, AnIdleConnectionThatTheServerEndedIsNotHandedOut) {
  const auto of = pool();
  auto first = lease(of);
  ASSERT_TRUE(first.ok());
  const std::string process = ask(*first, ask_process);
  {
    const Pool::Lease gone = std::move(*first);
  }
  // Returns when the process has ended.
  database_->ask("SELECT pg_terminate_backend(" + process + ", 10000)");
  auto second = lease(of);
  ASSERT_TRUE(second.ok());
  EXPECT_NE(ask(*second, ask_process), process);
}

TEST_F(PoolTest, NoMoreConnectionsThanItMayHave) {
  Pool::Options options;
  options.connections_max = 1;
  options.wait_deadline = std::chrono::milliseconds(10);
  const auto of = pool(options);
  auto first = lease(of);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(lease(of).failure().code, "postgres_busy");
  {
    const Pool::Lease gone = std::move(*first);
  }
  EXPECT_TRUE(lease(of).ok());
}

TEST_F(PoolTest, EachConnectionHasTheTimeouts) {
  Pool::Options options;
  options.statement_timeout = std::chrono::milliseconds(1'234);
  auto first = lease(pool(options));
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(ask(*first, "SHOW statement_timeout"), "1234ms");
  EXPECT_EQ(ask(*first, "SHOW idle_in_transaction_session_timeout"), "11234ms");
}

}  // namespace
}  // namespace claimferry::postgres
