#include "tests/sandbox/model/usage_json.hpp"

#include "tests/unit/sandbox/payer_fixture.hpp"

namespace claimferry::sandbox {
namespace {

using namespace std::chrono_literals;

class UsageOf : public PayerTest {
 protected:
  boost::json::value usage(const std::string& query = "") {
    const ControlAnswer answer = control("GET", "/v1/usage" + query);
    EXPECT_EQ(answer.status, 200U) << answer.body;
    return boost::json::parse(answer.body);
  }
  std::string refusal(const std::string& query) {
    const ControlAnswer answer = control("GET", "/v1/usage" + query);
    EXPECT_EQ(answer.status, 400U) << answer.body;
    return std::string(boost::json::parse(answer.body).at("error").as_string());
  }
  static void expect(const boost::json::value& counts, const std::vector<int>& wanted) {
    const char* const names[] = {"requests", "granted", "refused", "allowed",
                                 "requests_during_retry_after"};
    for (std::size_t index = 0; index < wanted.size(); ++index) {
      EXPECT_EQ(counts.at(names[index]).to_number<int>(), wanted[index])
          << names[index] << " in " << counts;
    }
  }
  // Three requests in the first second, one in the third, then half a second more.
  void spend() {
    token = enrol();
    control(
        "PUT", "/v1/limit",
        R"({"kind":"token_bucket","rate":2,"burst":2,"schedule":[{"after_ms":2000,"rate":8}]})");
    for (int request = 0; request < 3; ++request) {
      get(eob_search(), token);
    }
    now += 2s;
    get(eob_search(), token);
    now += 500ms;
  }

  std::string token;
};

TEST_F(UsageOf, IsToldBySecondsAndInTotal) {
  spend();
  const boost::json::value told = usage();
  EXPECT_EQ(told.at("since_ms").as_int64(), 0);
  EXPECT_EQ(told.at("until_ms").as_int64(), 2500);
  expect(told.at("totals"), {4, 3, 1, 8, 0});
  ASSERT_EQ(told.at("seconds").as_array().size(), 3U);
  expect(told.at("seconds").at(0), {3, 2, 1, 2, 0});
  expect(told.at("seconds").at(1), {0, 0, 0, 2, 0});
  expect(told.at("seconds").at(2), {1, 1, 0, 4, 0});
  EXPECT_EQ(told.at("seconds").at(2).at("since_ms").as_int64(), 2000);
}

TEST_F(UsageOf, RequestsWithinAWaitAreToldToo) {
  token = enrol();
  control("PUT", "/v1/limit", R"({"kind":"token_bucket","rate":0.25,"burst":1})");
  get(eob_search(), token);
  get(eob_search(), token);
  now += 1s;
  get(eob_search(), token);
  refresh(member.refresh_token);
  EXPECT_EQ(usage().at("totals").at("requests").as_int64(), 3) << "one for tokens is not counted";
  EXPECT_EQ(usage().at("totals").at("requests_during_retry_after").as_int64(), 2);
  EXPECT_EQ(usage().at("totals").at("allowed").as_double(), 0.25);
  EXPECT_EQ(model.violations().requests_during_retry_after, 2U);
}

TEST_F(UsageOf, ASpanIsOfTheSecondsThatItTouches) {
  spend();
  expect(usage("?since_ms=0&until_ms=1").at("totals"), {3, 2, 1, 2, 0});
  expect(usage("?until_ms=1000").at("totals"), {3, 2, 1, 2, 0});
  expect(usage("?since_ms=999&until_ms=2000").at("totals"), {3, 2, 1, 4, 0});
  const boost::json::value rest = usage("?since_ms=1000&until_ms=999999");
  expect(rest.at("totals"), {1, 1, 0, 6, 0});
  EXPECT_EQ(rest.at("since_ms").as_int64(), 1000);
  EXPECT_EQ(rest.at("until_ms").as_int64(), 2500);
  EXPECT_EQ(rest.at("seconds").as_array().size(), 2U);
}

TEST_F(UsageOf, BadQueriesSayHowToFixThem) {
  spend();
  const std::pair<const char*, const char*> mistakes[] = {
      {"?since=1", "known are since_ms and until_ms"},
      {"?since_ms=-1", "since_ms wants a whole number of ms"},
      {"?since_ms=1.5", "since_ms wants a whole number of ms"},
      {"?until_ms=", "such as until_ms=60000"},
      {"?until_ms=99999999999999", "until_ms wants a whole number of ms"},
      {"?since_ms=2000&until_ms=2000", "until_ms must be the greater one"},
      {"?until_ms=0", "until_ms must be the greater one"},
      {"?since_ms=2501", "the limits were set 2500 ms ago"},
  };
  for (const auto& [query, fix] : mistakes) {
    EXPECT_NE(refusal(query).find(fix), std::string::npos) << query << ": " << refusal(query);
  }
  EXPECT_EQ(usage("?since_ms=2500").at("seconds").as_array().size(), 1U) << "it is going on";
}

TEST_F(UsageOf, AForgottenSecondIsNamedButStaysInTheTotals) {
  spend();
  now += 3600s;
  EXPECT_NE(refusal("?since_ms=0").find("begin there or later"), std::string::npos);
  EXPECT_NE(refusal("?since_ms=2999").find("before since_ms=3000"), std::string::npos);
  EXPECT_EQ(usage("?since_ms=3000").at("seconds").as_array().size(), 3600U);
  const boost::json::value told = usage();
  EXPECT_EQ(told.at("seconds").as_array().size(), 3600U);
  EXPECT_EQ(told.at("seconds").at(0).at("since_ms").as_int64(), 3000);
  expect(told.at("totals"), {4, 3, 1, 4 + 8 * 3600 + 4, 0});
}

TEST_F(UsageOf, WithoutALimitEverythingIsGrantedAndNothingIsTheMost) {
  expect(usage().at("totals"), {0, 0, 0});
  token = enrol();
  get(eob_search(), token);
  expect(usage().at("totals"), {1, 1, 0});
  EXPECT_TRUE(usage().at("totals").at("allowed").is_null());
  now += 1s;
  control("POST", "/v1/reset");
  expect(usage().at("totals"), {0, 0, 0});
  EXPECT_EQ(usage().at("until_ms").as_int64(), 0);
}

}  // namespace
}  // namespace claimferry::sandbox
