// How a link is found: through sentinels, through the nodes of a cluster, within one deadline.
#include "common/redis/attempt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/redis/fake_server.hpp"

namespace claimferry::redis {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TcpAddress address_of(const FakeServer& server) {
  return std::get<TcpAddress>(server.endpoint().address);
}

std::string names(const TcpAddress& master) {
  const std::string port = std::to_string(master.port);
  return "*2\r\n$9\r\n127.0.0.1\r\n$" + std::to_string(port.size()) + "\r\n" + port + "\r\n";
}

std::string moves_to(const TcpAddress& node) {
  return "-MOVED 13907 127.0.0.1:" + std::to_string(node.port) + "\r\n";
}

class AttemptTest : public testing::Test {
 protected:
  Attempt::Opened open(Endpoint endpoint, Duration deadline = 10s) {
    auto attempt = std::make_shared<Attempt>(executor_of(io_), std::move(endpoint));
    io_.restart();
    return contract::run(io_, Attempt::open(std::move(attempt), deadline));
  }
  // Ends the link, so that the loop runs out.
  Address where(Attempt::Opened opened) {
    EXPECT_TRUE(opened.ok()) << opened.failure().detail;
    if (!opened) {
      return UnixAddress{"none"};
    }
    (*opened)->end({FailureKind::local, "over", ""});
    return (*opened)->address();
  }
  Endpoint behind(const std::vector<const FakeServer*>& sentinels) {
    Endpoint endpoint;
    endpoint.sentinels.emplace();
    endpoint.sentinels->master = "claimferry";
    for (const FakeServer* one : sentinels) {
      endpoint.sentinels->addresses.push_back(address_of(*one));
    }
    return endpoint;
  }
  static void answer_as(FakeServer& server, std::string role, std::string exists = ":0\r\n") {
    server.handler = [role, exists](const Command& command) -> std::optional<std::string> {
      if (command[0] == "ROLE") {
        return "*1\r\n$" + std::to_string(role.size()) + "\r\n" + role + "\r\n";
      }
      return command[0] == "INFO" ? "+cluster_enabled:1\r\n" : exists;
    };
  }
  static void point_to(FakeServer& sentinel, const FakeServer& master) {
    sentinel.handler = [answer = names(address_of(master))](const Command&) { return answer; };
  }

  boost::asio::io_context io_;
  FakeServer one_{io_}, two_{io_}, three_{io_};
};

TEST_F(AttemptTest, AsksASentinelForTheMasterByItsNameAndTheMasterForItsRole) {
  point_to(one_, two_);
  answer_as(two_, "master");
  EXPECT_EQ(where(open(behind({&one_}))), Address(address_of(two_)));
  EXPECT_EQ(one_.received,
            (std::vector<Command>{{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "claimferry"}}));
  EXPECT_EQ(two_.received, (std::vector<Command>{{"ROLE"}}));
}

TEST_F(AttemptTest, GivesEachServerItsOwnCredentials) {
  one_.handler = [answer = names(address_of(two_))](const Command& command) {
    return command[0] == "AUTH" ? "+OK\r\n" : answer;
  };
  answer_as(two_, "master", "+OK\r\n");
  auto endpoint = behind({&one_});
  endpoint.username = "ferry";
  endpoint.password = Secret("for-redis");
  endpoint.sentinels->password = Secret("for-sentinels");
  where(open(endpoint));
  EXPECT_EQ(one_.received.at(0), (Command{"AUTH", "for-sentinels"}));
  EXPECT_EQ(two_.received.at(0), (Command{"AUTH", "ferry", "for-redis"}));
}

TEST_F(AttemptTest, TakesTheWordOfTheNextSentinelWhereOneIsBehindTheTimes) {
  point_to(one_, two_);
  answer_as(two_, "slave");
  FakeServer master(io_);
  point_to(three_, master);
  answer_as(master, "master");
  EXPECT_EQ(where(open(behind({&one_, &three_}))), Address(address_of(master)));
}

TEST_F(AttemptTest, SaysThatAFailoverIsUnderWay) {
  point_to(one_, two_);
  answer_as(two_, "slave");
  const auto opened = open(behind({&one_}));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.failure().code, "redis_unreachable");
  EXPECT_THAT(opened.failure().detail, HasSubstr("is no master, though the sentinels name it"));
}

