// The server over real sockets on free loopback ports; plain sockets on the client's side, so that
// what is compared is what was on the wire.
#include "tests/sandbox/server/server.hpp"

#include <chrono>
#include <string>
#include <thread>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "common/base/encoding.hpp"
#include "tests/sandbox/server/control_client.hpp"
#include "tests/unit/sandbox/connection.hpp"

namespace claimferry::sandbox {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

class ServerOf : public ::testing::Test {
 protected:
  ServerOf() : thread_([this] { server_.run(false); }) {}
  ~ServerOf() override {
    server_.stop();
    thread_.join();
  }

  Reply control(const std::string& method, const std::string& target, const std::string& body) {
    return Connection(server_.control_url()).ask(method, target, "", body);
  }

  // Enrols one member and answers the header that opens its claims.
  std::string enrol() {
    const Reply enrolled = control("POST", "/v1/members", R"({"count":1,"eobs":25})");
    const boost::json::value member = boost::json::parse(enrolled.body);
    patient_ = std::string(member.at("patient").as_string());
    const Reply tokens = Connection(server_.listen_url())
                             .ask("POST", std::string(token_path),
                                  "Content-Type: application/x-www-form-urlencoded\r\n"
                                  "Authorization: Basic " +
                                      to_base64("sandbox-client:sandbox-secret") + "\r\n",
                                  "grant_type=refresh_token&refresh_token=" +
                                      std::string(member.at("refresh_token").as_string()));
    EXPECT_EQ(tokens.status, 200U);
    return "Authorization: Bearer " +
           std::string(boost::json::parse(tokens.body).at("access_token").as_string()) + "\r\n";
  }

  std::string eob_search() const {
    return std::string(resource_base_path) + "/ExplanationOfBenefit?patient=" + patient_;
  }

  boost::json::value violations() {
    return boost::json::parse(control_get(server_.control_url(), "/v1/violations"));
  }

  Server server_{ServerOptions(), ModelOptions()};
  std::string patient_;
  std::thread thread_;
};

TEST_F(ServerOf, PagesComeOverOneKeptConnectionAndTheirLinksNameTheRealPort) {
  const std::string bearer = enrol();
  Connection connection(server_.listen_url());
  const Reply first = connection.ask("GET", eob_search(), bearer);
  ASSERT_EQ(first.status, 200U);
  const auto links = boost::json::parse(first.body).at("link").as_array();
  std::string next;
  for (const boost::json::value& link : links) {
    if (link.at("relation").as_string() == "next") {
      next = std::string(link.at("url").as_string());
    }
  }
  ASSERT_TRUE(next.starts_with(server_.listen_url() + "/")) << next;
  const Reply second = connection.ask("GET", next.substr(server_.listen_url().size()), bearer);
  EXPECT_EQ(second.status, 200U);
  EXPECT_EQ(boost::json::parse(second.body).at("entry").as_array().size(), 5U);
}

TEST_F(ServerOf, TruncationEndsTheStreamCleanlyShortOfItsLength) {
  const std::string bearer = enrol();
  control("PATCH", "/v1/faults", R"({"truncated_body":1})");
  const Reply reply = Connection(server_.listen_url()).ask("GET", eob_search(), bearer);
  EXPECT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.ec, asio::error::eof);
}

TEST_F(ServerOf, AResetEndsTheConnectionWithoutAGoodbye) {
  const std::string bearer = enrol();
  control("PATCH", "/v1/faults", R"({"reset":1})");
  for (int request = 0; request < 8; ++request) {
    const Reply reply = Connection(server_.listen_url()).ask("GET", eob_search(), bearer);
    EXPECT_EQ(reply.ec, asio::error::connection_reset) << reply.ec.message();
  }
  EXPECT_EQ(violations().at("pages").as_int64(), 0);
}

TEST_F(ServerOf, AStallSendsHalfKeepsSilentAndEnds) {
  const std::string bearer = enrol();
  control("PATCH", "/v1/faults", R"({"stall":1,"stall_ms":80})");
  const auto begun = std::chrono::steady_clock::now();
  const Reply reply = Connection(server_.listen_url()).ask("GET", eob_search(), bearer);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(80));
  EXPECT_EQ(reply.status, 200U);
  EXPECT_EQ(reply.ec, asio::error::eof);
  const std::size_t length =
      std::stoul(reply.head.substr(reply.head.find("Content-Length: ") + 16));
  EXPECT_EQ(reply.body.size(), length / 2);
}

