#include "common/postgres/connection.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/contract/postgres_database.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::postgres {
namespace {

constexpr Duration long_enough = std::chrono::seconds(30);

class ConnectionTest : public testing::Test {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_POSTGRES();
    database_ = std::make_unique<contract::PostgresDatabase>();
    ASSERT_TRUE(contract::run(io_, connection_.open(database_->login(), long_enough)).ok());
  }
  Result<Answers> run(std::vector<Call> calls, Duration deadline = long_enough) {
    return contract::run(io_, connection_.run(std::move(calls), deadline));
  }
  static std::vector<Call> calls(std::initializer_list<std::string_view> sql) {
    std::vector<Call> all;
    for (const std::string_view each : sql) {
      all.push_back({each, {}});
    }
    return all;
  }

  boost::asio::io_context io_;
  Connection connection_{executor_of(io_)};
  std::unique_ptr<contract::PostgresDatabase> database_;
};

TEST_F(ConnectionTest, ARunAnswersEachStatementInItsOrder) {
  auto answers = run(calls({"SELECT 1", "SELECT NULL::text, true", "SELECT 1 WHERE false"}));
  ASSERT_TRUE(answers.ok()) << answers.failure().detail;
  ASSERT_EQ(answers->size(), 3U);
  EXPECT_EQ(answers->at(0).integer(0, 0), 1);
  EXPECT_TRUE(answers->at(1).is_null(0, 0));
  EXPECT_TRUE(answers->at(1).flag(0, 1));
  EXPECT_EQ(answers->at(1).columns(), 2U);
  EXPECT_EQ(answers->at(2).rows(), 0U);
  EXPECT_TRUE(connection_.usable());
}

TEST_F(ConnectionTest, AStatementIsPreparedOnce) {
  constexpr std::string_view ask = "SELECT count(*) FROM pg_prepared_statements";
  ASSERT_TRUE(run(calls({ask, ask})).ok());
  auto answers = run(calls({ask}));
  ASSERT_TRUE(answers.ok());
  EXPECT_EQ(answers->at(0).integer(0, 0), 1);
}

TEST_F(ConnectionTest, OfARefusedStatementTheStateIsToldAndNoValueAndTheConnectionGoesOn) {
  std::vector<Call> bad{{"SELECT $1::text::numeric", {}}, {"SELECT 2", {}}};
  bad[0].parameters.text("a diagnosis");
  auto refused = run(std::move(bad));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().code, "postgres_22P02");
  EXPECT_EQ(refused.failure().detail.find("diagnosis"), std::string::npos);
  EXPECT_TRUE(connection_.usable());
  auto after = run(calls({"SELECT 2"}));
  ASSERT_TRUE(after.ok()) << after.failure().detail;
  EXPECT_EQ(after->at(0).integer(0, 0), 2);
}

TEST_F(ConnectionTest, ArraysArriveAsTheyWereSent) {
  Array texts(Element::text);
  Array numbers(Element::integer);
  Array bytes(Element::bytes);
  texts.text("a,\"{}\\");
  texts.null();
  numbers.integer(-5);
  numbers.integer(1'234'567'890'123);
  bytes.bytes(std::string_view("\0\xff", 2));
  bytes.bytes("");
  std::vector<Call> ask{
      {"SELECT a, b, encode(c, 'hex') FROM unnest($1::text[], $2::bigint[], $3::bytea[]) "
       "AS rows (a, b, c)",
       {}}};
  ask[0].parameters.array(std::move(texts)).array(std::move(numbers)).array(std::move(bytes));
  auto answers = run(std::move(ask));
  ASSERT_TRUE(answers.ok()) << answers.failure().detail;
  const Answer& rows = answers->at(0);
  ASSERT_EQ(rows.rows(), 2U);
  EXPECT_EQ(rows.text(0, 0), "a,\"{}\\");
  EXPECT_TRUE(rows.is_null(1, 0));
  EXPECT_EQ(rows.integer(0, 1), -5);
  EXPECT_EQ(rows.integer(1, 1), 1'234'567'890'123);
  EXPECT_EQ(rows.text(0, 2), "00ff");
}

// Larger than what sockets hold, both ways at once.
TEST_F(ConnectionTest, MegabytesGoBothWays) {
  const std::string large(8U << 20U, 'x');
  std::vector<Call> echo;
  for (int each = 0; each < 3; ++each) {
    echo.push_back({"SELECT $1::text", {}});
    echo.back().parameters.text(large);
  }
  auto answers = run(std::move(echo));
  ASSERT_TRUE(answers.ok()) << answers.failure().detail;
  EXPECT_EQ(answers->at(2).text(0, 0), large);
}

TEST_F(ConnectionTest, AnAnswerThatDoesNotComeInTimeLeavesTheConnectionUnusable) {
  auto late = run(calls({"SELECT pg_sleep(60)"}), std::chrono::milliseconds(20));
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.failure().code, "postgres_timeout");
  EXPECT_FALSE(connection_.usable());
  EXPECT_EQ(run(calls({"SELECT 1"})).failure().code, "postgres_unreachable");
}

TEST_F(ConnectionTest, WithinATransactionItIsNotFitForAnother) {
  ASSERT_TRUE(run(calls({"BEGIN"})).ok());
  EXPECT_FALSE(connection_.usable());
  ASSERT_TRUE(run(calls({"ROLLBACK"})).ok());
  EXPECT_TRUE(connection_.usable());
}

TEST_F(ConnectionTest, AServerThatTakesNobodyIsUnreachable) {
  const Login nowhere{Address::parse("host=/nowhere dbname=claims").value(), Secret()};
  Connection connection(executor_of(io_));
  const auto opened = contract::run(io_, connection.open(nowhere, long_enough));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.failure().code, "postgres_unreachable");
  EXPECT_EQ(opened.failure().kind, FailureKind::local);
  EXPECT_FALSE(connection.usable());
}

}  // namespace
}  // namespace claimferry::postgres
