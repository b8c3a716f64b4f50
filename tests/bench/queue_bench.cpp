// claimferry-bench-queue: jobs without work through the queue beside what the same Redis does for
// redis-benchmark, in turns, medians of which are printed; then the latency of a claim, bytes of
// memory, and the time until a killed worker's job goes on. Prints JSON lines.
#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "tests/bench/process_usage.hpp"
#include "tests/bench/queue_load.hpp"
#include "tests/bench/queue_memory.hpp"
#include "tests/bench/recovery.hpp"
#include "tests/bench/redis_gauge.hpp"
#include "tests/bench/redis_limit.hpp"

namespace claimferry::bench {
namespace {

constexpr unsigned moves_of_a_job = 3;  // enqueue, claim, finish
// At two pages a second, three kills spread over a heartbeat of 10 s.
constexpr long first_kill_pages = 5;
constexpr long pages_between_kills = 7;

struct Options {
  std::size_t jobs = 30'000;
  std::size_t members = 4'000;
  unsigned turns = 3;
  unsigned slots = 32;
  unsigned producers = 32;
  std::size_t memory_members = 100'000;
  long kills = 3;
  bool listens = true;
};

// One turn of each, in figures a second and microseconds of CPU a job or call.
struct Turn {
  double jobs_per_second = 0;
  double script_calls_per_second = 0;
  double jobs_per_claim = 0;
  double redis_us_per_job = 0;
  double our_us_per_job = 0;
  double claim_p50_ms = 0;
  double claim_p99_ms = 0;
  double limit_calls_per_second = 0;
  double redis_us_per_limit_call = 0;

