// claimferry backfill watch: a batch's progress until it ends. Whoever stops watching stops
// nothing: the batch is the scheduler's business, and is watched again with the same words.
#include <cstdio>
#include <iostream>
#include <optional>

#include "common/async/sleeper.hpp"
#include "scheduler/ctl/batch_progress.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/console_call.hpp"
#include "scheduler/ctl/detach.hpp"
#include "scheduler/ctl/progress.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

constexpr Duration look_interval = std::chrono::milliseconds(500);

class BatchWatch {
 public:
  BatchWatch(const Context& context, std::string batch)
      : session_(load_config(context)), batch_(std::move(batch)) {}

  BatchProgress look() {
    const ConsoleCall call{"cf_backfills", {batch_, "as=json"}, ""};
    return BatchProgress::parse(as_text(session_.call(call)));
  }
  // Nothing while Redis is away: the batch is in no hurry.
  std::optional<BatchProgress> look_if_there() {
    try {
      return look();
    } catch (const CommandFailed& failure) {
      if (failure.status != program::unreachable) {
        throw;
      }
      return std::nullopt;
    }
  }
  void rest() { static_cast<void>(session_.result_of(pause())); }

 private:
  awaitable<Result<void>> pause() {
    co_await sleeper_.sleep(look_interval);
    co_return Result<void>();
  }

  Session session_;
  TimerSleeper sleeper_;
  std::string batch_;
};

void watch_batch(const Context& context, const std::string& batch) {
  detach_on_interrupt();
  const SystemClock clock;
  BatchWatch watch(context, batch);
  BatchProgress progress = watch.look();
  bool is_away = false;
  {
    Progress shown(std::cerr, standard_error_is_terminal(), clock, "backfill " + batch);
    while (!progress.is_over() && !asked_to_detach()) {
      shown.tell(progress.ended, progress.members, is_away ? "Redis is away" : progress.bar());
      watch.rest();
      const auto next = watch.look_if_there();
      is_away = !next;
      progress = next.value_or(progress);
    }
  }
  std::puts(context.json ? progress.json.c_str() : progress.text().c_str());
  if (!progress.is_over()) {
    std::fprintf(stderr, "claimferry: the batch goes on unwatched: claimferry backfill watch %s\n",
                 batch.c_str());
  } else if (progress.dead > 0) {
    throw CommandFailed{program::failed, std::to_string(progress.dead) +
                                             " of it are dead letters: claimferry dead count"};
  }
}

}  // namespace

void add_backfill_watch(CLI::App& backfill, Context& context) {
  CLI::App* watch = backfill.add_subcommand("watch", "a batch's progress until it ends");
  auto batch = std::make_shared<std::string>();
  watch->add_option("batch", *batch, "as `backfill many` answered it")->required();
  watch->footer(
      "Ctrl-C stops watching, not the batch. Exit status 1 where some of it became dead letters.");
  watch->callback(
      [&context, batch] { context.run = [&context, batch] { watch_batch(context, *batch); }; });
}

}  // namespace claimferry::ctl
