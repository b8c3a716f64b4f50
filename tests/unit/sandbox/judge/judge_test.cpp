// The judge on a sink of the product's own schema, into which each kind of mistake is planted.
#include "tests/sandbox/judge/judge.hpp"

#include <stdexcept>

#include "tests/unit/sandbox/judge/sink_fixture.hpp"

namespace claimferry::sandbox {
namespace {

constexpr const char* amounts[] = {"submitted", "allowed", "paid", "member_liability"};

class JudgeTest : public SinkTest {
 protected:
  // " WHERE eob_id = …" of one claim that has everything.
  std::string where() { return " WHERE member = 'M000001' AND eob_id = '" + full_claim().id + "'"; }
  std::string where_resource() {
    return " WHERE member = 'M000001' AND resource_id = '" + full_claim().id + "'";
  }
};

TEST_F(JudgeTest, AcquitsWhatIsRight) {
  const Verdict verdict = judge();
  EXPECT_TRUE(verdict.clean()) << testing::PrintToString(verdict.examples);
  EXPECT_EQ(verdict.members, 2U);
  EXPECT_EQ(verdict.resources.at("ExplanationOfBenefit"), 2 * eobs_each);
  EXPECT_GT(verdict.lines, 2 * eobs_each);
  EXPECT_EQ(verdict.billed_total, verdict.billed_by_ledger);
  EXPECT_EQ(verdict.paid_total, verdict.paid_by_ledger);
  EXPECT_GT(verdict.billed_total.size(), std::string("1000.00").size());
}

TEST_F(JudgeTest, FindsALoss) {
  EXPECT_EQ(run("UPDATE resource_version SET valid_to = 't'" + where_resource()), 1);
  EXPECT_EQ(judge().lost, 1U);
  EXPECT_EQ(judge().members, 1U);
}

TEST_F(JudgeTest, FindsAClaimWithoutItsRow) {
  EXPECT_EQ(run("DELETE FROM claim" + where()), 1);
  EXPECT_EQ(judge().lost, 1U);
}

TEST_F(JudgeTest, FindsWhatIsStoredUnderTwoPayers) {
  store("M000001", model_.members().resources(0)->patient, 1, "q");
  EXPECT_EQ(judge().duplicated, 1U);
  const GeneratedResource claim = full_claim();
  store("M000001", claim, 1, "q");
  EXPECT_EQ(judge().duplicated, 1 + 1 + 1 + claim.lines.size());
}

TEST_F(JudgeTest, FindsOneCentInEachAmountOfAClaim) {
  const GeneratedResource claim = full_claim();
  for (const char* amount : amounts) {
    const std::string column(amount);
    put("UPDATE claim SET " + column + " = ?1 || '1'" + where(), {claim.paid});
    EXPECT_EQ(judge().wrong, 1U) << amount;
    run("UPDATE claim SET " + column + " = NULL" + where());
    EXPECT_EQ(judge().wrong, 1U) << amount;
    put("UPDATE claim SET submitted = ?, allowed = ?, paid = ?, member_liability = ?" + where(),
        {claim.submitted, claim.allowed, claim.paid, claim.member_liability});
    EXPECT_TRUE(judge().clean());
  }
}

TEST_F(JudgeTest, FindsASinkThatRoundsAnyAmount) {
  for (const char* amount : amounts) {
    const std::string column(amount);
    for (const char* table : {"claim", "claim_line"}) {
      run(std::string("CREATE TABLE kept AS SELECT * FROM ") + table);
      run(std::string("UPDATE ") + table + " SET " + column + " = printf('%.2f', " + column +
          ") WHERE " + column + " IS NOT NULL");
      EXPECT_GT(judge().wrong, 0U) << table << " " << amount << " to cents";
      const std::string of_row = std::string(" FROM kept k WHERE (k.payer, k.member, k.eob_id, ") +
                                 "k.version, k.pointer) = (" + table + ".payer, " + table +
                                 ".member, " + table + ".eob_id, " + table + ".version, " + table +
                                 ".pointer))";
      run(std::string("UPDATE ") + table + " SET " + column + " = printf('%!.17g', CAST((SELECT " +
          column + of_row + " AS REAL)) WHERE " + column + " IS NOT NULL");
      EXPECT_GT(judge().wrong, 0U) << table << " " << amount << " through a float";
      run(std::string("UPDATE ") + table + " SET " + column + " = (SELECT " + column + of_row);
      run("DROP TABLE kept");
      EXPECT_TRUE(judge().clean());
    }
  }
}

TEST_F(JudgeTest, CountsWhatIsNoNumberAsWrong) {
  for (const char* text : {"twelve", "1.2.3", ".", "1e999999999999", "--1"}) {
    EXPECT_EQ(put("UPDATE claim SET paid = ?1" + where(), {text}), 1);
    EXPECT_EQ(judge().wrong, 1U) << text;
  }
}

TEST_F(JudgeTest, FindsAnotherFactOfAClaim) {
  for (const char* column : {"claim_type", "status", "billable_start", "patient_ref"}) {
    const std::string name(column);
    run("CREATE TABLE kept AS SELECT " + name + " AS fact FROM claim" + where());
    run("UPDATE claim SET " + name + " = 'another'" + where());
    EXPECT_EQ(judge().wrong, 1U) << column;
    run("UPDATE claim SET " + name + " = (SELECT fact FROM kept)" + where());
    run("DROP TABLE kept");
  }
  run("UPDATE claim SET patient_ref = 'https://payer.example/' || patient_ref" + where());
  EXPECT_TRUE(judge().clean()) << "a reference may be absolute";
}

TEST_F(JudgeTest, FindsAMissingLine) {
  EXPECT_EQ(run("DELETE FROM claim_line" + where() + " AND line_sequence = 2"), 1);
  EXPECT_EQ(judge().lost, 1U);
}

TEST_F(JudgeTest, FindsOneCentInEachAmountOfALine) {
  const GeneratedResource claim = full_claim();
  const GeneratedLine& line = claim.lines[1];
  for (const char* amount : amounts) {
    const std::string at = where() + " AND line_sequence = 2";
    EXPECT_EQ(
        put("UPDATE claim_line SET " + std::string(amount) + " = ?1 || '1'" + at, {line.submitted}),
        1);
    EXPECT_EQ(judge().wrong, 1U) << amount;
    put("UPDATE claim_line SET submitted = ?, allowed = ?, paid = ?, member_liability = ?" + at,
        {line.submitted, line.allowed, line.paid, line.member_liability});
    EXPECT_TRUE(judge().clean());
  }
}

TEST_F(JudgeTest, FindsALineTwiceAndALineTooMany) {
  const std::string copy =
      "INSERT INTO claim_line (payer, member, eob_id, version, pointer, path, line_sequence,"
      " submitted, allowed, paid, member_liability, amount_inexact)"
      " SELECT payer, member, eob_id, version, pointer || '/x', path, ";
  const std::string rest =
      ", submitted, allowed, paid, member_liability, 0 FROM claim_line" + where();
  run(copy + "line_sequence" + rest + " AND line_sequence = 1");
  EXPECT_EQ(judge().duplicated, 1U);
  run(copy + "'77'" + rest + " AND line_sequence = 2");
  EXPECT_EQ(judge().wrong, 1U);
}

TEST_F(JudgeTest, FindsAVersionThatChangedNothing) {
  run("UPDATE resource_version SET valid_to = 't'" + where_resource());
  store("M000001", full_claim(), 2);
  EXPECT_EQ(judge().duplicated, 1U);
  EXPECT_EQ(judge().lost, 0U);
  run("UPDATE resource_version SET absent_at = 't'" + where_resource() + " AND version = 1");
  EXPECT_TRUE(judge().clean()) << "it had been absent, and came back";
}

TEST_F(JudgeTest, FindsAVersionThatChangedOnlyItsStamp) {
  model_.modes().volatile_meta = true;
  model_.members().at(0).eobs[0].stamps = 2;
  const GeneratedResource first = model_.members().resources(0)->eobs[0];
  run("UPDATE resource_version SET valid_to = 't' WHERE member = 'M000001' AND resource_id = '" +
      first.id + "'");
  store("M000001", with_new_last_updated(first, 2), 2);
  EXPECT_EQ(judge().duplicated, 1U);
  EXPECT_EQ(judge().wrong, 0U);
}

TEST_F(JudgeTest, AcceptsTheVersionsOfAnAdjustedClaim) {
  const std::string id = model_.members().adjust(0, 1).front();
  EXPECT_GE(judge().wrong, 2U) << "the sink holds the claim of yesterday";
  const auto resources = model_.members().resources(0);
  for (const GeneratedResource& eob : resources->eobs) {
    if (eob.id == id) {
      run("UPDATE resource_version SET valid_to = 't' WHERE member = 'M000001' AND resource_id = "
          "'" +
          id + "'");
      store("M000001", eob, 2);
    }
  }
  EXPECT_TRUE(judge().clean());
}

TEST_F(JudgeTest, FindsAMissingCoverageAndAnotherFactOfOne) {
  const std::string one = " WHERE member = 'M000001' AND coverage_id LIKE '%-1'";
  for (const char* column :
       {"status", "type_code", "subscriber_id", "period_start", "period_end"}) {
    const std::string name(column);
    run("CREATE TABLE kept AS SELECT " + name + " AS fact FROM coverage" + one);
    EXPECT_EQ(run("UPDATE coverage SET " + name + " = '1999-01-01'" + one), 1);
    EXPECT_EQ(judge().wrong, 1U) << column;
    run("UPDATE coverage SET " + name + " = (SELECT fact FROM kept)" + one);
    run("DROP TABLE kept");
  }
  run("UPDATE coverage SET period_end = NULL" + one);
  EXPECT_TRUE(judge().clean()) << "an end that never comes may be none";
  EXPECT_EQ(run("DELETE FROM coverage" + one), 1);
  EXPECT_EQ(judge().lost, 1U);
}

TEST_F(JudgeTest, FindsAFlippedByte) {
  put("UPDATE resource_version SET raw = CAST(?1 AS BLOB)" + where_resource(),
      {full_claim().json + " "});
  EXPECT_EQ(judge().wrong, 1U);
}

TEST_F(JudgeTest, FindsBytesThatWereNeverSent) {
  put("UPDATE resource_version SET raw = CAST(?1 AS BLOB), content_hash = ?2" + where_resource(),
      {full_claim().json + " ", hash_of(full_claim().json + " ")});
  EXPECT_EQ(judge().wrong, 1U);
}

TEST_F(JudgeTest, FindsWhatThePayerDoesNotKnow) {
  const GeneratedResource claim = full_claim();
  store("M000009", claim, 1);
  EXPECT_EQ(judge().wrong, 2 + claim.lines.size());
  run("DELETE FROM claim_line WHERE member = 'M000009'");
  EXPECT_EQ(judge().wrong, 2U);
}

TEST_F(JudgeTest, LetsWithdrawnClaimsBeThereOrNot) {
  const std::string before = judge().billed_by_ledger;
  const std::string id = model_.members().withdraw(0, 1).front();
  EXPECT_TRUE(judge().clean());
  EXPECT_NE(judge().billed_by_ledger, before);
  run("UPDATE resource_version SET absent_at = 't' WHERE member = 'M000001' AND resource_id = '" +
      id + "'");
  EXPECT_TRUE(judge().clean());
  EXPECT_EQ(judge().billed_total, judge().billed_by_ledger);
}

TEST_F(JudgeTest, SaysWhatItCannotRead) {
  EXPECT_THROW(judge_sqlite("/nonexistent/claims.db", ledger()), std::runtime_error);
  run("DROP VIEW claim_line_current");
  EXPECT_THROW(judge(), std::runtime_error);
  EXPECT_ANY_THROW(parse_ledger("{not json"));
}

}  // namespace
}  // namespace claimferry::sandbox