  double ratio() const { return jobs_per_second * moves_of_a_job / limit_calls_per_second; }
  double cpu_ratio() const { return redis_us_per_limit_call * moves_of_a_job / redis_us_per_job; }
};

double percentile(const std::vector<double>& sorted, double part) {
  const auto at = static_cast<std::size_t>(part * static_cast<double>(sorted.size()));
  return sorted.empty() ? 0 : sorted[std::min(at, sorted.size() - 1)];
}

double cpu_of(const contract::RedisServer& server) {
  return usage_of(server.process()).cpu_seconds;
}

void take_our_turn(const contract::RedisServer& server, unsigned shards, const Options& options,
                   Turn& turn) {
  const QueueLoad load{
      shards, options.slots, options.producers, options.listens, options.members, options.jobs, 0};
  const double calls_before = script_calls(server);
  const double redis_before = cpu_of(server);
  const double ours_before = usage_of(::getpid()).cpu_seconds;
  const QueueLoadFigures figures = carry(server.endpoint(), load);
  const auto jobs = static_cast<double>(options.jobs);
  turn.redis_us_per_job = (cpu_of(server) - redis_before) / jobs * 1e6;
  turn.our_us_per_job = (usage_of(::getpid()).cpu_seconds - ours_before) / jobs * 1e6;
  turn.jobs_per_second = jobs / figures.seconds;
  turn.script_calls_per_second = (script_calls(server) - calls_before) / figures.seconds;
  turn.jobs_per_claim = jobs / static_cast<double>(std::max<std::uint64_t>(1, figures.claims));
  turn.claim_p50_ms = percentile(figures.claim_milliseconds, 0.5);
  turn.claim_p99_ms = percentile(figures.claim_milliseconds, 0.99);
}

void take_redis_turn(const contract::RedisServer& server, unsigned shards, const Options& options,
                     Turn& turn) {
  const LimitOptions limit{shards, options.slots + options.producers, options.members,
                           options.jobs * moves_of_a_job};
  const double redis_before = cpu_of(server);
  const LimitFigures figures = run_limit(server, limit);
  const auto calls = static_cast<double>(limit.calls);
  turn.redis_us_per_limit_call = (cpu_of(server) - redis_before) / calls * 1e6;
  turn.limit_calls_per_second = calls / figures.seconds;
}

template <class Figure>
double median(const std::vector<Turn>& turns, Figure figure) {
  std::vector<double> all;
  for (const Turn& turn : turns) {
    all.push_back(figure(turn));
  }
  std::ranges::sort(all);
  return all[all.size() / 2];
}

void measure_jobs(unsigned shards, const Options& options) {
  // Without a rewrite of the log, which would meet one turn and not the other.
  contract::RedisServer server(
      {"--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0"});
  server.start();
  // More than the history keeps, so that every turn meets a full one.
  constexpr std::size_t history = 12'000;
  const std::size_t first_jobs = std::max(options.members, history);
  add_members(server.endpoint(), first_jobs);
  QueueLoad first;
  first.queued = first_jobs;
  carry(server.endpoint(), first);
  std::vector<Turn> turns(options.turns);
  for (Turn& turn : turns) {
    take_our_turn(server, shards, options, turn);
    take_redis_turn(server, shards, options, turn);
  }
  const auto of = [&](auto figure) { return median(turns, figure); };
  std::printf(
      R"({"bench":"queue_jobs","shards":%u,"jobs_per_second":%.0f,"script_calls_per_second":%.0f,)"
      R"("jobs_per_claim":%.1f,"limit_calls_per_second":%.0f,"moves_to_limit":%.3f,)"
      R"("redis_cpu_us_per_job":%.1f,"our_cpu_us_per_job":%.1f,"redis_cpu_us_per_limit_call":%.1f,)"
      R"("cpu_moves_to_limit":%.3f,"claim_p50_ms":%.2f,"claim_p99_ms":%.2f,"turns":%u})"
      "\n",
      shards, of([](const Turn& turn) { return turn.jobs_per_second; }),
      of([](const Turn& turn) { return turn.script_calls_per_second; }),
      of([](const Turn& turn) { return turn.jobs_per_claim; }),
      of([](const Turn& turn) { return turn.limit_calls_per_second; }),
      of([](const Turn& turn) { return turn.ratio(); }),
      of([](const Turn& turn) { return turn.redis_us_per_job; }),
      of([](const Turn& turn) { return turn.our_us_per_job; }),
      of([](const Turn& turn) { return turn.redis_us_per_limit_call; }),
      of([](const Turn& turn) { return turn.cpu_ratio(); }),
      of([](const Turn& turn) { return turn.claim_p50_ms; }),
      of([](const Turn& turn) { return turn.claim_p99_ms; }), options.turns);
  std::fflush(stdout);
}

void measure_memory(const Options& options) {
  const QueueMemory memory = measure_queue_memory(options.memory_members);
  std::printf(R"({"bench":"queue_memory","members":%zu,"bytes_per_fresh_job":%.0f,)"
              R"("bytes_per_idle_member":%.0f,"bytes_per_member_with_first_job":%.0f})"
              "\n",
              options.memory_members, memory.fresh_job, memory.idle_member, memory.member_with_job);
  std::fflush(stdout);
}

void measure_kills(const char* lease, const char* queue, const Options& options) {
  std::vector<double> seconds;
  for (long kill = 0; kill < options.kills; ++kill) {
    seconds.push_back(measure_recovery(queue, first_kill_pages + pages_between_kills * kill));
  }
  std::ranges::sort(seconds);
  std::printf(R"({"bench":"kill_to_next_request","lease":"%s","seconds":%.2f,"seconds_min":%.2f,)"
              R"("seconds_max":%.2f,"kills":%ld})"
              "\n",
              lease, seconds[seconds.size() / 2], seconds.front(), seconds.back(), options.kills);
  std::fflush(stdout);
}

int run(int argc, char** argv) {
  CLI::App app("Measures the queue beside its Redis. JSON lines.");
  Options options;
  app.add_option("--jobs", options.jobs, "of each turn")->capture_default_str();
  app.add_option("--queue-members", options.members, "that go round")->capture_default_str();
  app.add_option("--turns", options.turns)->check(CLI::Range(1, 99))->capture_default_str();
  app.add_option("--slots", options.slots, "of each shard")->capture_default_str();
  app.add_option("--producers", options.producers, "of each shard")->capture_default_str();
  app.add_option("--memory-members", options.memory_members)->capture_default_str();
  app.add_option("--kills", options.kills, "of each lease; 0: none")->capture_default_str();
  app.add_flag("!--no-hints", options.listens, "shards do not listen for hints");
  CLI11_PARSE(app, argc, argv);
  for (const unsigned shards : {1U, 4U}) {
    measure_jobs(shards, options);
  }
  if (options.memory_members > 0) {
    measure_memory(options);
  }
  if (options.kills > 0) {
    measure_kills("2s", "lease = \"2s\"\nheartbeat = \"500ms\"\n", options);
    measure_kills("30s", "", options);
  }
  return 0;
}

}  // namespace
}  // namespace claimferry::bench

int main(int argc, char** argv) {
  try {
    return claimferry::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "claimferry-bench-queue: %s\n", error.what());
    return 1;
  }
}
