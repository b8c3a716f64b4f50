// What the PostgreSQL sink promises beyond the suite of all sinks.
#include "tests/contract/postgres_fixture.hpp"

namespace claimferry::claims {
namespace {

class PostgresSinkContract : public PostgresFixture {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_POSTGRES();
    migrate();
    sink_ = make_sink();
    ASSERT_TRUE(run(sink_->open()).ok());
  }
  // Before each statement that inserts into the table.
  void before_insert(const std::string& table, const std::string& body) {
    database_->ask("CREATE OR REPLACE FUNCTION " + table +
                   "_trips() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + body +
                   " RETURN NULL; END $$");
    database_->ask("CREATE TRIGGER trips BEFORE INSERT ON " + table +
                   " FOR EACH STATEMENT EXECUTE FUNCTION " + table + "_trips()");
  }
  void untrip(const std::string& table) { database_->ask("DROP TRIGGER trips ON " + table); }

  std::unique_ptr<PostgresSink> sink_;
};

TEST_F(PostgresSinkContract, APageWhoseConnectionEndsAtAnyStepStoresNothingAndPassesWhenSentAgain) {
  for (const std::string table : {"member_fence", "resource_version", "claim", "claim_line",
                                  "provider", "extension_kv", "seen", "quarantine", "cursor"}) {
    before_insert(table, "PERFORM pg_terminate_backend(pg_backend_pid());");
    const auto cut = commit(*sink_, key(table, "j1", 1), page_of("a", "one"));
    ASSERT_FALSE(cut.ok()) << table;
    EXPECT_EQ(cut.failure().kind, FailureKind::local) << table;
    EXPECT_EQ(cut.failure().code, "sink_unavailable") << table;
    EXPECT_EQ(rows_of(table), 0) << table;
    untrip(table);
    const auto again = commit(*sink_, key(table, "j1", 1), page_of("a", "one"));
    ASSERT_TRUE(again.ok()) << table << again.failure().detail;
    EXPECT_EQ(again->inserted, 1U);
    EXPECT_EQ(rows_of(table), 8) << table;
  }
}

TEST_F(PostgresSinkContract, AFullDiskIsTheMachinesTroubleAndStoresNothing) {
  before_insert("claim_line", "RAISE disk_full;");
  const auto full = commit(*sink_, key("M1", "j1", 1), page_of("a", "one"));
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.failure().kind, FailureKind::local);
  EXPECT_EQ(full.failure().code, "disk_full");
  EXPECT_EQ(rows_of("M1"), 0);
  untrip("claim_line");
  EXPECT_TRUE(commit(*sink_, key("M1", "j1", 1), page_of("a", "one")).ok());
}

TEST_F(PostgresSinkContract, APageThatLostAConflictIsRunAgainAFewTimes) {
  database_->ask("CREATE SEQUENCE runs");
  database_->ask("GRANT USAGE ON SEQUENCE runs TO claimferry_worker");
  before_insert("claim", "IF nextval('runs') % 4 <> 0 THEN RAISE serialization_failure; END IF;");
  EXPECT_TRUE(commit(*sink_, key("M1", "j1", 1), page_of("a", "one")).ok());
  untrip("claim");
  before_insert("claim", "RAISE deadlock_detected;");
  const auto lost = commit(*sink_, key("M2", "j1", 1), page_of("a", "one"));
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.failure().kind, FailureKind::local);
  EXPECT_EQ(lost.failure().code, "sink_busy");
}

TEST_F(PostgresSinkContract, AStatementThatTakesTooLongEndsAndIsLocal) {
  auto options = at_once();
  options.statement_timeout = std::chrono::milliseconds(50);
  const auto hasty = make_sink("worker", options);
  before_insert("claim", "PERFORM pg_sleep(60);");
  const auto late = commit(*hasty, key("M1", "j1", 1), page_of("a", "one"));
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.failure().code, "sink_busy");
}

