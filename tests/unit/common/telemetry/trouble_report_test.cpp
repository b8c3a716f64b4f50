#include "common/telemetry/trouble_report.hpp"

#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace claimferry::telemetry {
namespace {

using Told = std::vector<std::string>;

class Listener final : public Observer {
 public:
  void on(const Event& event) noexcept override {
    const auto& trouble = std::get<LocalTrouble>(event);
    told.push_back(std::string(trouble.what) + (trouble.over ? " back" : " away"));
  }
  Told told;
};

Failure redis_away() {
  return {FailureKind::local, "redis_unreachable", "away"};
}

TEST(TroubleReport, TellsOnceWhenItBeginsAndOnceWhenItIsOver) {
  Listener events;
  TroubleReport trouble(events, "redis");
  EXPECT_EQ(trouble.begin(redis_away()), 1U);
  EXPECT_EQ(trouble.begin(redis_away()), 2U);
  EXPECT_EQ(trouble.begin(redis_away()), 3U);
  EXPECT_EQ(events.told, Told{"redis away"});
  trouble.end();
  trouble.end();
  EXPECT_EQ(events.told, (Told{"redis away", "redis back"}));
}

TEST(TroubleReport, CountsFromOneAgainAfterwards) {
  Listener events;
  TroubleReport trouble(events, "sink");
  trouble.begin(redis_away());
  trouble.begin(redis_away());
  trouble.end();
  EXPECT_EQ(trouble.begin(redis_away()), 1U);
  EXPECT_EQ(events.told, (Told{"sink away", "sink back", "sink away"}));
}

TEST(TroubleReport, SaysNothingOfWhatNeverBegan) {
  Listener events;
  TroubleReport trouble(events, "sink");
  trouble.end();
  EXPECT_TRUE(events.told.empty());
}

}  // namespace
}  // namespace claimferry::telemetry
