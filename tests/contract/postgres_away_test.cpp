// The database away and back.
#include "tests/contract/postgres_fixture.hpp"

namespace claimferry::claims {
namespace {

class PostgresAway : public PostgresFixture {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_POSTGRES();
    server_.emplace();
    server_->start();
    migrate(*server_);
    sink_ = make_sink();
    ASSERT_TRUE(run(sink_->open()).ok());
  }
  void TearDown() override {
    sink_.reset();
    server_.reset();
  }
  Result<CommitReport> commit_one(const std::string& content) {
    return commit(*sink_, key("M1", "j1", 1), page_of("a", content));
  }

  std::optional<contract::PostgresServer> server_;
  std::unique_ptr<PostgresSink> sink_;
};

TEST_F(PostgresAway, AnswersLocalWhileItIsAwayAndGoesOnWhenItIsBack) {
  ASSERT_TRUE(commit_one("one").ok());
  server_->stop();
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto away = commit_one("two");
    ASSERT_FALSE(away.ok());
    EXPECT_EQ(away.failure().kind, FailureKind::local);
    EXPECT_EQ(away.failure().code, "sink_unavailable");
    EXPECT_FALSE(run(sink_->resume(key("M1", "j1", 1))).ok());
  }
  server_->start();
  // Idle connections of before are dead, and no page is spent on finding out.
  const auto back = commit_one("two");
  ASSERT_TRUE(back.ok()) << back.failure().detail;
  EXPECT_EQ(back->changed, 1U);
}

TEST_F(PostgresAway, GoesOnAfterTheServersCrash) {
  ASSERT_TRUE(commit_one("one").ok());
  server_->kill();
  EXPECT_EQ(commit_one("two").failure().code, "sink_unavailable");
  server_->start();
  const auto back = commit_one("two");
  ASSERT_TRUE(back.ok()) << back.failure().detail;
  EXPECT_EQ(back->inserted + back->changed, 1U);
}

TEST_F(PostgresAway, AStandbyThatIsPromotedTakesItsPlace) {
  contract::PostgresServer standby;
  standby.start_standby_of(*server_);
  const std::string name = database_->ask("SELECT current_database()")[0][0];
  const auto both = postgres::Address::parse(
      "host=" + standby.directory().string() + "," + server_->directory().string() +
      " port=" + std::to_string(standby.port()) + "," + std::to_string(server_->port()) +
      " dbname=" + name + " user=worker");
  ASSERT_TRUE(both.ok());
  PostgresSink sink(executor_of(io_), {*both, Secret()}, at_once(), clock_, random_);
  const auto store = [&](const std::string& content) {
    return commit(sink, key("M1", "j1", 1), page_of("a", content));
  };
  ASSERT_TRUE(store("one").ok()) << "the standby comes first and takes no writes";
  postgres::Connection watch(executor_of(io_));
  const auto of_standby =
      postgres::Address::parse(standby.address(name) + " target_session_attrs=any");
  ASSERT_TRUE(run(watch.open({*of_standby, Secret()}, std::chrono::seconds(30))).ok());
  const auto ask = [&](std::string_view sql) {
    std::vector<postgres::Call> calls{{sql, {}, false}};
    const auto answers = run(watch.run(std::move(calls), std::chrono::seconds(30)));
    return answers && answers->at(0).rows() > 0 ? std::string(answers->at(0).text(0, 0)) : "";
  };
  const auto give_up_at = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (ask("SELECT count(*) FROM resource_version") != "1") {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up_at) << "the standby does not follow";
  }
  server_->kill();
  EXPECT_EQ(store("two").failure().code, "sink_unavailable");
  ASSERT_EQ(ask("SELECT pg_promote()"), "t");
  const auto after = store("two");
  ASSERT_TRUE(after.ok()) << after.failure().detail;
  EXPECT_EQ(after->changed, 1U);
  EXPECT_EQ(ask("SELECT max(version) FROM resource_version"), "2");
}

TEST_F(PostgresAway, WhileItIsAwayAttemptsAreSpacedByBackoff) {
  auto options = at_once();
  options.reconnect = {std::chrono::hours(1), std::chrono::hours(1), std::chrono::hours(1)};
  const auto patient = make_sink("worker", options);
  server_->stop();
  EXPECT_EQ(run(patient->open()).failure().code, "sink_unavailable");
  server_->start();
  EXPECT_EQ(run(patient->open()).failure().code, "sink_unavailable");
  EXPECT_TRUE(run(sink_->open()).ok());
}

// Of several hosts, the one that takes writes.
TEST_F(PostgresAway, AHostThatIsAwayOrOnlyReadsIsPassedOver) {
  const std::string here = server_->directory().string();
  const std::string name = database_->ask("SELECT current_database()")[0][0];
  database_->ask("ALTER ROLE worker SET default_transaction_read_only = on");
  const auto login = [](const std::string& text) {
    return postgres::Login{postgres::Address::parse(text).value(), Secret()};
  };
  const std::string port = std::to_string(server_->port());
  PostgresSink reads(executor_of(io_),
                     login("host=" + here + " port=" + port + " user=worker dbname=" + name),
                     at_once(), clock_, random_);
  EXPECT_EQ(run(reads.open()).failure().code, "sink_unavailable");
  database_->ask("ALTER ROLE worker RESET default_transaction_read_only");
  PostgresSink second(
      executor_of(io_),
      login("host=/nowhere," + here + " port=" + port + "," + port + " user=worker dbname=" + name),
      at_once(), clock_, random_);
  const auto opened = run(second.open());
  EXPECT_TRUE(opened.ok()) << opened.failure().detail;
}

}  // namespace
}  // namespace claimferry::claims
