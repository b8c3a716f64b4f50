// The judge on segments written by hand, into which each kind of mistake is planted.
#include "tests/sandbox/judge/ndjson_judge.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include "tests/sandbox/judge/segments.hpp"

namespace claimferry::sandbox {
namespace {

std::string hash_of(const std::string& bytes) {
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

class NdjsonJudgeTest : public testing::Test {
 protected:
  NdjsonJudgeTest() {
    std::string form = testing::TempDir() + "claimferry-ndjson-judge-XXXXXX";
    directory_ = ::mkdtemp(form.data());
    LedgerMember& member = ledger_.emplace_back();
    member.member = "M1";
    for (const char* id : {"a", "b"}) {
      LedgerResource& claim = member.resources.emplace_back();
      claim.type = "ExplanationOfBenefit";
      claim.id = id;
      claim.claim_type = "pharmacy";
      claim.submitted = "10.10";
      claim.paid = "0.05";
      claim.acceptable_hashes = {hash_of(raw(id))};
    }
    member.totals = {2, "20.20", "0.10"};
  }
  ~NdjsonJudgeTest() override { std::filesystem::remove_all(directory_); }

  static std::string raw(const std::string& id, const std::string& amount = "10.10") {
    return "{\"id\":\"" + id + "\",\"total\": " + amount + "}";
  }
  static std::string line(const std::string& operation, const std::string& id, unsigned fence,
                          unsigned version, const std::string& bytes = "") {
    std::string text = R"({"schema":1,"operation":")" + operation +
                       R"(","payer":"p","member":"M1","fence":)" + std::to_string(fence);
    if (operation != "erase") {
      text += R"(,"resource_type":"ExplanationOfBenefit","resource_id":")" + id +
              R"(","version":)" + std::to_string(version);
    }
    if (operation == "upsert") {
      text += R"(,"sha256":")" + hash_of(bytes) + R"(","raw":)" + bytes;
    }
    return text + "}\n";
  }
  static std::string upsert(const std::string& id, unsigned fence = 1, unsigned version = 1) {
    return line("upsert", id, fence, version, raw(id));
  }
  void write(const std::string& text, const std::string& name = "1.ndjson") const {
    std::ofstream(directory_ / name) << text;
  }
  Verdict judge() const { return judge_ndjson(directory_.string(), ledger_); }

  std::filesystem::path directory_;
  std::vector<LedgerMember> ledger_;
};

TEST_F(NdjsonJudgeTest, AcquitsWhatIsRight) {
  write(upsert("a"));
  write(upsert("b"), "2.ndjson");
  write("half a li", "3.part");
  const Verdict verdict = judge();
  EXPECT_TRUE(verdict.clean()) << testing::PrintToString(verdict.examples);
  EXPECT_EQ(verdict.members, 1U);
  EXPECT_EQ(verdict.claims_by_type.at("pharmacy"), 2U);
  EXPECT_EQ(verdict.billed_total, "20.20");
  EXPECT_EQ(verdict.billed_total, verdict.billed_by_ledger);
  EXPECT_EQ(verdict.paid_total, verdict.paid_by_ledger);
}

TEST_F(NdjsonJudgeTest, TakesALineThatIsThereTwiceForOne) {
  write(upsert("a") + upsert("b") + upsert("a"));
  EXPECT_TRUE(judge().clean());
}

TEST_F(NdjsonJudgeTest, PrefersTheHighestFenceThenTheHighestVersion) {
  const std::string old = line("upsert", "a", 1, 7, raw("a", "9.00"));
  write(upsert("a", 2, 1) + upsert("b") + old);
  EXPECT_TRUE(judge().clean());
  write(upsert("a", 2, 1) + upsert("b") + line("upsert", "a", 2, 2, raw("a", "9.00")));
  EXPECT_EQ(judge().wrong, 1U);
}

TEST_F(NdjsonJudgeTest, FindsALoss) {
  write(upsert("a"));
  EXPECT_EQ(judge().lost, 1U);
  EXPECT_EQ(judge().members, 0U);
}

TEST_F(NdjsonJudgeTest, FindsOneCent) {
  write(upsert("a") + line("upsert", "b", 1, 1, raw("b", "10.11")));
  EXPECT_EQ(judge().wrong, 1U);
}

TEST_F(NdjsonJudgeTest, FindsBytesThatAreNotThoseOfTheirHash) {
  std::string text = upsert("a") + upsert("b");
  text.replace(text.rfind("10.10"), 5, "10.11");
  write(text);
  EXPECT_EQ(judge().wrong, 1U);
}

TEST_F(NdjsonJudgeTest, FindsAVersionThatChangedNothing) {
  write(upsert("a") + upsert("b") + upsert("a", 2, 2));
  EXPECT_EQ(judge().duplicated, 1U);
  write(upsert("a") + upsert("b") + line("absent", "a", 2, 1) + upsert("a", 3, 2));
  EXPECT_TRUE(judge().clean());
}

TEST_F(NdjsonJudgeTest, FindsWhatIsAbsentOrErasedThoughThePayerHasIt) {
  write(upsert("a") + upsert("b") + line("absent", "a", 2, 1));
  EXPECT_EQ(judge().lost, 1U);
  write(upsert("a") + upsert("b") + line("erase", "", 2, 0));
  EXPECT_EQ(judge().lost, 2U);
  write(upsert("a", 3) + upsert("b", 3) + line("erase", "", 2, 0));
  EXPECT_TRUE(judge().clean());
}

TEST_F(NdjsonJudgeTest, FindsWhatThePayerDoesNotKnow) {
  write(upsert("a") + upsert("b") + upsert("c"));
  EXPECT_EQ(judge().wrong, 1U);
}

TEST_F(NdjsonJudgeTest, RefusesHalfALineAndNoLine) {
  write(upsert("a") + upsert("b").substr(0, 40));
  EXPECT_THROW(judge(), std::runtime_error);
  write(upsert("a") + "{}\n");
  EXPECT_THROW(judge(), std::runtime_error);
}

}  // namespace
}  // namespace claimferry::sandbox
