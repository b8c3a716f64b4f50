#include "tests/bench/process_usage.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <unistd.h>

namespace claimferry::bench {
namespace {

namespace fs = std::filesystem;

// proc(5): fields 14 and 15 of stat are user and system time in clock ticks. The second field is a
// name in parentheses that may hold anything, so counting begins behind it.
double cpu_seconds(const fs::path& stat) {
  std::ifstream file(stat);
  std::string text;
  if (!std::getline(file, text)) {
    return 0;  // the thread ended meanwhile
  }
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) {
    fields >> skipped;
  }
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

long peak_memory_kib(const fs::path& status) {
  std::ifstream file(status);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) {
      return std::stol(line.substr(line.find_first_of("0123456789")));
    }
  }
  return 0;
}

}  // namespace

ProcessUsage usage_of(pid_t process) {
  const fs::path home = fs::path("/proc") / std::to_string(process);
  if (!fs::exists(home)) {
    throw std::runtime_error("the process to measure is gone");
  }
  ProcessUsage usage;
  usage.cpu_seconds = cpu_seconds(home / "stat");
  usage.peak_memory_kib = peak_memory_kib(home / "status");
  for (const auto& thread : fs::directory_iterator(home / "task")) {
    usage.cpu_seconds_by_thread[first_line(thread.path() / "comm")] +=
        cpu_seconds(thread.path() / "stat");
  }
  return usage;
}

}  // namespace claimferry::bench
