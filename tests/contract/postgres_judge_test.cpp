// The judge on a PostgreSQL sink that the product filled, into which each kind of mistake is
// planted.
#include <stdexcept>

#include "common/claims/parse.hpp"
#include "tests/contract/postgres_fixture.hpp"
#include "tests/sandbox/judge/sink_address.hpp"
#include "tests/sandbox/model/model.hpp"

namespace claimferry::claims {
namespace {

using sandbox::GeneratedResource;
using sandbox::Verdict;

class PostgresJudge : public PostgresFixture {
 protected:
  static constexpr unsigned eobs_each = 8;
  static constexpr WallTime now{std::chrono::sys_days{std::chrono::year(2026) / 6 / 1}};

  void SetUp() override {
    CLAIMFERRY_NEEDS_POSTGRES();
    migrate();
    sink_ = make_sink();
    sandbox::MemberSpec spec;
    spec.eobs = eobs_each;
    for (std::size_t index = 0; index < 2; ++index) {
      const std::string member = model_.enrol(spec, now).member;
      const auto resources = model_.members().resources(index);
      put_page(member, queue::Resource::patient, resources->patient.json, resources->patient.id);
      put_page(member, queue::Resource::coverage, bundle_of(resources->coverages),
               resources->patient.id);
      put_page(member, queue::Resource::eob, bundle_of(resources->eobs), resources->patient.id);
    }
  }
  static std::string bundle_of(const std::vector<GeneratedResource>& resources) {
    std::string text = R"({"resourceType":"Bundle","type":"searchset","entry":[)";
    for (const GeneratedResource& resource : resources) {
      text += (&resource == resources.data() ? R"({"resource":)" : R"(,{"resource":)") +
              resource.json + "}";
    }
    return text + "]}";
  }
  void put_page(const std::string& member, queue::Resource resource, const std::string& body,
                const std::string& patient) {
    PageParser parser;
    auto page = parser.parse(http::Body(body), {resource, patient, {}});
    ASSERT_TRUE(page.ok()) << page.failure().detail;
    ASSERT_TRUE(page->quarantined.empty());
    PageCommit commit = commit_of(key(member, "j1", 1), std::move(*page));
    commit.resource = resource;
    const auto done = run(sink_->commit(std::move(commit)));
    ASSERT_TRUE(done.ok()) << done.failure().detail;
  }
  Verdict judge() {
    const auto ledger = sandbox::parse_ledger(model_.ledger_line(0) + model_.ledger_line(1));
    return sandbox::judge_sink("postgres:" + database_->login().address.str(), ledger);
  }
  // " WHERE eob_id = …" of the first member's claim that has several lines and amounts.
  std::string where() {
    for (const GeneratedResource& eob : model_.members().resources(0)->eobs) {
      if (eob.lines.size() > 1 && !eob.paid.empty() && !eob.lines[1].submitted.empty()) {
        return " WHERE member = 'M000001' AND eob_id = '" + eob.id + "'";
      }
    }
    ADD_FAILURE() << "no such claim";
    return "";
  }
  std::string where_resource() {
    std::string text = where();
    return text.replace(text.find("eob_id"), 6, "resource_id");
  }

  sandbox::Model model_{sandbox::ModelOptions()};
  std::unique_ptr<PostgresSink> sink_;
};

TEST_F(PostgresJudge, AcquitsWhatIsRightAndFindsALoss) {
  const Verdict right = judge();
  EXPECT_TRUE(right.clean()) << testing::PrintToString(right.examples);
  EXPECT_EQ(right.members, 2U);
  EXPECT_EQ(right.resources.at("ExplanationOfBenefit"), 2 * eobs_each);
  EXPECT_EQ(right.billed_total, right.billed_by_ledger);
  EXPECT_EQ(right.paid_total, right.paid_by_ledger);
  database_->ask("DELETE FROM claim_line" + where() + " AND line_sequence = 2");
  EXPECT_EQ(judge().lost, 1U);
  database_->ask("DELETE FROM claim" + where());
  EXPECT_EQ(judge().lost, 1U);
  database_->ask("UPDATE resource_version SET valid_to = now()" + where_resource());
  const Verdict lost = judge();
  EXPECT_EQ(lost.lost, 1U);
  EXPECT_EQ(lost.members, 1U);
}

TEST_F(PostgresJudge, FindsADuplicate) {
  // Twice current, under another payer's name.
  database_->ask(
      "INSERT INTO resource_version SELECT 'q', member, resource_type, resource_id, version, "
      "content_hash, change_hash, raw, full_url, fence, first_seen_at, valid_from, valid_to, "
      "parser_version, absent_at FROM resource_version" +
      where_resource());
  EXPECT_EQ(judge().duplicated, 1U);
  database_->ask("DELETE FROM resource_version WHERE payer = 'q'");
  // A version that changed nothing.
  database_->ask("UPDATE resource_version SET valid_to = now()" + where_resource());
  database_->ask(
      "INSERT INTO resource_version SELECT payer, member, resource_type, resource_id, 2, "
      "content_hash, change_hash, raw, full_url, fence, first_seen_at, valid_from, NULL, "
      "parser_version, absent_at FROM resource_version" +
      where_resource());
  EXPECT_EQ(judge().duplicated, 1U);
}

TEST_F(PostgresJudge, FindsACentInTheTextOrTheNumericOfAnAmount) {
  for (const std::string table : {"claim", "claim_line"}) {
    for (const std::string change :
         {"paid = (paid_num + 0.01)::text", "paid_num = paid_num + 0.01",
          "paid = (paid_num + 0.01)::text, paid_num = paid_num + 0.01", "paid_num = NULL"}) {
      const std::string one =
          where() + (table == "claim" ? "" : " AND paid IS NOT NULL AND line_sequence = 1");
      database_->ask("CREATE TABLE kept AS SELECT paid, paid_num FROM " + table + one);
      database_->ask("UPDATE " + table + " SET " + change + one);
      EXPECT_EQ(judge().wrong, 1U) << table << ": " << change;
      database_->ask("UPDATE " + table +
                     " SET paid = (SELECT paid FROM kept), paid_num = (SELECT paid_num FROM kept)" +
                     one);
      database_->ask("DROP TABLE kept");
    }
  }
  EXPECT_TRUE(judge().clean());
}

TEST_F(PostgresJudge, FindsAFlippedByte) {
  database_->ask("UPDATE resource_version SET raw = raw || '\\x20'" + where_resource());
  EXPECT_EQ(judge().wrong, 1U);
}

TEST_F(PostgresJudge, SaysWhatItCannotRead) {
  EXPECT_THROW(sandbox::judge_sink("postgres:host=/nowhere dbname=none", {}), std::runtime_error);
  EXPECT_THROW(sandbox::judge_sink("parquet:here", {}), std::runtime_error);
  database_->ask("DROP VIEW claim_line_current CASCADE");
  EXPECT_THROW(judge(), std::runtime_error);
}

}  // namespace
}  // namespace claimferry::claims