TEST_F(PostgresSinkContract, AValueThatNoColumnTakesIsThePagesOwnAndTellsNoValue) {
  const std::string id = "secret" + to_hex(sha256("a")) + std::string(8'000, 'x');
  ParsedPage page;
  std::string long_id = id;
  for (int part = 0; part < 200; ++part) {
    long_id += to_hex(sha256(std::to_string(part)));
  }
  add(page, long_id, "one");
  const auto refused = commit(*sink_, key("M1", "j1", 1), std::move(page));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().kind, FailureKind::permanent);
  EXPECT_EQ(refused.failure().code, "sink_refused");
  EXPECT_EQ(refused.failure().detail.find("secret"), std::string::npos);
}

TEST_F(PostgresSinkContract, AnErasureTakesEveryRowOfTheMemberAndNoneOfAnothers) {
  for (const char* member : {"M1", "M2"}) {
    ASSERT_TRUE(commit(*sink_, key(member, "j1", 1), page_of("a", "one")).ok());
    ASSERT_TRUE(commit(*sink_, key(member, "j1", 1), page_of("a", "two")).ok());
  }
  const std::int64_t of_another = rows_of("M2");
  ASSERT_TRUE(run(sink_->erase(key("M1", "erase", 2))).ok());
  EXPECT_EQ(rows_of("M1"), 0);
  EXPECT_EQ(rows_of("M2"), of_another);
  EXPECT_GT(of_another, 8);
  EXPECT_EQ(database_->ask("SELECT member, fence FROM tombstone"), (contract::Rows{{"M1", "2"}}));
  EXPECT_EQ(commit(*sink_, key("M1", "j1", 1), page_of("a", "one")).failure().code, "sink_erased");
  EXPECT_EQ(rows_of("M1"), 0);
}

TEST_F(PostgresSinkContract, KeepsValuesAsTheyWereSentAndInTheTypesThatTheyHave) {
  ParsedPage page;
  const std::uint32_t number = add(page, "a", std::string("raw \0 \xff", 7));
  using namespace std::string_view_literals;
  put(page, TableId::claim, number,
      {{"claim_type", "with \0 in it"sv},
       {"status", ""},
       {"submitted", "1.50"},
       {"paid", "1E+2"},
       {"created", "2024-02"},
       {"payment_date", "0000-01-01"}});
  ASSERT_TRUE(commit(*sink_, key("M1", "j1", 1), std::move(page)).ok());
  EXPECT_EQ(database_->ask("SELECT claim_type, status, submitted_num, paid, paid_num, "
                           "created, created_day, created_precision, payment_date, "
                           "payment_date_day FROM claim"),
            (contract::Rows{{"with \xEF\xBF\xBD in it", "", "1.50", "1E+2", "100", "2024-02",
                             "2024-02-01", "month", "0000-01-01", "-"}}));
  EXPECT_EQ(database_->ask("SELECT encode(raw, 'hex') FROM resource_current")[0][0],
            "7261772000"
            "20ff");
}

TEST_F(PostgresSinkContract, ShowsWhatCountsInTheViewsForAnalysts) {
  ParsedPage page;
  const std::uint32_t first = add(page, "a", "one");
  put(page, TableId::claim, first,
      {{"claim_type", "professional"},
       {"status", "active"},
       {"unique_claim_id", "U1"},
       {"network_status_billing", "innetwork"}});
  put(page, TableId::claim_line, first,
      {{"path", "item"}, {"line_sequence", "1"}, {"paid", "0.10"}, {"product_code", "99213"}},
      "/item/0");
  put(page, TableId::claim_diagnosis, first,
      {{"sequence", "1"}, {"diagnosis_code", "A00"}, {"type_codes", "[\"principal\"]"}},
      "/diagnosis/0");
  const std::uint32_t second = add(page, "b", "two");
  put(page, TableId::claim, second,
      {{"claim_type", "pharmacy"}, {"status", "active"}, {"prior_claim_id", "U0"}});
  const std::uint32_t third = add(page, "c", "three");
  put(page, TableId::claim, third, {{"claim_type", "oral"}, {"unique_claim_id", "U0"}});
  ASSERT_TRUE(commit(*sink_, key("M1", "j1", 1), std::move(page)).ok());
  EXPECT_EQ(database_->ask("SELECT eob_id FROM claim_net ORDER BY 1"),
            (contract::Rows{{"a"}, {"b"}}));
  EXPECT_EQ(database_->ask("SELECT claim_id, claim_line_number, claim_type, paid_amount, "
                           "hcpcs_code, diagnosis_code_1, in_network_flag FROM medical_claim"),
            (contract::Rows{{"U1", "1", "professional", "0.10", "99213", "A00", "1"}}));
  EXPECT_EQ(database_->ask("SELECT claim_id FROM pharmacy_claim"), (contract::Rows{{"b"}}));
  EXPECT_EQ(database_->ask("SELECT count(*) FROM eligibility"), (contract::Rows{{"0"}}));
}

