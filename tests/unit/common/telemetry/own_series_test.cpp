#include "common/telemetry/own_series.hpp"

#include <gmock/gmock.h>
#include <prometheus/text_serializer.h>

namespace claimferry::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class OwnSeriesTest : public testing::Test {
 protected:
  std::string text() const { return prometheus::TextSerializer().Serialize(registry.Collect()); }

  prometheus::Registry registry;
  OwnSeries series{registry};
};

TEST_F(OwnSeriesTest, StandAtZeroAndTheSinkIsUp) {
  for (const auto* line :
       {"claimferry_sink_commit_seconds_count 0", "claimferry_sink_up 1",
        R"(claimferry_sink_failures_total{reason="disk_full"} 0)",
        R"(claimferry_data_keys_opened_total{key="older"} 0)",
        "claimferry_event_loop_lag_seconds_count 0",
        R"(claimferry_config_reloads_total{outcome="failed"} 0)",
        "claimferry_config_reload_failing 0", "claimferry_api_keys_missing_total 0",
        R"(claimferry_handlers_threw_total{port="admin"} 0)"}) {
    EXPECT_THAT(text(), HasSubstr(line));
  }
}

TEST_F(OwnSeriesTest, CountCommitsAndWhatTheSinkDidNotTake) {
  series.count(SinkWrote{"", Duration(30)});
  series.count(SinkWrote{"disk_full", Duration(2)});
  series.count(SinkWrote{"a code of tomorrow", Duration(2)});
  EXPECT_THAT(text(), HasSubstr("claimferry_sink_commit_seconds_count 3"));
  EXPECT_THAT(text(), HasSubstr(R"(claimferry_sink_commit_seconds_bucket{le="0.0025"} 2)"));
  EXPECT_THAT(text(), HasSubstr(R"(claimferry_sink_failures_total{reason="disk_full"} 1)"));
  EXPECT_THAT(text(), HasSubstr(R"(claimferry_sink_failures_total{reason="other"} 1)"));
}

TEST_F(OwnSeriesTest, TheSinkIsDownUntilTheTroubleIsOver) {
  series.count(LocalTrouble{"redis", "redis_unreachable", "", false});
  EXPECT_THAT(text(), HasSubstr("claimferry_sink_up 1"));
  series.count(LocalTrouble{"sink", "disk_full", "", false});
  EXPECT_THAT(text(), HasSubstr("claimferry_sink_up 0"));
  series.count(LocalTrouble{"sink", "", "", true});
  EXPECT_THAT(text(), HasSubstr("claimferry_sink_up 1"));
}

TEST_F(OwnSeriesTest, AReloadFailsUntilOneDoesNot) {
  series.count(FilesReloaded{"vault.key_file", "line 2 is no key", 1});
  EXPECT_THAT(text(), HasSubstr("claimferry_config_reload_failing 1"));
  EXPECT_THAT(text(), Not(HasSubstr("line 2")));
  series.count(FilesReloaded{"vault.key_file", "", 0});
  EXPECT_THAT(text(), HasSubstr("claimferry_config_reload_failing 0"));
  EXPECT_THAT(text(), HasSubstr(R"(claimferry_config_reloads_total{outcome="failed"} 1)"));
  EXPECT_THAT(text(), HasSubstr(R"(claimferry_config_reloads_total{outcome="ok"} 1)"));
}

TEST_F(OwnSeriesTest, TellUnderWhichKeysDataKeysAre) {
  series.count(DataKeyOpened{true});
  series.count(DataKeyOpened{false});
  series.count(DataKeyOpened{false});
  EXPECT_THAT(text(), HasSubstr(R"(claimferry_data_keys_opened_total{key="active"} 1)"));
  EXPECT_THAT(text(), HasSubstr(R"(claimferry_data_keys_opened_total{key="older"} 2)"));
}

TEST_F(OwnSeriesTest, CountHowLateALoopCameBack) {
  series.count(LoopLagged{Duration(0)});
  series.count(LoopLagged{Duration(700)});
  EXPECT_THAT(text(), HasSubstr(R"(claimferry_event_loop_lag_seconds_bucket{le="0.5"} 1)"));
  EXPECT_THAT(text(), HasSubstr(R"(claimferry_event_loop_lag_seconds_bucket{le="1"} 2)"));
}

}  // namespace
}  // namespace claimferry::telemetry
