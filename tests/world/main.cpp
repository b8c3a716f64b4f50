// claimferry-world: runs simulated worlds. A failing seed is replayed by the line it prints.
#include <algorithm>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "tests/world/world.hpp"

namespace claimferry::world {
namespace {

struct Words {
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  std::string scenario;
  bool quiet = false;
};

const Scenario* scenario_named(const std::string& name) {
  const auto& all = scenarios();
  const auto found = std::ranges::find(all, name, &Scenario::name);
  return found == all.end() ? nullptr : &*found;
}

bool run_one(const Words& words, std::uint64_t seed) {
  WorldOptions options;
  options.seed = seed;
  options.scenario =
      words.scenario.empty() ? &scenarios()[seed % scenario_count] : scenario_named(words.scenario);
  const WorldReport report = run_world(options);
  const std::string name(options.scenario->name);
  if (!report.problem.empty()) {
    std::printf("seed %llu %s FAILED: %s\n  replay: claimferry-world --seed %llu --scenario %s\n",
                static_cast<unsigned long long>(seed), name.c_str(), report.problem.c_str(),
                static_cast<unsigned long long>(seed), name.c_str());
  } else if (!words.quiet) {
    std::printf("seed %llu %s: %lld s simulated, %llu Redis commands, %llu requests, %u deaths\n",
                static_cast<unsigned long long>(seed), name.c_str(),
                static_cast<long long>(report.simulated / std::chrono::seconds(1)),
                static_cast<unsigned long long>(report.redis_commands),
                static_cast<unsigned long long>(report.requests), report.deaths);
  }
  return report.problem.empty();
}

int run(int argc, char** argv) {
  CLI::App app("Simulated worlds: the real worker and scheduler under a virtual clock.");
  Words words;
  app.add_option("--seed", words.seed, "the first seed")->capture_default_str();
  app.add_option("--seeds", words.seeds, "how many in a row")->capture_default_str();
  app.add_option("--scenario", words.scenario, "else by the seed");
  app.add_flag("--quiet", words.quiet, "only failures");
  CLI11_PARSE(app, argc, argv);
  if (!words.scenario.empty() && scenario_named(words.scenario) == nullptr) {
    std::fprintf(stderr, "no such scenario; there are:");
    for (const Scenario& scenario : scenarios()) {
      std::fprintf(stderr, " %s", std::string(scenario.name).c_str());
    }
    std::fprintf(stderr, "\n");
    return 2;
  }
  std::uint64_t failed = 0;
  for (std::uint64_t at = 0; at < words.seeds; ++at) {
    failed += run_one(words, words.seed + at) ? 0 : 1;
  }
  std::printf("%llu worlds, %llu failed\n", static_cast<unsigned long long>(words.seeds),
              static_cast<unsigned long long>(failed));
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace claimferry::world

int main(int argc, char** argv) {
  return claimferry::world::run(argc, argv);
}
