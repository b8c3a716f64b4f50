#include "common/telemetry/process_metrics.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/telemetry/metric_names.hpp"

namespace claimferry::telemetry {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(const char* name, const char* help, MetricType type, double value) {
  MetricFamily made;
  made.name = name;
  made.help = help;
  made.type = type;
  prometheus::ClientMetric sample;
  (type == MetricType::Counter ? sample.counter.value : sample.gauge.value) = value;
  made.metric.push_back(std::move(sample));
  return made;
}

// Of /proc/self/stat, counted from the field behind the program's name, which may hold blanks.
struct Stat {
  double cpu_ticks = 0;
  double start_ticks = 0;
  double virtual_bytes = 0;
  double resident_pages = 0;
};
std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) {
    return std::nullopt;
  }
  std::istringstream fields(line.substr(name_end + 2));
  std::string skipped;
  for (int field = 0; field < 11; ++field) {
    fields >> skipped;
  }
  Stat stat;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  for (int field = 0; field < 6; ++field) {
    fields >> skipped;
  }
  fields >> stat.start_ticks >> stat.virtual_bytes >> stat.resident_pages;
  stat.cpu_ticks = user + system;
  return fields ? std::optional(stat) : std::nullopt;
}

// Seconds since 1970; of the machine's start.
std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) {
      return std::stod(line.substr(6));
    }
  }
  return std::nullopt;
}

std::optional<double> open_files() {
  std::error_code error;
  double number = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error)) {
    ++number;
  }
  return error ? std::nullopt : std::optional(number);
}

}  // namespace

std::vector<MetricFamily> ProcessMetrics::Collect() const {
  std::vector<MetricFamily> families;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (const auto stat = read_stat()) {
    families.push_back(family(metric::process_cpu, "CPU time, user and system", MetricType::Counter,
                              stat->cpu_ticks / ticks));
    families.push_back(family(metric::process_resident, "Resident memory", MetricType::Gauge,
                              stat->resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE))));
    families.push_back(
        family(metric::process_virtual, "Virtual memory", MetricType::Gauge, stat->virtual_bytes));
    if (const auto boot = boot_time()) {
      families.push_back(family(metric::process_start, "When the process began, since 1970",
                                MetricType::Gauge, *boot + stat->start_ticks / ticks));
    }
  }
  if (const auto files = open_files()) {
    families.push_back(
        family(metric::process_open_fds, "Open file descriptors", MetricType::Gauge, *files));
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    families.push_back(family(metric::process_max_fds, "File descriptors that it may open",
                              MetricType::Gauge, static_cast<double>(limit.rlim_cur)));
  }
  return families;
}

}  // namespace claimferry::telemetry