TEST_F(AttemptTest, RefusesWhatIsNoAddressOfAMaster) {
  const std::pair<std::string, std::string> table[] = {
      {"*-1\r\n", "knows no master \"claimferry\""},
      {"-NOPERM no\r\n", "refused (NOPERM) to name the master"},
      {"+OK\r\n", "answered no address"},
      {"*2\r\n$1\r\na\r\n$1\r\n0\r\n", "answered no address"},
      {"*2\r\n$0\r\n\r\n$1\r\n1\r\n", "answered no address"}};
  for (const auto& row : table) {
    const auto& [answer, because] = row;
    one_.handler = [&row](const Command&) { return row.first; };
    const auto opened = open(behind({&one_}));
    ASSERT_FALSE(opened.ok()) << answer;
    EXPECT_THAT(opened.failure().detail, HasSubstr(because));
    EXPECT_THAT(opened.failure().detail, HasSubstr("the sentinel 127.0.0.1:"));
  }
}

TEST_F(AttemptTest, ASentinelThatHangsLeavesTimeForTheNext) {
  one_.answers_ping = false;  // takes the connection and says nothing
  point_to(two_, three_);
  answer_as(three_, "master");
  EXPECT_EQ(where(open(behind({&one_, &two_}), 600ms)), Address(address_of(three_)));
}

TEST_F(AttemptTest, GoesWhereAClusterKeepsTheRoot) {
  answer_as(one_, "", moves_to(address_of(two_)));
  answer_as(two_, "", moves_to(address_of(three_)));
  answer_as(three_, "");
  Endpoint endpoint = one_.endpoint();
  endpoint.root = "cf:{0}";
  EXPECT_EQ(where(open(endpoint)), Address(address_of(three_)));
  EXPECT_EQ(three_.received, (std::vector<Command>{{"EXISTS", "cf:{0}"}}));
}

TEST_F(AttemptTest, TriesTheNextNodeOfAClusterWhereOneIsAwayHangsOrIsDown) {
  Endpoint endpoint;
  {
    FakeServer gone(io_);
    endpoint = gone.endpoint();
  }
  endpoint.root = "cf:{0}";
  endpoint.further = {address_of(one_), address_of(two_), address_of(three_)};
  one_.answers_ping = false;
  answer_as(two_, "", "-CLUSTERDOWN The cluster is down\r\n");
  answer_as(three_, "");
  EXPECT_EQ(where(open(endpoint, 1s)), Address(address_of(three_)));
}

TEST_F(AttemptTest, EndsWhereNodesSendInACircle) {
  answer_as(one_, "", moves_to(address_of(two_)));
  answer_as(two_, "", moves_to(address_of(one_)));
  Endpoint endpoint = one_.endpoint();
  endpoint.root = "cf:{0}";
  const auto opened = open(endpoint);
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.failure().detail, HasSubstr("send from one to the other"));
}

TEST_F(AttemptTest, DoesNotBeginWhileTheRootIsBeingMoved) {
  answer_as(one_, "", "-ASK 13907 127.0.0.1:1\r\n");
  Endpoint endpoint = one_.endpoint();
  endpoint.root = "cf:{0}";
  const auto opened = open(endpoint);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.failure().code, "redis_unreachable");
  EXPECT_THAT(opened.failure().detail, HasSubstr("not ready yet (ASK)"));
}

TEST_F(AttemptTest, RefusesSeveralServersThatAreNoCluster) {
  one_.handler = [](const Command&) { return "+cluster_enabled:0\r\n"; };
  two_.handler = one_.handler;
  Endpoint endpoint = one_.endpoint();
  endpoint.further = {address_of(two_)};
  const auto opened = open(endpoint);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.failure().code, "redis_refused");
  EXPECT_THAT(opened.failure().detail, HasSubstr("is no node of a Redis Cluster"));
}

}  // namespace
}  // namespace claimferry::redis
