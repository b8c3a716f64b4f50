#include "tests/sandbox/model/members.hpp"

#include <gtest/gtest.h>

namespace claimferry::sandbox {
namespace {

GenerateRequest ten_claims() {
  GenerateRequest request{};
  request.seed = 3;
  request.eobs = 10;
  request.today = std::chrono::sys_days{std::chrono::year(2026) / 6 / 1};
  request.base_url = "http://payer.test/fhirdemo/v2/patientaccess";
  return request;
}

TEST(MemberBook, GeneratesAgainByteForByteWhatFellOutOfTheCache) {
  MemberBook book(1, 1);  // one member at a time
  book.add(ten_claims());
  book.add(ten_claims());
  const auto first = book.resources(0);
  book.adjust(0, 1);
  const auto adjusted = book.resources(0);
  book.resources(1);
  const auto again = book.resources(0);
  EXPECT_NE(again, adjusted);
  ASSERT_EQ(again->eobs.size(), 10U);
  std::size_t differing = 0;
  for (std::size_t at = 0; at < 10; ++at) {
    EXPECT_EQ(again->eobs[at].json, adjusted->eobs[at].json);
    differing += again->eobs[at].json != first->eobs[at].json ? 1 : 0;
  }
  EXPECT_EQ(differing, 1U);
}

TEST(MemberBook, KeepsWhatWasAskedForWhileItFits) {
  MemberBook book(std::size_t{64} << 20, 1);
  book.add(ten_claims());
  EXPECT_EQ(book.resources(0), book.resources(0));
}

TEST(MemberBook, MembersOfOneSeedDiffer) {
  MemberBook book(std::size_t{64} << 20, 1);
  const std::string first = book.add(ten_claims()).patient_id;
  EXPECT_NE(book.add(ten_claims()).patient_id, first);
  EXPECT_EQ(book.resources(0)->patient_id, first);
  EXPECT_EQ(book.find("M000002"), 1U);
  EXPECT_EQ(book.find("M000003"), std::nullopt);
}

TEST(MemberBook, AWithdrawnClaimIsNotAdjustedAndNoneIsWithdrawnTwice) {
  MemberBook book(std::size_t{64} << 20, 1);
  book.add(ten_claims());
  EXPECT_EQ(book.withdraw(0, 8).size(), 8U);
  EXPECT_EQ(book.adjust(0, 10).size(), 2U);
  EXPECT_EQ(book.withdraw(0, 10).size(), 2U);
  EXPECT_TRUE(book.adjust(0, 10).empty());
}

}  // namespace
}  // namespace claimferry::sandbox
