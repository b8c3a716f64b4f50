#include "scheduler/enroll/address_limits.hpp"

#include <gtest/gtest.h>

namespace claimferry::enroll {
namespace {

using namespace std::chrono_literals;

TEST(AddressLimits, LetAMinutesWorthThroughAndThenTheRate) {
  AddressLimits limits(60);
  const SteadyTime begin{1h};
  for (int number = 0; number < 60; ++number) {
    EXPECT_EQ(limits.take("a", begin), 0ms) << number;
  }
  EXPECT_EQ(limits.take("a", begin), 1s);
  EXPECT_EQ(limits.take("a", begin + 900ms), 100ms);
  EXPECT_EQ(limits.take("a", begin + 1s), 0ms);
  EXPECT_GT(limits.take("a", begin + 1s), 0ms);
  EXPECT_EQ(limits.take("b", begin + 1s), 0ms);  // another's is another's
}

TEST(AddressLimits, RefusalsCostNothing) {
  AddressLimits limits(60);
  const SteadyTime begin{1h};
  for (int number = 0; number < 1'000; ++number) {
    limits.take("a", begin);
  }
  EXPECT_EQ(limits.take("a", begin + 1s), 0ms);
}

TEST(AddressLimits, RememberOnlySoMany) {
  AddressLimits limits(1);
  const SteadyTime begin{1h};
  EXPECT_EQ(limits.take("first", begin), 0ms);
  for (std::size_t number = 1; number < AddressLimits::addresses_max; ++number) {
    limits.take(std::to_string(number), begin);
  }
  EXPECT_GT(limits.take("first", begin), 0ms);  // and is the youngest now
  limits.take("one more", begin);
  EXPECT_EQ(limits.remembered(), AddressLimits::addresses_max);
  EXPECT_GT(limits.take("first", begin), 0ms);
  EXPECT_EQ(limits.take("1", begin), 0ms);  // was forgotten
}

TEST(AddressLimits, OneHouseholdIsOneAddress) {
  EXPECT_EQ(limited_address("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(limited_address("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(limited_address("2001:db8:1:2::9"), "2001:db8:1:2::/64");
  EXPECT_EQ(limited_address("::ffff:192.0.2.7"), "::ffff:192.0.2.7");
}

TEST(AddressLimits, APortMakesNoOtherAddress) {
  EXPECT_EQ(limited_address("203.0.113.7:4711"), "203.0.113.7");
  EXPECT_EQ(limited_address("[2001:db8:1:2::1]:443"), "2001:db8:1:2::/64");
  EXPECT_EQ(limited_address("[2001:db8:1:2::1]"), "2001:db8:1:2::/64");
  for (const std::string name : {"203.0.113.7:", "203.0.113.7:x", "203.0.113.7:471100", "[::1",
                                 "[]", "[::1]443", "[::1]:", "[203.0.113.7", "::1]:443", ":443"}) {
    EXPECT_EQ(limited_address(name), "no address") << name;
  }
}

TEST(AddressLimits, WhatIsNoAddressIsOneWhateverItsName) {
  const std::string zone(16'000, 'x');
  for (const std::string& name :
       {std::string(), std::string("unknown"), "192.0.2.7:" + zone, zone}) {
    EXPECT_EQ(limited_address(name), "no address");
  }
  EXPECT_EQ(limited_address("::ffff:192.0.2.7%" + zone), "::ffff:192.0.2.7");
  EXPECT_EQ(limited_address("2001:db8:1:2::9%" + zone), "2001:db8:1:2::/64");
}

TEST(ForwardedAddress, IsWhatTheOutermostOfOurProxiesSaw) {
  struct Row {
    std::string_view forwarded_for;
    unsigned proxies;
    std::string_view address;
  };
  const Row rows[] = {
      {"192.0.2.7", 1, "192.0.2.7"},
      {"6.6.6.6, 192.0.2.7", 1, "192.0.2.7"},
      {"6.6.6.6, 192.0.2.7 , 198.51.100.1", 2, "192.0.2.7"},
      {"6.6.6.6,192.0.2.7,198.51.100.1,198.51.100.2", 3, "192.0.2.7"},
      {"198.51.100.1", 2, "198.51.100.1"},
      {"6.6.6.6, ", 1, ""},
      {"", 1, ""},
      {"", 2, ""},
      {",", 2, ""},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(forwarded_address(row.forwarded_for, row.proxies), row.address)
        << row.forwarded_for << " " << row.proxies;
  }
}

}  // namespace
}  // namespace claimferry::enroll
