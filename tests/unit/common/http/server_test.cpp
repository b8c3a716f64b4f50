#include "common/http/server.hpp"

#include <array>
#include <optional>
#include <stdexcept>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/http/beast_client.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::http {
namespace {

using boost::asio::ip::tcp;
using namespace std::chrono_literals;

awaitable<Page> echo(ServerRequest request) {
  if (request.path == "/throws") {
    throw std::runtime_error("a secret");
  }
  if (request.path == "/throws-anything") {
    throw 7;
  }
  Page page;
  page.body = request.method + " " + request.path + " ?" + std::string(request.query.reveal()) +
              " a=" + std::string(request.authorization.reveal()) + " t=" + request.content_type +
              " b=" + std::string(request.body.reveal()) + " f=" + request.forwarded_for +
              " p=" + request.peer;
  page.headers.emplace_back("X-Frame-Options", "DENY");
  co_return page;
}

tcp::endpoint endpoint_of(const std::string& url) {
  const auto port = static_cast<std::uint16_t>(std::stoul(url.substr(url.rfind(':') + 1)));
  return {boost::asio::ip::make_address("127.0.0.1"), port};
}

// While it lives the process gets no further file descriptor.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);  // the lowest that is free
    ::close(next);
    none.rlim_cur = static_cast<rlim_t>(next);
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

class ServerTest : public testing::Test {
 protected:
  Response send(Request request) {
    request.url = server_.url() + request.url;
    request.body_bytes_max = 100'000;
    request.deadline = std::chrono::seconds(20);
    auto response = contract::run(io_, client_.send(std::move(request)));
    EXPECT_TRUE(response.ok()) << response.failure().detail;
    return response.ok() ? std::move(*response) : Response{};
  }
  // What comes back for these bytes, until the server closes.
  std::string talk(const std::string& sent) {
    return contract::run(io_, exchange(server_.url(), sent));
  }
  static awaitable<std::string> exchange(std::string url, std::string sent) {
    const tcp::endpoint there = endpoint_of(url);
    tcp::socket socket(co_await boost::asio::this_coro::executor);
    co_await socket.async_connect(there, boost::asio::use_awaitable);
    co_await boost::asio::async_write(socket, boost::asio::buffer(sent),
                                      boost::asio::use_awaitable);
    std::string received;
    boost::system::error_code ec;
    co_await boost::asio::async_read(socket, boost::asio::dynamic_buffer(received),
                                     boost::asio::redirect_error(boost::asio::use_awaitable, ec));
    co_return received;
  }

