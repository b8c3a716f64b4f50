#include "tests/sandbox/fhir/generate.hpp"

#include <map>
#include <set>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/sandbox/fhir/money.hpp"

namespace claimferry::sandbox {
namespace {

namespace json = boost::json;

GenerateRequest request_for(std::uint64_t member, unsigned eobs) {
  GenerateRequest request;
  request.seed = 7;
  request.member_index = member;
  request.eobs = eobs;
  request.today = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
  request.base_url = "https://payer.example/fhir";
  return request;
}

TEST(Generate, IsAFunctionOfItsRequest) {
  const auto first = generate_member(request_for(3, 20));
  const auto again = generate_member(request_for(3, 20));
  const auto other = generate_member(request_for(4, 20));
  ASSERT_EQ(first.eobs.size(), 20U);
  for (std::size_t at = 0; at < 20; ++at) {
    EXPECT_EQ(first.eobs[at].json, again.eobs[at].json);
    EXPECT_EQ(first.eobs[at].json,
              generate_eob(request_for(3, 20), static_cast<unsigned>(at), 0).json);
  }
  EXPECT_NE(first.patient_id, other.patient_id);
  EXPECT_NE(first.eobs[0].id, other.eobs[0].id);
}

TEST(Generate, WritesValidJsonOfEveryTypeWithUniqueIds) {
  std::map<std::string, unsigned> types;
  std::set<std::string> ids;
  std::size_t bytes = 0;
  for (std::uint64_t member = 0; member < 20; ++member) {
    const auto generated = generate_member(request_for(member, 25));
    for (const auto& eob : generated.eobs) {
      const auto root = json::parse(eob.json).as_object();
      const auto& id = root.at("id");
      EXPECT_EQ(id.is_string() ? std::string(id.as_string()) : json::serialize(id), eob.id);
      EXPECT_TRUE(ids.insert(eob.id).second) << eob.id;
      ++types[eob.claim_type];
      bytes += eob.json.size();
    }
    EXPECT_EQ(json::parse(generated.patient.json).at("id").as_string(), generated.patient_id);
    EXPECT_FALSE(generated.coverages.empty());
  }
  EXPECT_EQ(types.size(), 4U);
  EXPECT_GT(bytes / 500, 3'000U);
  EXPECT_LT(bytes / 500, 25'000U);
}

TEST(Generate, AdjustsAmountsAndNothingThatNamesTheClaim) {
  const auto request = request_for(1, 0);
  for (unsigned at = 0; at < 20; ++at) {
    const auto before = generate_eob(request, at, 0);
    const auto after = generate_eob(request, at, 1);
    EXPECT_EQ(before.id, after.id);
    EXPECT_EQ(before.service_date, after.service_date);
    EXPECT_NE(before.allowed, after.allowed);
    EXPECT_NE(before.json, after.json);
  }
}

TEST(Generate, StampsOnlyVolatileMetadata) {
  const auto eob = generate_eob(request_for(1, 0), 0, 0);
  const auto stamped = with_new_last_updated(eob, 61'001);
  EXPECT_NE(stamped.json, eob.json);
  auto a = json::parse(eob.json).as_object();
  auto b = json::parse(stamped.json).as_object();
  a.at("meta").as_object().erase("lastUpdated");
  b.at("meta").as_object().erase("lastUpdated");
  EXPECT_EQ(a, b);
  EXPECT_NE(with_new_last_updated(eob, 1).json, with_new_last_updated(eob, 2).json);
}

TEST(Generate, MakesRoomForPagesOfAnySize) {
  auto request = request_for(1, 0);
  const auto plain = generate_eob(request, 0, 0);
  request.padding_bytes = 10'000;
  EXPECT_GT(generate_eob(request, 0, 0).json.size(), plain.json.size() + 10'000);
}

TEST(GeneratedMoney, IsExact) {
  EXPECT_EQ(Money().str(), "0.00");
  EXPECT_EQ(Money::of_cents(1250).str(), "12.50");
  EXPECT_EQ((-Money::of_cents(5)).str(), "-0.05");
  EXPECT_EQ((Money::of_cents(15838) + Money::dust()).str(), "158.3800000000001");
  EXPECT_EQ(Money::of_cents(10'000).scientific(), "1e2");
  EXPECT_EQ(Money::of_cents(-120'000).scientific(), "-12e2");
  EXPECT_EQ(Money::of_cents(10'001).scientific(), "100.01");
  EXPECT_EQ(Money().scientific(), "0.00");
}

}  // namespace
}  // namespace claimferry::sandbox
