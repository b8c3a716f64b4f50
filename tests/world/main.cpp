// claimferry-world: runs simulated worlds. A failing seed is replayed by the line it prints; a
// scenario whose trouble never came, over enough worlds, fails too.
#include <cstdio>
#include <cstdlib>
#include <map>

#include <CLI/CLI.hpp>

#include "tests/world/world.hpp"

namespace claimferry::world {
namespace {

// So many times more seeds where CLAIMFERRY_NIGHTLY is set.
constexpr std::uint64_t nightly = 16;
// A scenario that was run so often must have met all that it expects.
constexpr unsigned worlds_to_judge_a_scenario = 12;

struct Words {
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  std::string scenario;
  bool quiet = false;
};

struct Seen {
  unsigned worlds = 0;
  Duration settled_after_max = Duration::zero();
  Tally tally;
};
using SeenByScenario = std::map<std::string, Seen>;

unsigned long long printable(std::uint64_t number) {
  return number;
}

void tell(const WorldReport& report, std::uint64_t seed, const std::string& name, bool quiet) {
  if (!report.problem.empty()) {
    std::printf("seed %llu %s FAILED: %s\n  replay: claimferry-world --seed %llu --scenario %s\n",
                printable(seed), name.c_str(), report.problem.c_str(), printable(seed),
                name.c_str());
  } else if (!quiet) {
    std::printf("seed %llu %s: %lld s simulated, %llu Redis commands, %llu requests, %llu deaths\n",
                printable(seed), name.c_str(),
                static_cast<long long>(report.simulated / std::chrono::seconds(1)),
                printable(report.redis_commands), printable(report.requests),
                printable(report.tally[Strike::deaths]));
  }
}

bool run_one(const Words& words, std::uint64_t seed, SeenByScenario& seen) {
  WorldOptions options;
  options.seed = seed;
  options.scenario = words.scenario.empty() ? &scenarios()[seed % scenarios().size()]
                                            : find_scenario(words.scenario);
  const WorldReport report = run_world(options);
  const std::string name(options.scenario->name);
  tell(report, seed, name, words.quiet);
  Seen& of = seen[name];
  ++of.worlds;
  of.settled_after_max = std::max(of.settled_after_max, report.settled_after);
  of.tally += report.tally;
  return report.problem.empty();
}

void show(const std::string& name, const Seen& seen) {
  std::printf("%s: %u worlds, calm again after %lld s at most;", name.c_str(), seen.worlds,
              static_cast<long long>(seen.settled_after_max / std::chrono::seconds(1)));
  for (std::size_t at = 0; at < strike_count; ++at) {
    const auto strike = static_cast<Strike>(at);
    if (seen.tally[strike] > 0) {
      std::printf(" %s %llu", std::string(to_string(strike)).c_str(),
                  printable(seen.tally[strike]));
    }
  }
  std::printf("\n");
}

// Answers how many scenarios did not meet their trouble.
unsigned judge_scenarios(const SeenByScenario& seen, bool quiet) {
  unsigned idle = 0;
  for (const Scenario& scenario : scenarios()) {
    const std::string name(scenario.name);
    const auto found = seen.find(name);
    if (found == seen.end()) {
      continue;
    }
    if (!quiet) {
      show(name, found->second);
    }
    for (const Strike strike : scenario.expects) {
      if (found->second.worlds >= worlds_to_judge_a_scenario && found->second.tally[strike] == 0) {
        std::printf("scenario %s FAILED: %s never came in %u worlds\n", name.c_str(),
                    std::string(to_string(strike)).c_str(), found->second.worlds);
        ++idle;
      }
    }
  }
  return idle;
}

int run(int argc, char** argv) {
  CLI::App app("Simulated worlds: the real worker and scheduler under a virtual clock.");
  Words words;
  app.add_option("--seed", words.seed, "the first seed")->capture_default_str();
  app.add_option("--seeds", words.seeds, "how many in a row; more with CLAIMFERRY_NIGHTLY set")
      ->capture_default_str();
  app.add_option("--scenario", words.scenario, "else by the seed");
  app.add_flag("--quiet", words.quiet, "only failures");
  CLI11_PARSE(app, argc, argv);
  if (!words.scenario.empty() && find_scenario(words.scenario) == nullptr) {
    std::fprintf(stderr, "no such scenario; there are:");
    for (const Scenario& scenario : scenarios()) {
      std::fprintf(stderr, " %s", std::string(scenario.name).c_str());
    }
    std::fprintf(stderr, "\n");
    return 2;
  }
  // One seed is a replay.
  if (words.seeds > 1 && std::getenv("CLAIMFERRY_NIGHTLY") != nullptr) {
    words.seed *= nightly;
    words.seeds *= nightly;
  }
  std::uint64_t failed = 0;
  SeenByScenario seen;
  for (std::uint64_t at = 0; at < words.seeds; ++at) {
    failed += run_one(words, words.seed + at, seen) ? 0 : 1;
  }
  const unsigned idle = judge_scenarios(seen, words.quiet);
  std::printf("%llu worlds, %llu failed; %u of %zu scenarios idle\n", printable(words.seeds),
              printable(failed), idle, scenarios().size());
  return failed == 0 && idle == 0 ? 0 : 1;
}

}  // namespace
}  // namespace claimferry::world

int main(int argc, char** argv) {
  return claimferry::world::run(argc, argv);
}
