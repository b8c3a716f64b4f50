// The whole walk as a member takes it: a real browser, the payer's pages, and our own.
#include "tests/integration/browser.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

constexpr auto bearer = "Authorization: Bearer integration-api-key-0123456789abcdef\r\n";

class BrowserWalk : public testing::Test {
 protected:
  void SetUp() override {
    if (!Browser::is_installed()) {
      GTEST_SKIP() << "no browser: " << Browser::how_to_install;
    }
    begin({});
  }
  void begin(FleetOptions options) {
    fleet_ = std::make_unique<Fleet>(std::move(options));
    fleet_->start_all_but_workers();
    fleet_->control("POST", "/v1/members", R"({"count":1,"seed":7,"eobs":3})");
    url_ = fleet_->start_enroll();
    if (!browser_) {
      browser_ = std::make_unique<Browser>(profile_.path());
    }
  }
  std::string authorize_url() {
    const Answer answer =
        ask("POST", url_ + "/v1/enrolments", R"({"member":"M1","payer":"aetna-sandbox"})", bearer);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return std::string(boost::json::parse(answer.body).at("authorize_url").as_string());
  }
  void log_in(const std::string& password = "FHIRdemo2020") {
    browser_->type("#username", "VTETestUser01");
    browser_->type("#password", password);
    browser_->click("#login");
  }
  bool is_registered() { return fleet_->redis({"EXISTS", "cf:{0}:member:M1"}) == "1\n"; }

  TemporaryDirectory profile_;
  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<Browser> browser_;
  std::string url_;
};

TEST_F(BrowserWalk, AMemberSignsInAllowsAndIsConnected) {
  browser_->open(authorize_url());
  log_in();
  browser_->click("#allow");
  browser_->wait_for_url(url_ + "/api/auth/smart/callback?");
  EXPECT_EQ(browser_->text("#title"), "You are connected");
  EXPECT_EQ(browser_->title(), "You are connected");
  EXPECT_EQ(browser_->text("footer"), "Integration & Sons");
  EXPECT_TRUE(is_registered());
  if (const char* where = std::getenv("PICTURES")) {
    browser_->screenshot(std::filesystem::path(where) / "connected.png");
  }
}

TEST_F(BrowserWalk, AMemberWhoSaysNoIsNot) {
  browser_->open(authorize_url());
  log_in();
  browser_->click("#deny");
  browser_->wait_for_url(url_ + "/api/auth/smart/callback?");
  EXPECT_EQ(browser_->text("#title"), "You are not connected");
  EXPECT_FALSE(is_registered());
}

TEST_F(BrowserWalk, AWrongPasswordIsThePayersToTellAndLeadsNowhere) {
  browser_->open(authorize_url());
  log_in("wrong");
  EXPECT_FALSE(browser_->text("#error").empty());
  EXPECT_FALSE(is_registered());
  browser_->type("#password", "FHIRdemo2020");
  browser_->click("#login");
  browser_->click("#allow");
  EXPECT_EQ(browser_->text("#title"), "You are connected");
}

TEST_F(BrowserWalk, ReloadingTheEndChangesNothing) {
  browser_->open(authorize_url());
  log_in();
  browser_->click("#allow");
  const std::string end = browser_->wait_for_url(url_ + "/api/auth/smart/callback?");
  browser_->open(end);
  EXPECT_EQ(browser_->text("#title"), "You are connected");
  EXPECT_EQ(fleet_->violation("codes_exchanged"), 1);
}

TEST_F(BrowserWalk, WithoutItsSkinThePayersPageIsBlank) {
  FleetOptions options;
  options.skin = "";
  begin(std::move(options));
  browser_->open(authorize_url());
  EXPECT_EQ(browser_->source().find("<form"), std::string::npos);
  EXPECT_EQ(browser_->title(), "");
}

TEST_F(BrowserWalk, BeforeTheSubscriptionArrivedThePayersPageSaysNull) {
  fleet_->control("PATCH", "/v1/modes", R"({"subscription_propagating":true})");
  browser_->open(authorize_url());
  EXPECT_EQ(browser_->text("body"), "null");
}

}  // namespace
}  // namespace claimferry::integration
