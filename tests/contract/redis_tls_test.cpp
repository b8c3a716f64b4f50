// The client, a session and a subscriber against a real Redis over TLS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/redis/session.hpp"
#include "common/redis/tcp_client.hpp"
#include "common/redis/tcp_subscriber.hpp"
#include "common/redis/tls_stream.hpp"
#include "tests/contract/redis_server.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/integration/redis_servers.hpp"

namespace claimferry::redis {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class RedisTls : public testing::Test {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_REDIS();
    servers_.make_certificates();
    servers_.start_tls("redis", "server");
  }
  Endpoint endpoint(const std::string& anchors = "ca", const std::string& host = "127.0.0.1") {
    auto endpoint =
        *Endpoint::parse("rediss://" + host + ":" + std::to_string(servers_.port("redis")));
    endpoint.tls = std::make_shared<TlsContext>(TlsContext::Files{
        servers_.certificate(anchors), servers_.certificate("client"), servers_.key("client")});
    return endpoint;
  }
  Result<Reply> ask(Client& client, Command command) {
    return contract::run(io_, client.command(std::move(command)));
  }

  integration::RedisServers servers_;
  boost::asio::io_context io_;
  SystemRandom random_;
};

awaitable<void> keep(Client& client, std::string key, std::string value, unsigned& right) {
  Command set{"SET", key, value};
  const auto done = co_await client.command(std::move(set));
  Command get{"GET", key};
  const auto got = co_await client.command(std::move(get));
  right += done.ok() && got.ok() && *got == Reply{value} ? 1 : 0;
}

