// The server over real sockets on free loopback ports; plain sockets on the client's side, so that
// what is compared is what was on the wire.
#include "tests/sandbox/server/server.hpp"

#include <chrono>
#include <string>
#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "common/base/encoding.hpp"
#include "tests/sandbox/server/control_client.hpp"

namespace claimferry::sandbox {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

struct Reply {
  unsigned status = 0;
  std::string head;
  std::string body;
  boost::system::error_code ec;  // how the connection ended, when it ended first
};

// One connection to "http://127.0.0.1:PORT".
class Connection {
 public:
  explicit Connection(const std::string& url, const std::string& address = "127.0.0.1") {
    const auto port = static_cast<asio::ip::port_type>(std::stoul(url.substr(url.rfind(':') + 1)));
    socket_.connect({asio::ip::make_address(address), port});
  }

  Reply ask(const std::string& method, const std::string& target, const std::string& headers = "",
            const std::string& body = "") {
    Reply reply;
    const std::string request = method + " " + target + " HTTP/1.1\r\nHost: payer\r\n" + headers +
                                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                                body;
    asio::write(socket_, asio::buffer(request), reply.ec);
    std::string text;
    const std::size_t head =
        asio::read_until(socket_, asio::dynamic_buffer(text), "\r\n\r\n", reply.ec);
    if (reply.ec) {
      return reply;
    }
    reply.head = text.substr(0, head);
    reply.status = static_cast<unsigned>(std::stoul(reply.head.substr(9, 3)));
    reply.body = text.substr(head);
    const std::size_t length =
        std::stoul(reply.head.substr(reply.head.find("Content-Length: ") + 16));
    if (reply.body.size() < length) {
      asio::read(socket_, asio::dynamic_buffer(reply.body),
                 asio::transfer_exactly(length - reply.body.size()), reply.ec);
    }
    return reply;
  }

 private:
  asio::io_context io_;
  tcp::socket socket_{io_};
};

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
