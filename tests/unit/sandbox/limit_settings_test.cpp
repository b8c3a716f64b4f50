#include "tests/sandbox/model/limit_settings.hpp"

#include <gtest/gtest.h>

namespace claimferry::sandbox {
namespace {

Limits scheduled(std::vector<RateChange> schedule) {
  Limits limits;
  limits.limit.schedule = std::move(schedule);
  return limits;
}

std::vector<RateChange> changes(std::size_t count) {
  std::vector<RateChange> schedule;
  for (unsigned index = 1; index <= count; ++index) {
    schedule.push_back({index, 1});
  }
  return schedule;
}

TEST(LimitSettings, AScheduleIsSortedAboveZeroAndOfAtMost32Entries) {
  EXPECT_EQ(mistake_in(scheduled({})), std::nullopt);
  EXPECT_EQ(mistake_in(scheduled({{1, 0.001}, {2, 400}})), std::nullopt);
  EXPECT_EQ(mistake_in(scheduled(changes(32))), std::nullopt);
}

TEST(LimitSettings, AMistakeSaysWhatWhereAndHowToFixIt) {
  Limits two = scheduled({});
  two.limit.scope = LimitScope::address;
  two.address = limit_by_address();
  Limits nested = scheduled({});
  nested.address = limit_by_address();
  nested.address->schedule = {{5, 1}, {4, 1}};
  Limits by_app = scheduled({});
  by_app.address = LimitSettings();
  const struct {
    Limits limits;
    const char* where;
    const char* fix;
  } cases[] = {
      {scheduled({{2, 1}, {2, 1}}), "schedule[1].after_ms is 2, not after", "sort the entries"},
      {scheduled({{9, 1}, {2, 1}}), "schedule[1].after_ms is 2, not after", "sort the entries"},
      {scheduled({{1, 1}, {2, 0}}), "schedule[1].rate", "give a rate above 0"},
      {scheduled({{0, 1}}), "schedule[0] has no after_ms", "say how many ms"},
      {scheduled(changes(33)), "schedule has 33 entries", "leave some out"},
      {nested, "address.schedule[1].after_ms", "sort the entries"},
      {two, "scope is address and address is given", "leave address out"},
      {by_app, "address.scope is app", "leave address.scope out"},
  };
  for (const auto& one : cases) {
    const auto mistake = mistake_in(one.limits);
    ASSERT_TRUE(mistake) << one.where;
    EXPECT_TRUE(mistake->starts_with(one.where)) << *mistake;
    EXPECT_NE(mistake->find(one.fix), std::string::npos) << *mistake;
  }
}

}  // namespace
}  // namespace claimferry::sandbox
