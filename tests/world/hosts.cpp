#include "tests/world/hosts.hpp"

namespace claimferry::world {

Duration up_to(Random& random, Duration most) {
  const auto bound = static_cast<std::uint64_t>(most.count());
  return Duration(1 + static_cast<Duration::rep>(random.below(bound)));
}

void Hosts::start(bool is_worker) {
  const std::uint64_t seed = random_.next();
  const std::string number = std::to_string(++started_);
  std::unique_ptr<Host> host;
  if (is_worker) {
    host = std::make_unique<WorkerHost>(around_, seed, "w" + number);
  } else {
    host = std::make_unique<SchedulerHost>(around_, seed, "s" + number);
  }
  if (skew_max_ > Duration::zero()) {
    host->clock().step(up_to(random_, 2 * skew_max_) - skew_max_);
  }
  host->start();
  all_.push_back(std::move(host));
}

awaitable<void> Hosts::replace(bool is_worker) {
  const Duration after = up_to(random_, std::chrono::seconds(30));
  co_await around_.time.sleep(after);
  start(is_worker);
}

Host* Hosts::anyone_alive() {
  std::vector<Host*> alive;
  for (const auto& host : all_) {
    if (!host->dead()) {
      alive.push_back(host.get());
    }
  }
  return alive.empty() ? nullptr : alive[random_.below(alive.size())];
}

void Hosts::drain_one() {
  Host* chosen = nullptr;
  for (const auto& host : all_) {
    // A process is told to end once; one that is at work has more to hand back.
    if (host->is_worker() && !host->dead() && !host->draining() &&
        (chosen == nullptr || watch_.jobs_of(host->name()) > 0)) {
      chosen = host.get();
    }
  }
  if (chosen != nullptr) {
    spawn_(drain(static_cast<WorkerHost&>(*chosen)));
  }
}

awaitable<void> Hosts::drain(WorkerHost& host) {
  tally_[Strike::drains] += watch_.jobs_of(host.name()) > 0 ? 1 : 0;
  watch_.drain_begins(host.name());
  host.begin_draining();
  co_await host.drain();
  watch_.drain_ended(host.name());
  if (!host.dead()) {
    host.kill();
    start(true);
  }
}

}  // namespace claimferry::world
