#include "common/telemetry/process_metrics.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>
#include <unistd.h>

#include "common/telemetry/metric_names.hpp"

namespace claimferry::telemetry {
namespace {

std::map<std::string, double> values() {
  std::map<std::string, double> values;
  for (const auto& family : ProcessMetrics().Collect()) {
    const auto& sample = family.metric.at(0);
    values[family.name] =
        family.type == prometheus::MetricType::Counter ? sample.counter.value : sample.gauge.value;
  }
  return values;
}

TEST(ProcessMetrics, TellsWhatThisProcessTakes) {
  const auto now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const auto found = values();
  EXPECT_GT(found.at(metric::process_resident), 1e6);
  EXPECT_GT(found.at(metric::process_virtual), found.at(metric::process_resident));
  EXPECT_GT(found.at(metric::process_max_fds), found.at(metric::process_open_fds));
  EXPECT_GE(found.at(metric::process_cpu), 0);
  EXPECT_LE(found.at(metric::process_start), now + 1);
  EXPECT_GT(found.at(metric::process_start), now - 3'600);
}

TEST(ProcessMetrics, CountsAFileThatIsOpened) {
  const double before = values().at(metric::process_open_fds);
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  EXPECT_EQ(values().at(metric::process_open_fds), before + 1);
  ::close(file);
}

TEST(ProcessMetrics, CountsCpuAndMemoryThatIsUsed) {
  const auto before = values();
  std::vector<char> memory(64U << 20U, 'x');
  volatile double sum = 0;
  while (values().at(metric::process_cpu) < before.at(metric::process_cpu) + 0.05) {
    for (std::size_t at = 0; at < memory.size(); at += 64) {
      sum = sum + memory[at];
    }
  }
  EXPECT_GT(values().at(metric::process_resident),
            before.at(metric::process_resident) + (48U << 20U));
}

}  // namespace
}  // namespace claimferry::telemetry
