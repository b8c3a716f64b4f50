// What a running process has used so far, as Linux counts it in /proc.
#pragma once

#include <map>
#include <string>

#include <sys/types.h>

namespace claimferry::bench {

struct ProcessUsage {
  double cpu_seconds = 0;
  std::map<std::string, double> cpu_seconds_by_thread;  // by the thread's name
  long peak_memory_kib = 0;
};

// Throws std::runtime_error when there is no such process.
ProcessUsage usage_of(pid_t process);

}  // namespace claimferry::bench
