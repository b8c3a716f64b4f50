// The sandbox as people start it: what its command line registers of an app.
#include <filesystem>
#include <memory>

#include <gtest/gtest.h>

#include "tests/integration/control.hpp"
#include "tests/integration/fleet.hpp"
#include "tests/integration/process.hpp"

namespace claimferry::integration {
namespace {

class Sandbox : public ::testing::Test {
 protected:
  void start(const std::vector<std::string>& options) {
    const std::filesystem::path ready = directory_.path() / "ready";
    std::vector<std::string> command{binary("claimferry-sandbox"), "--ready-file", ready};
    command.insert(command.end(), options.begin(), options.end());
    Streams streams;
    streams.out = directory_.path() / "log";
    sandbox_ = std::make_unique<Process>("sandbox", std::move(command), std::move(streams));
    ASSERT_TRUE(eventually(60s, [&] { return std::filesystem::exists(ready); }))
        << sandbox_->log_text();
    payer_ = text_in(read_file(ready), "listen");
  }

  // 302: sent on, to a login or back to the app; 400: nobody can be trusted to be sent back to.
  int authorize(const std::string& encoded_redirect_uri) const {
    return ask("GET", payer_ +
                          "/fhirdemo/v1/fhirserver_auth/oauth2/authorize?client_id=any"
                          "&redirect_uri=" +
                          encoded_redirect_uri)
        .status;
  }
  std::string discovered() const {
    return ask("GET", payer_ + "/fhirdemo/.well-known/smart-configuration").body;
  }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<Process> sandbox_;
  std::string payer_;
};

TEST_F(Sandbox, ReturnsToEveryRedirectUriOfItsCommandLineAndToNoOther) {
  start({"--redirect-uri", "https://app.test/callback", "--redirect-uri", "https://b.test/?x=1"});
  EXPECT_EQ(authorize("https%3A%2F%2Fapp.test%2Fcallback"), 302);
  EXPECT_EQ(authorize("https%3A%2F%2Fb.test%2F%3Fx%3D1"), 302);
  EXPECT_EQ(authorize("https%3A%2F%2Fc.test%2F"), 400);
  EXPECT_EQ(authorize("http%3A%2F%2F127.0.0.1%3A3000%2Fapi%2Fauth%2Fsmart%2Fcallback"), 400);
}

TEST_F(Sandbox, ReturnsToAnyPortOfThisMachineWhenNothingIsRegistered) {
  start({});
  EXPECT_EQ(authorize("http%3A%2F%2F127.0.0.1%3A3000%2Fapi%2Fauth%2Fsmart%2Fcallback"), 302);
  EXPECT_EQ(authorize("https%3A%2F%2Fapp.test%2Fcallback"), 400);
}

// Behind a Service, a proxy or a container's port it is known by another name than it listens at.
TEST_F(Sandbox, NamesItselfAsItsClientsKnowIt) {
  start({"--public-url", "https://sandbox:8443"});
  const std::string discovery = discovered();
  EXPECT_NE(discovery.find("https://sandbox:8443/fhirdemo/"), std::string::npos) << discovery;
  EXPECT_EQ(discovery.find("127.0.0.1"), std::string::npos) << discovery;
}

}  // namespace
}  // namespace claimferry::integration