TEST_F(PostgresSinkContract, MakesRowsOfAnEarlierParserAnewAndNoVersion) {
  ASSERT_TRUE(commit(*sink_, key("M1", "j1", 1), page_of("a", "one")).ok());
  database_->ask("UPDATE resource_version SET parser_version = 0");
  database_->ask("UPDATE claim SET claim_type = 'old'");
  ParsedPage page = page_of("a", "one");
  EXPECT_EQ(commit(*sink_, key("M1", "j2", 2), std::move(page))->unchanged, 1U);
  EXPECT_EQ(database_->ask("SELECT version, claim_type FROM claim"),
            (contract::Rows{{"1", "pharmacy"}}));
  EXPECT_EQ(database_->ask("SELECT parser_version > 0 FROM resource_version"),
            (contract::Rows{{"t"}}));
}

TEST_F(PostgresSinkContract, OfOneResourceTwiceOnAPageTheSecondFollowsTheFirst) {
  ParsedPage page = page_of("a", "one");
  put(page, TableId::claim, add(page, "a", "two"), {{"claim_type", "vision"}});
  const auto report = commit(*sink_, key("M1", "j1", 1), std::move(page));
  ASSERT_TRUE(report.ok()) << report.failure().detail;
  EXPECT_EQ(report->inserted, 1U);
  EXPECT_EQ(report->changed, 1U);
  EXPECT_EQ(report->repeated, 1U);
  EXPECT_EQ(database_->ask("SELECT version, valid_to IS NULL FROM resource_version ORDER BY 1"),
            (contract::Rows{{"1", "f"}, {"2", "t"}}));
  EXPECT_EQ(database_->ask("SELECT claim_type FROM claim_current"), (contract::Rows{{"vision"}}));
}

// More pages at once than there are connections, several of one member's: they wait for each other
// and never in a circle.
TEST_F(PostgresSinkContract, ManyPagesAtOnceEachPassAndOfOneMemberInAnOrder) {
  std::vector<awaitable<Result<CommitReport>>> pages;
  for (int page = 0; page < 40; ++page) {
    const std::string member = "M" + std::to_string(page % 5);
    pages.push_back(sink_->commit(
        commit_of(key(member, "j1", 1), page_of("c" + std::to_string(page % 3), "same"))));
  }
  std::uint32_t inserted = 0;
  for (auto& report : contract::run_together(io_, std::move(pages))) {
    ASSERT_TRUE(report.ok()) << report.failure().detail;
    inserted += report->inserted;
  }
  EXPECT_EQ(inserted, 15U);
}

TEST_F(PostgresSinkContract, ACommitThatOutlastsItsIoContextAnswersNobody) {
  auto io = std::make_unique<boost::asio::io_context>();
  auto options = at_once();
  // The server goes on with what it was told, up to here.
  options.statement_timeout = std::chrono::seconds(1);
  auto sink = std::make_unique<PostgresSink>(executor_of(*io), database_->login("worker"), options,
                                             clock_, random_);
  ASSERT_TRUE(contract::run(*io, sink->open()).ok());
  before_insert("claim", "PERFORM pg_sleep(60);");
  auto never = [](awaitable<Result<CommitReport>> operation) -> awaitable<void> {
    static_cast<void>((co_await std::move(operation)).ok());
  };
  contract::start(*io, never(sink->commit(commit_of(key("M1", "j1", 1), page_of("a", "one")))));
  for (int turn = 0; turn < 8; ++turn) {
    io->run_one();
  }
  sink.reset();
  io.reset();
  untrip("claim");
  EXPECT_EQ(rows_of("M1"), 0);
}

}  // namespace
}  // namespace claimferry::claims
