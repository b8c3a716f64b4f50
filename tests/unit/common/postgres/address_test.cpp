#include "common/postgres/address.hpp"

#include <gtest/gtest.h>

namespace claimferry::postgres {
namespace {

TEST(Address, IsAUriOrPairs) {
  for (const char* text :
       {"postgresql://worker@db1,db2/claims?sslmode=verify-full", "postgres:///claims",
        "host=/run/postgresql dbname=claims user=worker"}) {
    const auto address = Address::parse(text);
    ASSERT_TRUE(address.ok()) << text;
    EXPECT_EQ(address->str(), text);
  }
}

TEST(Address, IsRefusedWithoutRepeatingIt) {
  for (const char* text : {"", "nonsense", "host=db secret=hunter2", "http://hunter2@db",
                           "postgresql://db:port/?hunter2=1"}) {
    const auto address = Address::parse(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_EQ(address.failure().detail.find("hunter2"), std::string::npos);
  }
}

TEST(Address, HoldsNoPassword) {
  for (const char* text : {"postgresql://worker:hunter2@db/claims", "host=db password=hunter2",
                           "postgresql://db/claims?sslpassword=hunter2"}) {
    const auto address = Address::parse(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_NE(address.failure().detail.find("password"), std::string::npos);
    EXPECT_EQ(address.failure().detail.find("hunter2"), std::string::npos);
  }
}

}  // namespace
}  // namespace claimferry::postgres
