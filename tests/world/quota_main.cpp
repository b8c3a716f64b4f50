// claimferry-quota-world: how a fleet finds a payer's limit and uses it, second by second of
// virtual time, and what came of each minute.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "tests/world/quota_fleet.hpp"

using namespace claimferry;
using namespace claimferry::world;
using quota::Use;

namespace {

void print(const char* unit, std::size_t number, const QuotaSecond& sum) {
  const unsigned answers = sum.granted + sum.refused;
  std::printf("%s %4zu  used %5.1f%%  429 %5.2f%%  granted %6u of %7.0f  refused %4u  calls %5u",
              unit, number, sum.truth > 0 ? 100 * sum.granted / sum.truth : 0,
              answers > 0 ? 100.0 * sum.refused / answers : 0, sum.granted, sum.truth, sum.refused,
              sum.redis_calls);
  for (const Use use : quota::uses) {
    std::printf("  %s %u", std::string(to_string(use)).c_str(), sum.by_use[use]);
  }
}

}  // namespace

int main(int count, char** words) {
  QuotaFleetOptions options;
  options.profile.rate = options.profile.ceiling = 1'000;
  options.limit.burst = 20;
  options.limit.rate = 200;
  std::string kind = "bucket";
  unsigned minutes = 5;
  bool mute = false;
  bool every_second = false;
  CLI::App app("How a fleet finds a payer's limit, in virtual time");
  app.add_option("--kind", kind, "of limit")->check(CLI::IsMember({"bucket", "fixed", "sliding"}));
  app.add_option("--window", options.limit.window_ms, "of the limit, in ms");
  app.add_option("--truth", options.limit.rate, "requests a second that the payer grants");
  app.add_option("--rate", options.profile.rate, "requests a second that the profile says");
  app.add_option("--ceiling", options.profile.ceiling, "of the profile");
  app.add_option("--share", options.profile.backfill_share, "of backfills");
  app.add_flag("--mute", mute, "a 429 names no Retry-After");
  app.add_option("--shards", options.shards);
  app.add_option("--minutes", minutes);
  app.add_option("--seed", options.seed);
  options.demand[Use::routine] = 100;
  app.add_option("--token", options.demand[Use::token], "requests that each shard has waiting");
  app.add_option("--urgent", options.demand[Use::urgent]);
  app.add_option("--routine", options.demand[Use::routine]);
  app.add_option("--backfill", options.demand[Use::backfill]);
  app.add_flag("--trace", every_second, "a line a second, with the rate in force");
  CLI11_PARSE(app, count, words);
  using sandbox::LimitKind;
  options.limit.kind = kind == "bucket"  ? LimitKind::token_bucket
                       : kind == "fixed" ? LimitKind::fixed_window
                                         : LimitKind::sliding_window;
  options.limit.retry_after = mute ? sandbox::RetryAfter::none : sandbox::RetryAfter::seconds;
  options.lasts = std::chrono::minutes(minutes);
  const QuotaRun run = run_quota_fleet(options);
  for (std::size_t at = 0; every_second && at < run.seconds.size(); ++at) {
    print("second", at, run.seconds[at]);
    std::printf("  rate %.1f\n", run.seconds[at].rate);
  }
  for (unsigned minute = 0; minute < minutes; ++minute) {
    const Duration from = std::chrono::minutes(minute);
    print("minute", minute, run.sum(from, from + std::chrono::minutes(1)));
    std::printf("\n");
  }
  std::printf("during a quiet %u, at once above the rate %.1f\n", run.during_quiet,
              run.started_above_bound);
}