TEST_F(ServerOf, APipelinedRequestWaitsItsTurnBehindASlowAnswer) {
  control("PATCH", "/v1/faults", R"({"latency_ms":{"min":20,"max":20}})");
  Connection connection(server_.listen_url());
  std::string requests;
  for (int request = 0; request < 3; ++request) {
    requests += "GET " + std::string(discovery_path) + " HTTP/1.1\r\nHost: payer\r\n\r\n";
  }
  connection.send(requests);
  for (int request = 0; request < 3; ++request) {
    EXPECT_EQ(connection.receive().status, 200U) << request;
  }
  EXPECT_EQ(violations().at("concurrency_max").as_int64(), 1);
}

TEST_F(ServerOf, AnOutageTakesKeptAndNewConnectionsAndEnds) {
  Connection kept(server_.listen_url());
  ASSERT_EQ(kept.ask("GET", std::string(discovery_path)).status, 200U);
  control("PATCH", "/v1/faults", R"({"down":true})");
  EXPECT_TRUE(kept.ask("GET", std::string(discovery_path)).ec);
  EXPECT_TRUE(Connection(server_.listen_url()).ask("GET", std::string(discovery_path)).ec);
  control("PATCH", "/v1/faults", R"({"down":false})");
  EXPECT_EQ(Connection(server_.listen_url()).ask("GET", std::string(discovery_path)).status, 200U);
}

TEST_F(ServerOf, AStalledAnswerIsNoLongerInProgressOnceItsClientIsGone) {
  const std::string bearer = enrol();
  control("PATCH", "/v1/faults", R"({"latency_ms":{"min":600000,"max":600000}})");
  for (int client = 0; client < 5; ++client) {
    asio::io_context io;
    tcp::socket socket(io);
    const std::string& url = server_.listen_url();
    const auto port = static_cast<asio::ip::port_type>(std::stoul(url.substr(url.rfind(':') + 1)));
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
    const std::string request = "GET " + eob_search() + " HTTP/1.1\r\n" + bearer + "\r\n";
    asio::write(socket, asio::buffer(request));
    // The request is seen before its client goes: each is in progress alone.
    while (violations().at("requests_by_endpoint").at("eob").as_int64() <= client) {
    }
    socket.close();
    control("GET", "/healthz", "");
  }
  EXPECT_LE(violations().at("concurrency_max").as_int64(), 2);
}

TEST_F(ServerOf, ALimitByAddressCountsThePeersOfItsConnections) {
  const std::string bearer = enrol();
  control("PUT", "/v1/limit",
          R"({"kind":"token_bucket","rate":0.001,"burst":1,"scope":"address"})");
  const auto ask_from = [&](const char* address) {
    return Connection(server_.listen_url(), "127.0.0.1", address)
        .ask("GET", eob_search(), bearer)
        .status;
  };
  EXPECT_EQ(ask_from("127.0.0.1"), 200U);
  EXPECT_EQ(ask_from("127.0.0.1"), 429U);
  EXPECT_EQ(ask_from("127.0.0.3"), 200U);
  EXPECT_EQ(ask_from("127.0.0.3"), 429U);
  const std::string usage = control_get(server_.control_url(), "/v1/usage");
  EXPECT_EQ(boost::json::parse(usage).at("totals").at("refused").as_int64(), 2);
}

TEST_F(ServerOf, TokensOnTheControlPortAndAtTheForeignHostAreCounted) {
  const std::string bearer = enrol();
  Connection(server_.control_url()).ask("GET", "/healthz", bearer);
  EXPECT_EQ(violations().at("tokens_elsewhere").as_int64(), 1);
  const Reply foreign =
      Connection(server_.listen_url(), "127.0.0.2").ask("GET", eob_search(), bearer);
  EXPECT_EQ(foreign.status, 404U);
  EXPECT_EQ(violations().at("tokens_elsewhere").as_int64(), 2);
}

TEST(Server, SaysWhichAddressIsAtFault) {
  ServerOptions options;
  options.listen = "localhost";
  EXPECT_THROW(Server(options, ModelOptions()), std::runtime_error);
  const Server taken{ServerOptions(), ModelOptions()};
  options.listen = taken.listen_url().substr(7);
  try {
    const Server second(options, ModelOptions());
    FAIL() << "two servers at one address";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find(options.listen), std::string::npos) << error.what();
  }
}

TEST(Server, ControlGetSaysWhatItCouldNotRead) {
  EXPECT_THROW(control_get("http://127.0.0.1:1", "/v1/ledger"), std::runtime_error);
  EXPECT_THROW(control_get("not a url", "/v1/ledger"), std::runtime_error);
}

}  // namespace
}  // namespace claimferry::sandbox