TEST_F(RedisTls, CarriesManyLargeValuesBothWaysAtOnce) {
  TcpClient client(executor_of(io_), endpoint(), random_);
  unsigned right = 0;
  std::vector<awaitable<void>> all;
  for (unsigned at = 0; at < 40; ++at) {
    const std::string value(200'000 + at, static_cast<char>('a' + at % 26));
    all.push_back(keep(client, "key" + std::to_string(at), value, right));
  }
  contract::run_all(io_, std::move(all));
  EXPECT_EQ(right, 40U);
}

TEST_F(RedisTls, ServesNamesBlockingCommandsAndSessions) {
  TcpClient client(executor_of(io_), endpoint("ca", "localhost"), random_);
  EXPECT_EQ(*ask(client, {"LPUSH", "list", "x"}), Reply{std::int64_t{1}});
  const auto popped = contract::run(io_, client.blocking_command({"BLPOP", "list", "1"}, 5s));
  EXPECT_EQ(popped->array()->back(), Reply{"x"});
  auto session = contract::run(io_, Session::open(executor_of(io_), endpoint())).value();
  EXPECT_EQ(*contract::run(io_, session.command({"MULTI"})), Reply{"OK"});
  EXPECT_EQ(*contract::run(io_, session.command({"PING"})), Reply{"QUEUED"});
  EXPECT_EQ(contract::run(io_, session.command({"EXEC"}))->array()->size(), 1U);
}

awaitable<void> publish(Client& client) {
  Command command{"PUBLISH", "hints", "one"};
  [[maybe_unused]] const auto published = co_await client.command(std::move(command));
}

awaitable<void> listen(Subscriber& subscriber, std::function<void()> begun,
                       std::vector<std::string>& heard, std::optional<Result<void>>& ended) {
  const std::function<void(std::string_view)> take = [&](std::string_view message) {
    heard.emplace_back(message);
    subscriber.close();
  };
  ended.emplace(co_await subscriber.listen("hints", std::move(begun), take));
}

TEST_F(RedisTls, HearsWhatIsPublished) {
  TcpClient client(executor_of(io_), endpoint(), random_);
  TcpSubscriber subscriber(executor_of(io_), endpoint());
  std::vector<std::string> heard;
  std::optional<Result<void>> ended;
  std::vector<awaitable<void>> one;
  const auto begun = [&] { contract::start(io_, publish(client)); };
  one.push_back(listen(subscriber, begun, heard, ended));
  contract::run_all(io_, std::move(one));
  EXPECT_EQ(heard, std::vector<std::string>{"one"});
}

TEST_F(RedisTls, TrustsNobodyElse) {
  TcpClient client(executor_of(io_), endpoint("stranger"), random_);
  const auto refused = ask(client, {"PING"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().kind, FailureKind::local);
  EXPECT_EQ(refused.failure().code, "redis_refused");
  EXPECT_THAT(refused.failure().detail, HasSubstr("its certificate is not trusted"));
}

TEST_F(RedisTls, DialsAgainAfterARestart) {
  TcpClient client(executor_of(io_), endpoint(), random_);
  EXPECT_TRUE(ask(client, {"PING"}).ok());
  servers_.kill("redis");
  EXPECT_FALSE(ask(client, {"PING"}).ok());
  servers_.start_tls("redis", "server");
  EXPECT_TRUE(integration::eventually(20s, [&] { return ask(client, {"PING"}).ok(); }));
}

TEST_F(RedisTls, AHandshakeThatNeverEndsIsBounded) {
  servers_.start("plain");
  auto plain = endpoint();
  plain.address = TcpAddress{"127.0.0.1", servers_.port("plain")};
  TcpClient client(executor_of(io_), plain, random_, {.deadline = 300ms});
  const auto begun = std::chrono::steady_clock::now();
  const auto answer = ask(client, {"PING"});
  ASSERT_FALSE(answer.ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
  EXPECT_THAT(answer.failure().detail, HasSubstr("does this port speak TLS"));
}

// What Redis trusts no more, and what trusts Redis no more, are replaced beside open connections.
TEST_F(RedisTls, TakesNewFilesFromTheNextConnectionOnAndKeepsTheOldWhereTheyAreBroken) {
  const std::string anchors = servers_.file("anchors");
  const std::string certificate = servers_.file("certificate");
  const std::string key = servers_.file("key");
  const auto put = [&](const std::string& trusted, const std::string& own) {
    integration::write_file(anchors, integration::read_file(servers_.certificate(trusted)));
    integration::write_file(certificate, integration::read_file(servers_.certificate(own)));
    integration::write_file(key, integration::read_file(servers_.key(own)));
  };
  put("ca", "client");
  Endpoint node = endpoint();
  node.tls = std::make_shared<TlsContext>(TlsContext::Files{anchors, certificate, key});
  const auto dial = [&] {
    TcpClient client(executor_of(io_), node, random_);
    return ask(client, {"PING"});
  };
  TcpClient old(executor_of(io_), node, random_);
  EXPECT_TRUE(ask(old, {"PING"}).ok());
  put("ca", "renewed");
  EXPECT_TRUE(dial().ok()) << "nobody said that the files changed";
  ASSERT_TRUE(node.tls->reload().ok());
  const auto untrusted = dial();
  ASSERT_FALSE(untrusted.ok());
  EXPECT_THAT(untrusted.failure().detail, HasSubstr("redis.cert_file"));
  put("stranger", "client");
  ASSERT_TRUE(node.tls->reload().ok());
  EXPECT_EQ(dial().failure().code, "redis_refused");
  put("ca", "client");
  ASSERT_TRUE(node.tls->reload().ok());
  EXPECT_TRUE(dial().ok());
  integration::write_file(certificate, "not a certificate\n");
  const auto broken = node.tls->reload();
  ASSERT_FALSE(broken.ok());
  EXPECT_THAT(broken.failure().detail, HasSubstr("redis.cert_file: " + certificate));
  EXPECT_TRUE(dial().ok());
  EXPECT_TRUE(ask(old, {"PING"}).ok());
}

TEST_F(RedisTls, NamesTheFileThatCannotBeRead) {
  const std::string certificate = servers_.certificate("client");
  const std::pair<TlsContext::Files, std::string> table[] = {
      {{"/nonexistent", "", ""}, "redis.ca_file: /nonexistent"},
      {{"", "/nonexistent", ""}, "redis.cert_file: /nonexistent"},
      {{"", certificate, "/nonexistent"}, "redis.key_file: /nonexistent"},
      {{"", certificate, servers_.key("server")}, "redis.key_file: "}};
  for (const auto& [files, text] : table) {
    try {
      const TlsContext context(files);
      ADD_FAILURE() << text;
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), HasSubstr(text));
    }
  }
}

}  // namespace
}  // namespace claimferry::redis
