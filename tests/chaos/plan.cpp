#include "tests/chaos/plan.hpp"

#include <algorithm>
#include <tuple>

#include "common/base/random.hpp"
#include "tests/chaos/spell.hpp"

namespace claimferry::chaos {
namespace {

// Not more of them, however long the run: members are load, and a payer that withdraws much at once
// is rightly not believed.
constexpr unsigned additions_max = 20;
constexpr unsigned withdrawals_max = 120;

struct Span {
  milliseconds from;
  milliseconds to;
};

class Planner {
 public:
  Planner(std::uint64_t seed, const PlanSize& size) : seed_(seed), size_(size) {}

  std::vector<Step> plan() {
    for (unsigned worker = 0; worker < size_.workers; ++worker) {
      trouble_worker(worker);
    }
    for (unsigned scheduler = 0; scheduler < size_.schedulers; ++scheduler) {
      trouble_scheduler(scheduler);
    }
    trouble_redis();
    trouble_payer();
    change_claims_and_members();
    // What comes at the same time is of different tracks, and in an order of its own.
    std::ranges::sort(
        steps_, {}, [](const Step& step) { return std::tuple(step.at, step.action, step.which); });
    return std::move(steps_);
  }

 private:
  // A track has a sequence of its own, so that a longer one moves no other.
  SeededRandom track() {
    SeededRandom of_track(seed_ * 1'000'003 + ++tracks_);
    return SeededRandom(of_track.next());
  }
  static milliseconds within(SeededRandom& random, Span span) {
    const auto spread = static_cast<std::uint64_t>((span.to - span.from).count());
    return span.from + milliseconds(static_cast<milliseconds::rep>(random.below(spread + 1)));
  }
  void step(milliseconds at, Action action, unsigned which = 0, milliseconds lasts = 0ms) {
    steps_.push_back({at, action, which, lasts});
  }
  // Takes something away and brings it back, both within the length; answers when it is back.
  milliseconds away(milliseconds at, milliseconds lasts, Action taken, Action back,
                    unsigned which) {
    const milliseconds until = std::min(at + lasts, size_.length);
    step(at, taken, which);
    step(until, back, which);
    return until;
  }

  void trouble_worker(unsigned worker) {
    SeededRandom random = track();
    constexpr Span quiet{2s, 14s};
    for (milliseconds at = within(random, quiet); at < size_.length; at += within(random, quiet)) {
      const auto dice = random.below(10);
      if (dice < 4) {
        at = away(at, within(random, {200ms, 4s}), Action::kill_worker, Action::start_worker,
                  worker);
      } else if (dice < 8) {
        at = away(at, within(random, {500ms, 6s}), Action::pause_worker, Action::continue_worker,
                  worker);
      } else {
        at =
            away(at, within(random, {200ms, 4s}), Action::end_worker, Action::start_worker, worker);
      }
    }
  }

  void trouble_scheduler(unsigned scheduler) {
    SeededRandom random = track();
    constexpr Span quiet{4s, 20s};
    for (milliseconds at = within(random, quiet); at < size_.length; at += within(random, quiet)) {
      const Action taken = random.below(3) < 2 ? Action::kill_scheduler : Action::end_scheduler;
      at = away(at, within(random, {500ms, 6s}), taken, Action::start_scheduler, scheduler);
    }
  }

  void trouble_redis() {
    SeededRandom random = track();
    constexpr Span quiet{4s, 12s};
    for (milliseconds at = within(random, quiet); at < size_.length; at += within(random, quiet)) {
      const auto dice = random.below(4);
      const milliseconds lasts = within(random, {0ms, 1500ms});
      if (dice < 2) {
        step(at, Action::cut_connections);
      } else {
        step(at, dice == 2 ? Action::restart_redis : Action::crash_redis, 0, lasts);
      }
    }
  }

  void trouble_payer() {
    SeededRandom random = track();
    constexpr Span quiet{1s, 5s};
    for (milliseconds at = within(random, quiet); at < size_.length; at += within(random, quiet)) {
      const auto spell = static_cast<unsigned>(random.below(spells().size()));
      at = away(at, within(random, {1s, 5s}), Action::payer_ill, Action::payer_well, spell);
    }
  }

  void change_claims_and_members() {
    SeededRandom random = track();
    constexpr Span quiet{300ms, 2s};
    unsigned additions = 0;
    unsigned withdrawals = 0;
    for (milliseconds at = within(random, quiet); at < size_.length; at += within(random, quiet)) {
      const auto dice = random.below(20);
      const auto which = static_cast<unsigned>(random.below(1'000'000));
      if (dice < 2 && additions < additions_max) {
        ++additions;
        step(at, Action::add_member, which);
      } else if (dice < 6 && withdrawals < withdrawals_max) {
        ++withdrawals;
        step(at, Action::withdraw_claim, which);
      } else {
        step(at, dice < 13 ? Action::adjust_claim : Action::add_backfill, which);
      }
    }
  }

  std::uint64_t seed_;
  PlanSize size_;
  std::uint64_t tracks_ = 0;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> make_plan(std::uint64_t seed, const PlanSize& size) {
  return Planner(seed, size).plan();
}

}  // namespace claimferry::chaos
