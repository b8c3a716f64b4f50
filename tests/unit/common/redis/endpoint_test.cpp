#include "common/redis/endpoint.hpp"

#include <gtest/gtest.h>

namespace claimferry::redis {
namespace {

struct Accepted {
  std::string url;
  std::variant<TcpAddress, UnixAddress> address;
  unsigned database;
  std::string printed;
};

TEST(Endpoint, UnderstandsWhatItDocuments) {
  const std::vector<Accepted> table{
      {"redis://127.0.0.1:6379/0", TcpAddress{"127.0.0.1", 6379}, 0, "redis://127.0.0.1:6379"},
      {"redis://cache.internal", TcpAddress{"cache.internal", 6379}, 0,
       "redis://cache.internal:6379"},
      {"redis://cache:7000/", TcpAddress{"cache", 7000}, 0, "redis://cache:7000"},
      {"redis://cache:7000/12", TcpAddress{"cache", 7000}, 12, "redis://cache:7000/12"},
      {"redis://[::1]", TcpAddress{"::1", 6379}, 0, "redis://[::1]:6379"},
      {"redis://[fe80::1]:7000/1", TcpAddress{"fe80::1", 7000}, 1, "redis://[fe80::1]:7000/1"},
      {"unix:///run/redis.sock", UnixAddress{"/run/redis.sock"}, 0, "unix:///run/redis.sock"},
      {"unix:///run/redis.sock?db=2", UnixAddress{"/run/redis.sock"}, 2,
       "unix:///run/redis.sock?db=2"}};
  for (const Accepted& row : table) {
    const auto endpoint = Endpoint::parse(row.url);
    ASSERT_TRUE(endpoint.ok()) << row.url;
    EXPECT_EQ(endpoint->address, row.address) << row.url;
    EXPECT_EQ(endpoint->database, row.database) << row.url;
    EXPECT_EQ(endpoint->str(), row.printed) << row.url;
  }
}

struct Refused {
  std::string url;
  std::string_view because;
};

TEST(Endpoint, SaysWhatIsWrongWithAUrl) {
  const std::vector<Refused> table{{"", "begins with none of"},
                                   {"127.0.0.1:6379", "begins with none of"},
                                   {"rediss://", "names no host"},
                                   {"redis://one,", "names no host"},
                                   {"redis://one,,two", "names no host"},
                                   {"redis://one,two:x", "a port that is not a number"},
                                   {"redis://", "names no host"},
                                   {"redis://:6379", "names no host"},
                                   {"redis://two words", "names no host"},
                                   {"redis://cache?db=1", "names no host"},
                                   {"redis://cache:", "a port that is not a number"},
                                   {"redis://cache:0", "a port that is not a number"},
                                   {"redis://cache:65536", "a port that is not a number"},
                                   {"redis://cache:12x", "a port that is not a number"},
                                   {"redis://::1", "brackets around an IPv6 address"},
                                   {"redis://[::1", "an unfinished [address]"},
                                   {"redis://[::1]x", "an unfinished [address]"},
                                   {"redis://cache/one", "a database that is not a number"},
                                   {"redis://cache/-1", "a database that is not a number"},
                                   {"unix://relative.sock", "no absolute path"},
                                   {"unix:///", "no absolute path"},
                                   {"unix:///run/redis.sock?database=2", "may say ?db=number"},
                                   {"unix:///" + std::string(200, 'x'), "longer than 107 bytes"}};
  for (const Refused& row : table) {
    const auto endpoint = Endpoint::parse(row.url);
    ASSERT_FALSE(endpoint.ok()) << row.url;
    EXPECT_EQ(endpoint.failure().kind, FailureKind::permanent);
    EXPECT_EQ(endpoint.failure().code, "bad_redis_url");
    EXPECT_NE(endpoint.failure().detail.find(row.because), std::string::npos)
        << row.url << ": " << endpoint.failure().detail;
  }
}

TEST(Endpoint, SaysWhetherItIsEncrypted) {
  const auto endpoint = *Endpoint::parse("rediss://cache:7000/1");
  EXPECT_TRUE(endpoint.is_tls);
  EXPECT_EQ(endpoint.str(), "rediss://cache:7000/1");
  EXPECT_FALSE(Endpoint::parse("redis://cache")->is_tls);
}

TEST(Endpoint, NamesSeveralNodesOfACluster) {
  const auto endpoint = *Endpoint::parse("rediss://one:7000,two,[::1]:7002");
  EXPECT_EQ(endpoint.address, Address(TcpAddress{"one", 7000}));
  EXPECT_EQ(endpoint.further, (std::vector<TcpAddress>{{"two", 6379}, {"::1", 7002}}));
  EXPECT_EQ(endpoint.str(), "rediss://one:7000,two:6379,[::1]:7002");
  EXPECT_EQ(endpoint.nodes().size(), 3U);
  const auto second = endpoint.at(endpoint.nodes()[1]);
  EXPECT_EQ(second.str(), "rediss://two:6379");
  EXPECT_TRUE(second.is_tls);
}

TEST(Endpoint, NamesNoHostWhereSentinelsDo) {
  auto endpoint = *Endpoint::parse_hostless("rediss:///3");
  EXPECT_TRUE(endpoint.is_tls);
  EXPECT_EQ(endpoint.database, 3U);
  EXPECT_EQ(Endpoint::parse_hostless("redis:///")->database, 0U);
  for (const char* url : {"redis://cache", "redis://", "unix:///run/redis.sock", "redis:///x"}) {
    EXPECT_FALSE(Endpoint::parse_hostless(url).ok()) << url;
  }
  endpoint.username = "ferry";
  endpoint.sentinels = Sentinels{{{"a", 1}, {"b", 2}}, "claimferry", "watcher", Secret("sesame")};
  EXPECT_EQ(endpoint.str(), "the master claimferry of the sentinels a:1,b:2");
  const auto sentinel = endpoint.sentinel_at({"a", 1});
  EXPECT_EQ(sentinel.str(), "the sentinel a:1");
  EXPECT_TRUE(sentinel.is_tls);
  EXPECT_EQ(sentinel.username, "watcher");
  EXPECT_EQ(sentinel.address_key(), "redis.sentinels");
  EXPECT_EQ(sentinel.credentials_keys(),
            "redis.sentinel_username and redis.sentinel_password_file");
  EXPECT_EQ(endpoint.credentials_keys(), "redis.username and redis.password_file");
}

TEST(Endpoint, RefusesCredentialsInTheUrlWithoutRepeatingThem) {
  for (const char* url : {"redis://ferry:sesame@cache", "redis://:sesame@cache:6379/1"}) {
    const auto endpoint = Endpoint::parse(url);
    ASSERT_FALSE(endpoint.ok());
    EXPECT_EQ(endpoint.failure().detail.find("sesame"), std::string::npos);
    EXPECT_NE(endpoint.failure().detail.find("redis.password_file"), std::string::npos);
  }
}

TEST(Endpoint, PrintsNoCredentials) {
  auto endpoint = *Endpoint::parse("redis://cache");
  endpoint.username = "ferry";
  endpoint.password = Secret("sesame");
  EXPECT_EQ(endpoint.str(), "redis://cache:6379");
}

}  // namespace
}  // namespace claimferry::redis
