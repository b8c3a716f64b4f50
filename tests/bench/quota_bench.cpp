// claimferry-bench-quota: how much of a payer's limit a fleet uses, and how often it is refused,
// when the limit is known and when it has to be found. Real processes: Redis, sandbox, scheduler,
// workers. Prints rows of a Markdown table; progress goes to standard error.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include <CLI/CLI.hpp>

#include "tests/bench/quota_report.hpp"
#include "tests/bench/quota_trial.hpp"

namespace claimferry::bench {
namespace {

using namespace std::chrono_literals;

struct Limit {
  const char* name;
  const char* kind;
  std::chrono::milliseconds window;
};
constexpr Limit limits[] = {{"token_bucket", "token_bucket", 1s},
                            {"fixed_1s", "fixed_window", 1s},
                            {"sliding_1s", "sliding_window", 1s},
                            {"fixed_60s", "fixed_window", 60s},
                            {"sliding_60s", "sliding_window", 60s}};
constexpr auto short_window = 1s;
constexpr unsigned known_rate = 200;
// What the fleet is told where the truth is another.
constexpr unsigned rate_told = 1'000;
constexpr unsigned true_rates[] = {200, 50, 400};

struct Options {
  bool quick = false;
  unsigned workers = 4;  // where the limit is unknown
  unsigned told = known_rate;
  unsigned burst = 20;
};

QuotaTrial known(const Limit& limit, unsigned workers, const Options& options) {
  QuotaTrial trial;
  trial.name = std::string("known/") + limit.name + '/' + std::to_string(workers);
  trial.kind = limit.kind;
  trial.window = limit.window;
  trial.retry_after = "seconds";
  trial.workers = workers;
  trial.profile_rate = options.told;
  trial.payer_burst = options.burst;
  trial.spans = {{known_rate, 10s, options.quick ? 20s : 60s}};
  return trial;
}

QuotaTrial unknown(const Limit& limit, const char* retry_after, const Options& options) {
  QuotaTrial trial;
  trial.name = std::string("unknown/") + limit.name + '/' + retry_after;
  trial.kind = limit.kind;
  trial.window = limit.window;
  trial.retry_after = retry_after;
  trial.workers = options.workers;
  trial.profile_rate = rate_told;
  trial.payer_burst = options.burst;
  for (const unsigned rate : true_rates) {
    trial.spans.push_back({rate, options.quick ? 45s : 120s, options.quick ? 30s : 120s});
  }
  return trial;
}

std::vector<QuotaTrial> all_trials(const Options& options) {
  std::vector<QuotaTrial> trials;
  for (const unsigned workers : {1U, 4U}) {
    for (const Limit& limit : limits) {
      if (limit.window == short_window) {
        trials.push_back(known(limit, workers, options));
      }
    }
  }
  for (const Limit& limit : limits) {
    for (const char* retry_after : {"none", "seconds"}) {
      trials.push_back(unknown(limit, retry_after, options));
    }
  }
  return trials;
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

void write_trace(const std::string& path, const QuotaOutcome& outcome) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "w"));
  if (!file) {
    throw std::runtime_error("cannot write " + path);
  }
  print_trace(file.get(), outcome);
}

int run(int argc, char** argv) {
  CLI::App app("Measures the fleet's quota against a limited payer. A Markdown table.");
  Options options;
  bool lists = false;
  std::string traces;
  std::vector<std::string> wanted;
  app.add_flag("--quick", options.quick, "shorter spans, too short to judge by");
  app.add_flag("--list", lists, "the trials' names");
  app.add_option("--workers", options.workers, "where the limit is unknown")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  app.add_option("--told", options.told, "the rate that the fleet is told where it is known")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  app.add_option("--burst", options.burst, "of the payer's token bucket")->capture_default_str();
  app.add_option("--trace", traces, "a folder for each trial's seconds, as CSV");
  app.add_option("trials", wanted, "what their names begin with; all without");
  CLI11_PARSE(app, argc, argv);
  auto trials = all_trials(options);
  std::erase_if(trials, [&](const QuotaTrial& trial) {
    return !wanted.empty() && std::ranges::none_of(wanted, [&](const std::string& name) {
      return trial.name.starts_with(name);
    });
  });
  if (!lists) {
    print_head(stdout);
  }
  for (const QuotaTrial& trial : trials) {
    if (lists) {
      std::puts(trial.name.c_str());
      continue;
    }
    std::fprintf(stderr, "%s …\n", trial.name.c_str());
    const QuotaOutcome outcome = carry_out(trial);
    print_rows(stdout, trial, outcome);
    if (!traces.empty()) {
      std::string file = trial.name + ".csv";
      std::ranges::replace(file, '/', '-');
      write_trace(traces + '/' + file, outcome);
    }
  }
  return 0;
}

}  // namespace
}  // namespace claimferry::bench

int main(int argc, char** argv) {
  try {
    return claimferry::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "claimferry-bench-quota: %s\n", error.what());
    return 1;
  }
}
