#include "common/redis/redirect.hpp"

#include <gtest/gtest.h>

namespace claimferry::redis {
namespace {

Reply error(std::string text) {
  return Reply{Error{std::move(text)}};
}

const Address here = TcpAddress{"10.0.0.1", 7000};

TEST(Redirect, TellsWhereToGoFromWhatToWaitFor) {
  for (const char* text :
       {"MOVED 13907 10.0.0.2:7001", "READONLY You can't write against a read only replica.",
        "CLUSTERDOWN The cluster is down", "NOREPLICAS Not enough good replicas",
        "UNBLOCKED force unblock from blocking operation", "MASTERDOWN Link"}) {
    EXPECT_EQ(detour_of(error(text)), Detour::elsewhere) << text;
  }
  for (const char* text : {"ASK 13907 10.0.0.2:7001", "TRYAGAIN Multiple keys request"}) {
    EXPECT_EQ(detour_of(error(text)), Detour::later) << text;
  }
  for (const char* text : {"ERR MOVED", "NOSCRIPT No matching script", "MOVEDX 1 a:1", ""}) {
    EXPECT_EQ(detour_of(error(text)), Detour::none) << text;
  }
  EXPECT_EQ(detour_of(Reply{"MOVED 13907 10.0.0.2:7001"}), Detour::none) << "a value, no error";
  EXPECT_EQ(detour_of(Reply{}), Detour::none);
}

TEST(Redirect, ReadsTheAddressOfAMove) {
  EXPECT_EQ(moved_to(error("MOVED 13907 10.0.0.2:7001"), here), (TcpAddress{"10.0.0.2", 7001}));
  EXPECT_EQ(moved_to(error("MOVED 13907 ::1:7001"), here), (TcpAddress{"::1", 7001}));
  EXPECT_EQ(moved_to(error("MOVED 1 node-2.cache:7001"), here), (TcpAddress{"node-2.cache", 7001}));
  EXPECT_EQ(moved_to(error("MOVED 13907 :7001"), here), (TcpAddress{"10.0.0.1", 7001}));
}

TEST(Redirect, FollowsNothingThatIsNoAddressOfAMove) {
  for (const char* text :
       {"MOVED", "MOVED 13907", "MOVED 13907 10.0.0.2", "MOVED 13907 a:0", "MOVED 13907 a:65536",
        "MOVED 13907 a:7x", "MOVED 13907 ?:7001", "ASK 13907 10.0.0.2:7001", "READONLY x:1"}) {
    EXPECT_FALSE(moved_to(error(text), here)) << text;
  }
  EXPECT_FALSE(moved_to(error("MOVED 13907 :7001"), UnixAddress{"/run/redis.sock"}));
}

TEST(Redirect, SaysThatNothingWasDoneAndWhatToLookAt) {
  const Failure replica = not_served(error("READONLY You can't write"), "redis://a:1");
  EXPECT_EQ(replica.kind, FailureKind::local);
  EXPECT_EQ(replica.code, "redis_unreachable");
  EXPECT_EQ(replica.detail,
            "redis://a:1 does not serve the keys now (READONLY), nothing was done; it is a "
            "replica; name its master, or its sentinels (redis.sentinels)");
  EXPECT_NE(not_served(error("NOREPLICAS x"), "a").detail.find("min-replicas-to-write"),
            std::string::npos);
  EXPECT_NE(not_served(error("TRYAGAIN x"), "a").detail.find("CLUSTER INFO"), std::string::npos);
}

}  // namespace
}  // namespace claimferry::redis
