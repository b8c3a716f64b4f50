#include "common/http/listen_address.hpp"

#include <gtest/gtest.h>

namespace claimferry::http {
namespace {

TEST(ListenAddress, TakesANumericAddressAndAPort) {
  const auto four = ListenAddress::parse("127.0.0.1:9464");
  ASSERT_TRUE(four);
  EXPECT_EQ(four->address, "127.0.0.1");
  EXPECT_EQ(four->port, 9464);
  const auto six = ListenAddress::parse("[::1]:0");
  ASSERT_TRUE(six);
  EXPECT_EQ(six->address, "::1");
  EXPECT_EQ(six->port, 0);
  EXPECT_EQ(ListenAddress::parse("0.0.0.0:65535")->port, 65535);
}

TEST(ListenAddress, RefusesAllElse) {
  for (const auto* text : {"", ":", "localhost:9464", "9464", ":9464", "127.0.0.1", "127.0.0.1:",
                           "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x", "::1:9464", "[::1]",
                           "[127.0.0.1]:80", "1.2.3:80", "http://127.0.0.1:80", "[::1]:80 "}) {
    EXPECT_FALSE(ListenAddress::parse(text)) << text;
  }
}

}  // namespace
}  // namespace claimferry::http
