#include "common/telemetry/admin.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "common/http/beast_client.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::telemetry {
namespace {

class Thrown final : public Observer {
 public:
  void on(const Event& event) noexcept override {
    const auto* threw = std::get_if<HandlerThrew>(&event);
    at_admin += threw != nullptr && threw->port == "admin" ? 1 : 0;
  }
  std::atomic<unsigned> at_admin{0};  // written by the admin thread, read by the test
};

class AdminTest : public testing::Test {
 protected:
  // "200 ok", without the line's end.
  std::string get(const std::string& path) {
    http::Request request{};
    request.url = admin.url() + path;
    request.body_bytes_max = 1'000;
    request.deadline = std::chrono::seconds(20);
    auto response = contract::run(io, client.send(std::move(request)));
    if (!response) {
      return response.failure().code;
    }
    std::string text = std::to_string(response->status) + " " + std::string(response->body.view());
    text.resize(text.find_last_not_of('\n') + 1);
    return text;
  }

  std::string ready_or_why() const {
    if (broken) {
      throw std::runtime_error("words that nobody sees");
    }
    return ready ? "" : "redis is away: no answer";
  }

  Thrown thrown;
  std::atomic<bool> broken{false};  // set by the test, read by the admin thread
  std::atomic<bool> live{true};     // set by the test, read by the admin thread
  std::atomic<bool> ready{true};    // likewise
  Admin admin{"127.0.0.1:0",
              {[] { return std::string("up 1\n"); },
               [this] { return std::string(live ? "" : "an event loop does not turn"); },
               [this] { return ready_or_why(); }, &thrown}};
  SystemClock clock;
  boost::asio::io_context io;
  http::BeastClient client{executor_of(io), clock};
};

TEST_F(AdminTest, IsLiveBeforeItIsStartedAndReadyAfterwards) {
  EXPECT_EQ(get("/livez"), "200 ok");
  EXPECT_EQ(get("/startupz"), "503 starting");
  EXPECT_EQ(get("/readyz"), "503 starting");
  admin.set_started();
  EXPECT_EQ(get("/startupz"), "200 ok");
  EXPECT_EQ(get("/readyz"), "200 ok");
}

TEST_F(AdminTest, TellsThatAProbeThrew) {
  admin.set_started();
  broken = true;
  EXPECT_EQ(get("/readyz"), "500 this went wrong on our side");
  EXPECT_EQ(thrown.at_admin, 1U);
}

TEST_F(AdminTest, SaysWhyItIsNotReadyOrNotLive) {
  admin.set_started();
  ready = false;
  EXPECT_EQ(get("/readyz"), "503 redis is away: no answer");
  EXPECT_EQ(get("/livez"), "200 ok");  // what is away is no reason to be killed
  ready = true;
  live = false;
  EXPECT_EQ(get("/livez"), "503 an event loop does not turn");
  EXPECT_EQ(get("/readyz"), "200 ok");
}

TEST_F(AdminTest, ServesMetricsAndNamesItsPages) {
  EXPECT_EQ(get("/metrics"), "200 up 1");
  EXPECT_EQ(get("/"), "404 /metrics /livez /readyz /startupz");
}

TEST_F(AdminTest, SaysWhichAddressIsTaken) {
  const std::string taken = admin.url().substr(std::string_view("http://").size());
  try {
    const Admin second(taken, Probes());
    ADD_FAILURE() << "listened twice on " << taken;
  } catch (const std::runtime_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("cannot listen on " + taken), std::string::npos);
    EXPECT_NE(text.find("choose another admin_listen"), std::string::npos);
  }
}

}  // namespace
}  // namespace claimferry::telemetry
