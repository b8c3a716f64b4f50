#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "common/async/sleeper.hpp"
#include "common/queue/adapter/queue_scripts.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/console_call.hpp"
#include "scheduler/ctl/session.hpp"
#include "scheduler/ctl/top/picture.hpp"
#include "scheduler/ctl/top/terminal.hpp"
#include "scheduler/desired_workers.hpp"
#include "scheduler/drain_estimate.hpp"
#include "scheduler/redis_health.hpp"

namespace claimferry::ctl {
namespace {

constexpr unsigned plain_width = 100;
constexpr std::size_t dead_lines_max = 6;

struct TopWords {
  double interval_seconds = 2;
  unsigned looks = 0;  // 0: until it is ended
};

class Watcher {
 public:
  explicit Watcher(const Context& context) : config_(load_config(context)), session_(config_) {}

  // Redis away leaves what was seen last, with the reason; before anything was seen, CommandFailed.
  const Look& look() {
    const SteadyTime asked = clock_.steady();
    auto redis = session_.result_of(redis_health());
    const double latency = std::chrono::duration<double>(clock_.steady() - asked).count();
    auto stats = session_.result_of(session_.queue().stats());
    look_.at = clock_.wall();
    look_.trouble = stats ? "" : stats.failure().detail;
    if (!stats) {
      if (!has_seen_) {
        throw command_failed(stats.failure());
      }
      return look_;
    }
    has_seen_ = true;
    look_.redis = *redis;
    look_.redis.latency_seconds = latency;
    note_pace(*stats);
    look_.desired_workers = scheduler::desired_workers(*stats, config_.worker);
    look_.dead = stats->dead > 0 ? dead_lines() : std::vector<std::string>();
    look_.stats = std::move(*stats);
    return look_;
  }

  void rest(Duration how_long) { static_cast<void>(session_.result_of(pause(how_long))); }

 private:
  awaitable<Result<void>> pause(Duration how_long) {
    co_await sleeper_.sleep(how_long);
    co_return Result<void>();
  }
  awaitable<Result<telemetry::RedisSnapshot>> redis_health() {
    co_return co_await scheduler::look_at_redis(session_.redis());
  }

  void note_pace(const queue::QueueStats& stats) {
    drain_.note(clock_.steady(), stats.ended);
    const std::uint64_t unfinished = stats.unfinished();
    const bool is_known = unfinished == 0 || drain_.has_pace();
    look_.drain_seconds = is_known ? std::optional(drain_.seconds_for(unfinished)) : std::nullopt;
    look_.jobs_a_second = drain_.jobs_a_second();
  }

  // The kinds of dead letters and the last of them, as redis-cli has them.
  std::vector<std::string> dead_lines() {
    std::vector<std::string> lines = lines_of({"cf_dead", {}, ""});
    lines.emplace_back("the last:");
    std::ranges::move(lines_of({"cf_dead_list", {"limit=3"}, ""}), std::back_inserter(lines));
    return lines;
  }
  // None where no scheduler has loaded the functions yet.
  std::vector<std::string> lines_of(const ConsoleCall& call) {
    const auto reply = session_.result_of(session_.redis().command(as_command(call)));
    std::vector<std::string> lines;
    if (reply && reply->error() == nullptr) {
      std::string text = as_text(*reply);
      while (!text.empty() && lines.size() < dead_lines_max) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.erase(0, end + 1);
      }
    }
    return lines;
  }

  config::Config config_;
  Session session_;
  SystemClock clock_;
  TimerSleeper sleeper_;
  scheduler::DrainEstimate drain_;
  Look look_;
  bool has_seen_ = false;
};

bool wants_colours() {
  const char* no_colour = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe)
  return no_colour == nullptr || *no_colour == '\0';
}

Duration interval_of(const TopWords& words) {
  return std::chrono::round<Duration>(std::chrono::duration<double>(words.interval_seconds));
}

bool is_last(const TopWords& words, unsigned looked) {
  return words.looks != 0 && looked >= words.looks;
}

void show_on_terminal(Watcher& watcher, const TopWords& words) {
  const Paint paint = wants_colours() ? Paint::colours : Paint::none;
  const Terminal terminal;
  for (unsigned looked = 1;; ++looked) {
    auto lines = draw(watcher.look(), terminal.width(), paint);
    lines.emplace_back();
    lines.emplace_back("q ends it");
    terminal.show(lines);
    if (is_last(words, looked) || !terminal.wait(interval_of(words))) {
      return;
    }
  }
}

// For a file, a pipe or a terminal that cannot be drawn on: a block a look, no escapes.
void print(Watcher& watcher, const TopWords& words, bool as_json) {
  for (unsigned looked = 1;; ++looked) {
    const Look& look = watcher.look();
    if (as_json) {
      std::puts(look_json(look).c_str());
    } else {
      for (const std::string& line : draw(look, plain_width, Paint::none)) {
        std::puts(line.c_str());
      }
    }
    if (std::fflush(stdout) != 0 || is_last(words, looked)) {
      return;
    }
    watcher.rest(interval_of(words));
    if (!as_json) {
      std::puts("");
    }
  }
}

void run_top(const Context& context, const TopWords& words) {
  Watcher watcher(context);
  if (!context.json && Terminal::is_there()) {
    show_on_terminal(watcher, words);
  } else {
    print(watcher, words, context.json);
  }
}

}  // namespace

void add_top_command(CLI::App& app, Context& context) {
  CLI::App* top = app.add_subcommand(
      "top", "freshness, lanes, workers, quota and dead letters, live; q ends it");
  auto words = std::make_shared<TopWords>();
  top->add_option("--interval", words->interval_seconds, "seconds between two looks")
      ->check(CLI::Range(0.2, 3'600.0));
  top->add_option("--looks", words->looks, "end after so many; without, q or Ctrl-C ends it");
  top->callback(
      [&context, words] { context.run = [&context, words] { run_top(context, *words); }; });
}

}  // namespace claimferry::ctl
