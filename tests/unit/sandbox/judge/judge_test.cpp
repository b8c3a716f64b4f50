// The judge on a sink of its own making, into which each kind of mistake is planted.
#include "tests/sandbox/judge/judge.hpp"

#include <cstdio>
#include <stdexcept>

#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <sqlite3.h>
#include <unistd.h>

namespace claimferry::sandbox {
namespace {

std::string hex_of(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  std::string text;
  for (const unsigned char byte : digest) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", byte);
    text += two;
  }
  return text;
}

class JudgeTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "claimferry-judge-" + std::to_string(getpid()) + ".db";
    std::remove(path_.c_str());
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database_), SQLITE_OK);
    run("CREATE TABLE resource_current (member, resource_type, resource_id, content_hash, raw "
        "BLOB);"
        "CREATE TABLE claim_current (member, eob_id, claim_type, submitted, allowed, paid,"
        " member_liability);");
    store("M1", "Patient", "p", "patient-bytes");
    store("M1", "ExplanationOfBenefit", "e1", "eob-bytes");
    claim("M1", "e1", "12.50");
    ledger_ = parse_ledger(
        R"({"member":"M1","patient":"p","resources":[{"type":"Patient","id":"p","hash":"x",)"
        R"("acceptable_hashes":[")" +
        hex_of("patient-bytes") +
        R"("],"withdrawn":false},{"type":"ExplanationOfBenefit","id":"e1","hash":"y",)"
        R"("acceptable_hashes":["zz",")" +
        hex_of("eob-bytes") +
        R"("],"withdrawn":false,"claim_type":"pharmacy","submitted":"12.5","allowed":"",)"
        R"("paid":"1.00","member_liability":"0"}]})"
        "\n");
  }
  void TearDown() override {
    sqlite3_close(database_);
    std::remove(path_.c_str());
  }

  void run(const std::string& sql) {
    if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(database_));
    }
  }
  void store(const std::string& member, const std::string& type, const std::string& id,
             const std::string& raw) {
    run("INSERT INTO resource_current VALUES ('" + member + "','" + type + "','" + id + "','" +
        hex_of(raw) + "',CAST('" + raw + "' AS BLOB))");
  }
  void claim(const std::string& member, const std::string& id, const std::string& submitted) {
    run("INSERT INTO claim_current VALUES ('" + member + "','" + id + "','pharmacy','" + submitted +
        "',NULL,'1.0','0.00')");
  }
  Verdict judge() { return judge_sqlite(path_, ledger_); }

  std::string path_;
  sqlite3* database_ = nullptr;
  std::vector<LedgerMember> ledger_;
};

TEST_F(JudgeTest, AcquitsWhatIsRight) {
  const Verdict verdict = judge();
  EXPECT_TRUE(verdict.clean()) << testing::PrintToString(verdict.examples);
  EXPECT_EQ(verdict.members, 1U);
  EXPECT_EQ(verdict.resources.at("ExplanationOfBenefit"), 1U);
  EXPECT_EQ(verdict.claims_by_type.at("pharmacy"), 1U);
  EXPECT_EQ(verdict.billed_total, "12.50");
  EXPECT_EQ(verdict.paid_total, "1.00");
}

TEST_F(JudgeTest, FindsALoss) {
  run("DELETE FROM resource_current WHERE resource_id = 'e1'");
  EXPECT_EQ(judge().lost, 1U);
  EXPECT_EQ(judge().members, 0U);
}

TEST_F(JudgeTest, FindsAClaimWithoutItsRow) {
  run("DELETE FROM claim_current");
  EXPECT_EQ(judge().lost, 1U);
}

TEST_F(JudgeTest, FindsADuplicate) {
  store("M1", "ExplanationOfBenefit", "e1", "eob-bytes");
  EXPECT_EQ(judge().duplicated, 1U);
}

TEST_F(JudgeTest, FindsAClaimTwice) {
  claim("M1", "e1", "12.50");
  EXPECT_EQ(judge().duplicated, 1U);
}

TEST_F(JudgeTest, FindsOneCent) {
  run("UPDATE claim_current SET submitted = '12.51'");
  EXPECT_EQ(judge().wrong, 1U);
}

TEST_F(JudgeTest, FindsAnotherType) {
  run("UPDATE claim_current SET claim_type = 'oral'");
  EXPECT_EQ(judge().wrong, 1U);
}

TEST_F(JudgeTest, FindsAFlippedByte) {
  run("UPDATE resource_current SET raw = CAST('eob-bytez' AS BLOB) WHERE resource_id = 'e1'");
  EXPECT_EQ(judge().wrong, 1U);
}

TEST_F(JudgeTest, FindsBytesThatWereNeverSent) {
  run("DELETE FROM resource_current WHERE resource_id = 'e1'");
  store("M1", "ExplanationOfBenefit", "e1", "older-bytes");
  EXPECT_EQ(judge().wrong, 1U);
}

TEST_F(JudgeTest, FindsWhatThePayerDoesNotKnow) {
  store("M2", "ExplanationOfBenefit", "e1", "eob-bytes");
  claim("M2", "e1", "12.50");
  EXPECT_EQ(judge().wrong, 2U);
}

TEST_F(JudgeTest, LetsWithdrawnClaimsBeThereOrNot) {
  ledger_[0].resources[1].withdrawn = true;
  EXPECT_TRUE(judge().clean());
  run("DELETE FROM resource_current WHERE resource_id = 'e1'; DELETE FROM claim_current");
  EXPECT_TRUE(judge().clean());
}

TEST_F(JudgeTest, SaysWhatItCannotRead) {
  EXPECT_THROW(judge_sqlite("/nonexistent/claims.db", ledger_), std::runtime_error);
  EXPECT_ANY_THROW(parse_ledger("{not json"));
}

}  // namespace
}  // namespace claimferry::sandbox
