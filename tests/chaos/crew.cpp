#include "tests/chaos/crew.hpp"

#include <csignal>

namespace claimferry::chaos {

void Crew::start(const std::string& name) {
  const auto found = standings_.find(name);
  if (found != standings_.end() && found->second == Standing::ending) {
    ended(name, fleet_.wait_for_end(name));
  }
  if (found != standings_.end() && found->second != Standing::away) {
    return;  // what ended unasked was told already
  }
  fleet_.launch(name);
  standings_[name] = Standing::up;
}

void Crew::kill(const std::string& name) {
  if (standings_.at(name) == Standing::up) {
    const int status = fleet_.stop(name, SIGKILL);
    if (status == 128 + SIGKILL) {
      standings_[name] = Standing::away;
    } else {
      ended(name, status);  // it was faster
    }
  }
}

void Crew::end(const std::string& name) {
  if (standings_.at(name) == Standing::up) {
    // Before it is ready it knows no SIGTERM yet, and dies of it.
    fleet_.wait_until_ready(name);
    fleet_.process(name).signal(SIGTERM);
    standings_[name] = Standing::ending;
  }
}

void Crew::pause(const std::string& name) {
  if (standings_.at(name) == Standing::up) {
    fleet_.pause_between_writes(name);
    standings_[name] = Standing::paused;
  }
}

void Crew::resume(const std::string& name) {
  if (standings_.at(name) == Standing::paused) {
    fleet_.process(name).signal(SIGCONT);
    standings_[name] = Standing::up;
  }
}

void Crew::ended(const std::string& name, int status) {
  const bool asked = standings_.at(name) == Standing::ending;
  if (!asked || status != 0) {
    mishaps_.push_back(name + " ended " + (asked ? "on SIGTERM" : "unasked") + " with status " +
                       std::to_string(status));
  }
  standings_[name] = Standing::away;
}

void Crew::watch() {
  for (const auto& [name, standing] : standings_) {
    if (standing != Standing::away && !fleet_.process(name).running()) {
      ended(name, fleet_.wait_for_end(name));
    }
  }
}

void Crew::all_up() {
  for (const auto& [name, standing] : standings_) {
    if (standing == Standing::paused) {
      resume(name);
    } else if (standing != Standing::up) {
      start(name);
    }
  }
  for (const auto& [name, standing] : standings_) {
    fleet_.wait_until_ready(name);
  }
}

void Crew::end_all() {
  end_those("worker");
  end_those("scheduler");
}

void Crew::end_those(const std::string& prefix) {
  for (const auto& [name, standing] : standings_) {
    if (name.starts_with(prefix)) {
      end(name);
    }
  }
  for (const auto& [name, standing] : standings_) {
    if (standing == Standing::ending) {
      ended(name, fleet_.wait_for_end(name));
    }
  }
}

}  // namespace claimferry::chaos