  boost::asio::io_context io_;
  const SystemClock clock_;
  std::vector<std::string> thrown_;
  Server server_{executor_of(io_),
                 "127.0.0.1:0",
                 echo,
                 {.body_bytes_max = 1'000,
                  .on_throw = [this](const std::string& type) { thrown_.push_back(type); }}};
  BeastClient client_{executor_of(io_), clock_};
};

TEST_F(ServerTest, TakesARequestApartAndKeepsTheConnection) {
  for (int times = 0; times < 2; ++times) {
    Request request{};
    request.url = "/v1/members?x=1&y=%2F";
    request.method = Method::post;
    request.authorization = Secret("Bearer k");
    request.form = Secret("name=value");
    const Response response = send(std::move(request));
    EXPECT_EQ(response.body.view(),
              "POST /v1/members ?x=1&y=%2F a=Bearer k t=application/x-www-form-urlencoded "
              "b=name=value f= p=127.0.0.1");
    EXPECT_EQ(response.headers.find("X-Frame-Options"), "DENY");
    EXPECT_EQ(response.headers.find("Cache-Control"), "no-store");
  }
}

TEST_F(ServerTest, AHandlerThatThrowsIsNotQuoted) {
  Request request{};
  request.url = "/throws";
  const Response response = send(std::move(request));
  EXPECT_EQ(response.status, 500U);
  EXPECT_EQ(response.body.view().find("secret"), std::string_view::npos);
  EXPECT_EQ(thrown_, std::vector<std::string>{"std::runtime_error"});
}

TEST_F(ServerTest, WhatIsTooLargeOrNoRequestIsAnsweredAndTheConnectionClosed) {
  EXPECT_TRUE(talk("POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n").starts_with("HTTP/1.1 413"));
  EXPECT_TRUE(talk("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3ea\r\n" +
                   std::string(1'002, 'x') + "\r\n0\r\n\r\n")
                  .starts_with("HTTP/1.1 413"));
  EXPECT_TRUE(talk("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n")
                  .starts_with("HTTP/1.1 431"));
  EXPECT_TRUE(talk("\x16\x03\x01 hello\r\n\r\n").starts_with("HTTP/1.1 400"));
}

// A client's own line stands before those that the proxies append.
TEST_F(ServerTest, SeveralForwardedForLinesAreOneInTheirOrder) {
  const std::string answer = talk(
      "GET / HTTP/1.1\r\nX-Forwarded-For: 6.6.6.6\r\nx-forwarded-for: 5.5.5.5, 192.0.2.7\r\n"
      "Connection: close\r\n\r\n");
  EXPECT_NE(answer.find(" f=6.6.6.6, 5.5.5.5, 192.0.2.7 p="), std::string::npos) << answer;
}

TEST_F(ServerTest, HeadIsAnsweredWithoutABodyAndTheConnectionGoesOn) {
  const std::string both =
      talk("HEAD /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\nConnection: close\r\n\r\n");
  const auto end_of_first = both.find("\r\n\r\n");
  ASSERT_NE(end_of_first, std::string::npos);
  const std::string body = "HEAD /a ? a= t= b= f= p=127.0.0.1";
  EXPECT_NE(both.substr(0, end_of_first).find("Content-Length: " + std::to_string(body.size())),
            std::string::npos)
      << both;
  EXPECT_TRUE(both.substr(end_of_first + 4).starts_with("HTTP/1.1 200")) << both;
  EXPECT_NE(both.find("GET /b"), std::string::npos);
}

TEST_F(ServerTest, WhatASessionThrowsEndsThatConnectionAlone) {
  EXPECT_EQ(talk("GET /throws-anything HTTP/1.1\r\n\r\n"), "");
  EXPECT_EQ(thrown_, std::vector<std::string>{"no std::exception"});
  EXPECT_TRUE(talk("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 200"));
}

// All that is due, and nothing that time alone would bring.
void settle(boost::asio::io_context& io) {
  while (io.poll() > 0) {
  }
}

// The first to connect say nothing; answers how many of them were let in.
std::size_t let_in(ServerOptions options, std::size_t clients) {
  boost::asio::io_context io;
  const Server server(executor_of(io), "127.0.0.1:0", echo, std::move(options));
  std::vector<tcp::socket> sockets;
  for (std::size_t number = 0; number < clients; ++number) {
    sockets.emplace_back(io).connect(endpoint_of(server.url()));
  }
  settle(io);
  std::size_t open = 0;
  for (tcp::socket& socket : sockets) {
    std::array<char, 1> byte{};
    boost::system::error_code ec;
    socket.non_blocking(true);
    socket.read_some(boost::asio::buffer(byte), ec);
    open += ec == boost::asio::error::would_block ? 1 : 0;
  }
  return open;
}

TEST(Server, OneAddressHoldsOnlySoManyConnections) {
  EXPECT_EQ(let_in({.connections_per_address_max = 3}, 5), 3U);
  EXPECT_EQ(let_in({.connections_max = 2, .connections_per_address_max = 3}, 5), 2U);
  EXPECT_EQ(let_in({}, 5), 5U);
}

TEST(Server, AnAddressGetsItsPlacesBack) {
  boost::asio::io_context io;
  const Server server(executor_of(io), "127.0.0.1:0", echo, {.connections_per_address_max = 1});
  for (int number = 0; number < 3; ++number) {
    tcp::socket socket(io);
    socket.connect(endpoint_of(server.url()));
    boost::asio::write(socket, boost::asio::buffer("GET / HTTP/1.1\r\n\r\n", 18));
    settle(io);
    EXPECT_GT(socket.available(), 0U) << number;
    socket.close();
    settle(io);
  }
}

TEST(Server, WhoSaysNothingLosesThePlaceBeforeABodyWould) {
  boost::asio::io_context io;
  const Server server(executor_of(io), "127.0.0.1:0", echo, {.body_bytes_max = 10, .patience = 3s});
  tcp::socket silent(io);
  tcp::socket slow(io);
  silent.connect(endpoint_of(server.url()));
  slow.connect(endpoint_of(server.url()));
  const std::string_view headers = "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n";
  boost::asio::write(slow, boost::asio::buffer(headers));
  io.run_for(2s);
  std::array<char, 1> byte{};
  boost::system::error_code ec;
  silent.non_blocking(true);
  silent.read_some(boost::asio::buffer(byte), ec);
  EXPECT_EQ(ec, boost::asio::error::eof);
  slow.non_blocking(true);
  slow.read_some(boost::asio::buffer(byte), ec);
  EXPECT_EQ(ec, boost::asio::error::would_block);
}

TEST(Server, PausesWhileThereAreNoDescriptorsAndGoesOn) {
#if defined(__clang__)
#if __has_feature(undefined_behavior_sanitizer) || __has_feature(address_sanitizer)
  GTEST_SKIP() << "the sanitizer looks at memory through descriptors of its own";
#endif
#endif
  boost::asio::io_context io;
  const Server server(executor_of(io), "127.0.0.1:0", echo);
  tcp::socket socket(io);
  socket.connect(endpoint_of(server.url()));
  {
    const NoDescriptors none;
    EXPECT_LT(io.run_for(350ms), 50U);
  }
  boost::asio::write(socket, boost::asio::buffer("GET / HTTP/1.1\r\n\r\n", 18));
  for (int times = 0; times < 100 && socket.available() == 0; ++times) {
    io.run_for(100ms);
  }
  EXPECT_GT(socket.available(), 0U);
}

// Also when its end meets a connection that has just been accepted.
TEST(Server, EndsAtWhateverMomentItIsDestroyed) {
  for (int steps = 0; steps < 6; ++steps) {
    boost::asio::io_context io;
    std::optional<Server> server;
    server.emplace(executor_of(io), "127.0.0.1:0", echo);
    tcp::socket socket(io);
    socket.connect(endpoint_of(server->url()));
    for (int step = 0; step < steps; ++step) {
      io.poll_one();
    }
    server.reset();
    EXPECT_LT(io.run_for(50ms), 50U) << steps;
  }
}

TEST(Server, SaysWhyItCannotListen) {
  boost::asio::io_context io;
  const auto answer = echo;
  Server first(executor_of(io), "127.0.0.1:0", answer);
  const std::string taken = first.url().substr(std::string_view("http://").size());
  for (const std::string& where : {taken, std::string("localhost:0"), std::string("8080"),
                                   std::string("127.0.0.1"), std::string("127.0.0.1:70000")}) {
    try {
      Server second(executor_of(io), where, answer);
      ADD_FAILURE() << where << " was accepted";
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string_view(error.what()).find("cannot listen on " + where),
                std::string_view::npos);
    }
  }
}

}  // namespace
}  // namespace claimferry::http
