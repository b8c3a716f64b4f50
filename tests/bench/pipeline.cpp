// claimferry-bench-pipeline: the whole pipeline as real processes on this machine (Redis, sandbox,
// scheduler, one worker), beside claimferry-bench-reader on as many members of the same sizes.
// Prints JSON lines: for each cap the reader, the pipeline and their ratio; then peak memory at
// more members and at more pages.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include <CLI/CLI.hpp>

#include "tests/bench/process_usage.hpp"
#include "tests/integration/fleet.hpp"

namespace claimferry::bench {
namespace {

using integration::Fleet;
using namespace std::chrono_literals;

struct Load {
  unsigned cap;
  unsigned members;
  unsigned eobs;  // of each
};

struct Measured {
  double seconds = 0;
  double cpu_seconds = 0;
  double sink_cpu_seconds = 0;
  double bytes = 0;
  long peak_memory_kib = 0;
};

std::string members_body(const Load& load) {
  return R"({"count":)" + std::to_string(load.members) + R"(,"seed":7,"eobs":)" +
         std::to_string(load.eobs) + "}";
}

double decimal_in(const std::string& json, const std::string& name) {
  const auto at = json.find('"' + name + "\":");
  if (at == std::string::npos) {
    throw std::runtime_error("no " + name + " in " + json);
  }
  return std::strtod(json.c_str() + at + name.size() + 3, nullptr);
}

Measured read_bare(Fleet& fleet, const Load& load) {
  const std::string members = fleet.control("POST", "/v1/members", members_body(load));
  const auto output =
      integration::run({std::string(std::getenv("CLAIMFERRY_BIN")) + "/claimferry-bench-reader",
                        "--config", fleet.config_file(), "--cap", std::to_string(load.cap)},
                       members);
  if (output.status != 0) {
    throw std::runtime_error("the bare reader failed");
  }
  return {decimal_in(output.text, "seconds"), decimal_in(output.text, "cpu_seconds"), 0,
          decimal_in(output.text, "bytes"),
          static_cast<long>(decimal_in(output.text, "peak_memory_kib"))};
}

// A counter of the worker's /metrics, summed over its labels.
double counter(Fleet& fleet, const std::string& name) {
  const std::string text = fleet.metrics("worker");
  double sum = 0;
  for (auto at = text.find("\n" + name); at != std::string::npos;
       at = text.find("\n" + name, at + 1)) {
    const auto end = text.find('\n', at + 1);
    sum += std::strtod(text.c_str() + text.rfind(' ', end), nullptr);
  }
  return sum;
}

// Members wait in the queue before the worker starts, so that its whole life is the run.
Measured run_pipeline(Fleet& fleet, const Load& load) {
  fleet.add_members(load.members, load.eobs);
  const auto begun = std::chrono::steady_clock::now();
  fleet.start_worker("worker");
  if (!fleet.wait_until_synced(load.members, 300s)) {
    throw std::runtime_error("the pipeline did not finish:\n" + fleet.logs());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  const ProcessUsage usage = usage_of(fleet.process("worker").pid());
  Measured measured{took.count(), usage.cpu_seconds, 0,
                    counter(fleet, "claimferry_received_bytes_total"), usage.peak_memory_kib};
  if (const auto sink = usage.cpu_seconds_by_thread.find("sqlite-writer");
      sink != usage.cpu_seconds_by_thread.end()) {
    measured.sink_cpu_seconds = sink->second;
  }
  if (const std::string verdict = fleet.verdict(); !verdict.empty()) {
    throw std::runtime_error("what was measured is not right: " + verdict);
  }
  return measured;
}

Fleet& started(Fleet& fleet) {
  fleet.start_redis();
  fleet.start_sandbox();
  fleet.start_scheduler();
  return fleet;
}

integration::FleetOptions options_for(const Load& load) {
  integration::FleetOptions options;
  const std::string cap = std::to_string(load.cap);
  options.queue = "";
  options.worker = "slots = " + cap + "\nrequests_in_flight_max = " + cap + "\n";
  return options;
}

void print(const char* what, const Load& load, const Measured& measured) {
  const double eobs = static_cast<double>(load.members) * load.eobs;
  std::printf(R"({"bench":"%s","cap":%u,"members":%u,"eobs_per_member":%u,"eobs_per_second":%.0f,)"
              R"("megabytes_per_second":%.1f,"cpu_seconds_per_1000_eobs":%.4f,)"
              R"("of_which_sink":%.4f,"peak_memory_mib":%.1f})"
              "\n",
              what, load.cap, load.members, load.eobs, eobs / measured.seconds,
              measured.bytes / measured.seconds / 1e6, measured.cpu_seconds / eobs * 1000,
              measured.sink_cpu_seconds / eobs * 1000,
              static_cast<double>(measured.peak_memory_kib) / 1024);
  std::fflush(stdout);
}

void compare(const Load& load) {
  Fleet reader_fleet(options_for(load));
  started(reader_fleet);
  read_bare(reader_fleet, load);  // the sandbox's claims are made once, outside what is measured
  const Measured bare = read_bare(reader_fleet, load);
  print("bare_client", load, bare);
  Fleet fleet(options_for(load));
  const Measured pipeline = run_pipeline(started(fleet), load);
  print("pipeline", load, pipeline);
  std::printf(R"({"bench":"pipeline_to_bare_client","cap":%u,"cpu_ratio":%.2f,)"
              R"("cpu_ratio_without_sink":%.2f})"
              "\n",
              load.cap, pipeline.cpu_seconds / bare.cpu_seconds,
              (pipeline.cpu_seconds - pipeline.sink_cpu_seconds) / bare.cpu_seconds);
  std::fflush(stdout);
}

void measure_memory(const Load& load) {
  Fleet fleet(options_for(load));
  print("memory", load, run_pipeline(started(fleet), load));
}

int run(int argc, char** argv) {
  CLI::App app("Measures the pipeline beside the bare HTTP client. JSON lines.");
  unsigned members = 400;
  unsigned eobs = 60;
  app.add_option("--members", members)->capture_default_str();
  app.add_option("--eobs", eobs, "claims of each member")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  for (const unsigned cap : {1U, 8U, 32U}) {
    compare({cap, members, eobs});
  }
  measure_memory({8, members / 4, eobs});
  measure_memory({8, members * 4, eobs});
  measure_memory({8, members / 4, eobs * 16});
  return 0;
}

}  // namespace
}  // namespace claimferry::bench

int main(int argc, char** argv) {
  try {
    return claimferry::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "claimferry-bench-pipeline: %s\n", error.what());
    return 1;
  }
}
