// claimferry fsck as an operator runs it, beside workers and a scheduler at work.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

using testing::HasSubstr;

constexpr unsigned members = 5;
constexpr unsigned eobs = 60;

TEST(Fsck, FindsNothingInAFleetAtWorkAndMendsWhatAHandBroke) {
  Fleet fleet;
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  fleet.add_members(members, eobs);
  const Output meanwhile = fleet.cli({"fsck"});
  EXPECT_EQ(meanwhile.status, 0) << meanwhile.text << meanwhile.errors;
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();

  EXPECT_EQ(fleet.redis({"SET", "cf:{0}:open_batches", "mine"}), "OK\n");
  EXPECT_EQ(fleet.redis({"ZADD", "cf:{0}:done", "99999999999999", "nothing"}), "1\n");
  const Output broken = fleet.cli({"fsck"});
  EXPECT_EQ(broken.status, 1);
  EXPECT_THAT(broken.text,
              HasSubstr("I3  job nothing stands in done and says nothing; --repair: "));
  EXPECT_THAT(broken.text, HasSubstr("claimferry fsck --repair"));
  const Output mended = fleet.cli({"fsck", "--repair"});
  EXPECT_EQ(mended.status, 0) << mended.text << mended.errors;
  EXPECT_EQ(fleet.redis({"GET", "cf:{0}:aside:open_batches"}), "mine\n");
  const Output again = fleet.cli({"fsck", "-o", "json"});
  EXPECT_EQ(again.status, 0);
  EXPECT_THAT(again.text, HasSubstr(R"({"clean":true,"found":0,)"));
}

TEST(Fsck, SaysThatRedisIsAway) {
  Fleet fleet;
  fleet.start_sandbox();
  EXPECT_EQ(fleet.cli({"fsck"}).status, 3);
}

}  // namespace
}  // namespace claimferry::integration
