#include "tests/sandbox/model/settings_json.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace claimferry::sandbox {
namespace {

TEST(SettingsJson, WhatIsDescribedCanBePatchedBack) {
  Modes modes;
  modes.next_link = NextLink::opaque;
  modes.page_size = 7;
  modes.member_unknown = "M000002";
  modes.refresh_grace = false;
  modes.connect.state_returned = StateReturned::base64;
  modes.connect.client_secrets = {"old", "new"};
  Modes copy;
  EXPECT_EQ(patch(copy, describe(modes)), std::nullopt);
  EXPECT_EQ(describe(copy), describe(modes));
  Faults faults;
  faults.latency_ms = {5, 9, 40};
  faults.reset = 0.25;
  Faults fault_copy;
  EXPECT_EQ(patch(fault_copy, describe(faults)), std::nullopt);
  EXPECT_EQ(describe(fault_copy), describe(faults));
  EXPECT_EQ(fault_copy.latency_ms.p99, 40);
}

TEST(SettingsJson, APatchLeavesAloneWhatItDoesNotName) {
  Faults faults;
  EXPECT_EQ(patch(faults, R"({"stall":0.5})"), std::nullopt);
  EXPECT_EQ(patch(faults, R"({"latency_ms":{"max":3}})"), std::nullopt);
  EXPECT_EQ(faults.stall, 0.5);
  EXPECT_EQ(faults.latency_ms.max, 3);
}

TEST(SettingsJson, ListsOfTextAreReplacedAndBounded) {
  Modes modes;
  EXPECT_EQ(patch(modes, R"({"client_secrets":["a","b"]})"), std::nullopt);
  EXPECT_EQ(patch(modes, R"({"client_secrets":["c"]})"), std::nullopt);
  EXPECT_EQ(modes.connect.client_secrets, std::vector<std::string>{"c"});
  std::string many = R"({"client_secrets":["s")";
  for (int more = 1; more < 16; ++more) {
    many += R"(,"s")";
  }
  EXPECT_EQ(patch(modes, many + "]}"), std::nullopt);
  EXPECT_TRUE(patch(modes, many + R"(,"s"]})"));
}

TEST(SettingsJson, SettingsInsideSettingsArePatchedAndRefusedByTheSameRules) {
  Faults faults;
  EXPECT_EQ(patch(faults, R"({"token":{"stall":0.5}})"), std::nullopt);
  EXPECT_EQ(faults.token.stall, 0.5);
  EXPECT_EQ(faults.stall, 0);
  for (const char* wrong : {R"({"token":0.5})", R"({"token":{"stalls":0.5}})"}) {
    const auto complaint = patch(faults, wrong);
    ASSERT_TRUE(complaint) << wrong;
    EXPECT_TRUE(complaint->starts_with("token ")) << *complaint;
  }
  EXPECT_EQ(faults.token.stall, 0.5);
}

TEST(SettingsJson, LimitsHoldASchedulesEntriesAndALimitByAddress) {
  Limits limits;
  const char* const json =
      R"({"kind":"token_bucket","schedule":[{"after_ms":120000,"rate":50},{"after_ms":240000,)"
      R"("rate":400}],"address":{"kind":"fixed_window","rate":3,"tokens":true,"headers":false}})";
  ASSERT_EQ(patch(limits, json), std::nullopt);
  ASSERT_EQ(limits.limit.schedule.size(), 2U);
  EXPECT_EQ(limits.limit.schedule[1].after_ms, 240'000U);
  EXPECT_EQ(limits.limit.schedule[1].rate, 400);
  ASSERT_TRUE(limits.address);
  EXPECT_EQ(limits.address->scope, LimitScope::address);
  EXPECT_TRUE(limits.address->tokens);
  EXPECT_FALSE(limits.address->headers);
  Limits copy;
  EXPECT_EQ(patch(copy, describe(limits)), std::nullopt);
  EXPECT_EQ(describe(copy), describe(limits));
  EXPECT_EQ(describe(Limits()).find("address\":{"), std::string::npos);
}

TEST(SettingsJson, MistakesInLimitsAreNamedWithTheirPlace) {
  const std::pair<const char*, const char*> mistakes[] = {
      {R"({"scope":"galaxy"})", "scope wants one of app address"},
      {R"({"tokens":1})", "tokens wants true or false"},
      {R"({"schedule":{}})", "schedule wants an array of objects"},
      {R"({"schedule":[{"after_ms":1,"rate":1},7]})", "schedule[1] wants an object"},
      {R"({"schedule":[{"after_ms":0,"rate":1}]})", "schedule[0] after_ms wants a whole number"},
      {R"({"schedule":[{"after_ms":1,"rate":-1}]})", "schedule[0] rate wants a number"},
      {R"({"schedule":[{"after_ms":1,"rate":1,"burst":2}]})", "known are after_ms, rate"},
      {R"({"schedule":[{"after_ms":1,"rate":0}]})", "schedule[0].rate is missing or 0"},
      {R"({"schedule":[{"after_ms":2,"rate":1},{"after_ms":1,"rate":1}]})", "sort the entries"},
      {R"({"address":null})", "address wants an object"},
      {R"({"address":{"kind":"leaky"}})", "address kind wants one of none"},
      {R"({"address":{"address":{}}})", "address unknown key"},
  };
  for (const auto& [json, named] : mistakes) {
    Limits limits;
    const auto complaint = patch(limits, json);
    ASSERT_TRUE(complaint) << json;
    EXPECT_NE(complaint->find(named), std::string::npos) << *complaint;
    EXPECT_EQ(describe(limits), describe(Limits()));
  }
}

TEST(SettingsJson, MistakesAreNamedAndNothingIsApplied) {
  struct Mistake {
    const char* json;
    const char* named;
  };
  const Mistake mistakes[] = {
      {R"({"page_size":3,"next_link":"sideways"})", "next_link wants one of absolute relative"},
      {R"({"page_size":0})", "page_size wants a whole number"},
      {R"({"bundle_total":1})", "bundle_total wants true or false"},
      {R"({"member_unknown":3})", "member_unknown wants a string"},
      {R"({"skin_required":0})", "skin_required wants true or false"},
      {R"({"state_returned":"lost"})", "state_returned wants one of as_sent base64"},
      {R"({"client_secrets":"one"})", "client_secrets wants an array of at most 16 strings"},
      {R"({"redirect_uris":["https://app.test/",7]})", "redirect_uris wants an array"},
      {R"({"redirect_uris":[""]})", "none of them empty"},
      {R"({"page_size":3,"speed":1})", "unknown key; known are coverage_param, page_size"},
      {R"([1])", "not a JSON object"},
      {R"({"page_size":)", "not a JSON object"},
  };
  for (const Mistake& mistake : mistakes) {
    Modes modes;
    const auto complaint = patch(modes, mistake.json);
    ASSERT_TRUE(complaint) << mistake.json;
    EXPECT_NE(complaint->find(mistake.named), std::string::npos) << *complaint;
    EXPECT_EQ(describe(modes), describe(Modes()));
  }
}

}  // namespace
}  // namespace claimferry::sandbox
