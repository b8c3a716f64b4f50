#include "common/config/environment.hpp"

#include <gtest/gtest.h>

namespace claimferry::config {
namespace {

TEST(Environment, NamesKeys) {
  EXPECT_EQ(environment_name("worker.slots"), "CLAIMFERRY_WORKER__SLOTS");
  EXPECT_EQ(environment_name("payer.aetna-sandbox.quota.rate"),
            "CLAIMFERRY_PAYER__AETNA_SANDBOX__QUOTA__RATE");
}

TEST(Environment, LeavesAloneWhatIsNoSetting) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"CLAIMFERRY_CONFIG", "x"},
      {"CLAIMFERRY_BIN", "x"},
      {"CLAIMFERRY_SOURCE", "x"},
      {"CLAIMFERRY_CORPUS", "x"},
      {"CLAIMFERRY_KEEP", "1"},
      {"CLAIMFERRY_NIGHTLY", "1"},
      {"CLAIMFERRY_REDIS_PORT", "tcp://10.0.0.1:6379"},
      {"CLAIMFERRY_REDIS_SERVICE_HOST", "10.0.0.1"},
      {"CLAIMFERRY_REDIS_SERVICE_PORT", "6379"},
      {"CLAIMFERRY_REDIS_SERVICE_PORT_REDIS", "6379"},
      {"CLAIMFERRY_REDIS_PORT_6379_TCP", "tcp://10.0.0.1:6379"},
      {"CLAIMFERRY_REDIS_PORT_6379_TCP_ADDR", "10.0.0.1"},
  };
  for (const auto& [variable, value] : table) {
    EXPECT_TRUE(is_no_setting(variable, value)) << variable;
  }
  for (const auto* variable : {"CLAIMFERRY_WORKER_SLOTS", "CLAIMFERRY_PORT", "CLAIMFERRY_REDIS"}) {
    EXPECT_FALSE(is_no_setting(variable, "6379")) << variable;
  }
}

}  // namespace
}  // namespace claimferry::config
