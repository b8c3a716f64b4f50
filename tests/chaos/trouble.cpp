#include "tests/chaos/trouble.hpp"

#include <csignal>
#include <stdexcept>

#include "tests/chaos/spell.hpp"

namespace claimferry::chaos {
namespace {

using std::chrono::steady_clock;

constexpr auto tends_every = 5s;
// Of a step behind its time, on a busy machine; what would come later yet is left out.
constexpr auto lag_max = 4s;
constexpr unsigned eobs_of_added = 30;

std::string worker(unsigned number) {
  return "worker-" + std::to_string(number + 1);
}

std::string scheduler(unsigned number) {
  return "scheduler-" + std::to_string(number + 1);
}

}  // namespace

Trouble::Trouble(integration::Fleet& fleet, Crew& crew, Members& members)
    : fleet_(fleet),
      crew_(crew),
      members_(members),
      look_(fleet),
      log_(fleet.directory() / "trouble.log"),
      begun_(steady_clock::now()) {}

void Trouble::log(const std::string& text) {
  const std::chrono::duration<double> since = steady_clock::now() - begun_;
  log_ << since.count() << " s: " << text << '\n' << std::flush;
}

void Trouble::run(const std::vector<Step>& plan, milliseconds length) {
  begun_ = steady_clock::now();
  for (const Step& step : plan) {
    wait_until(begun_ + step.at);
    if (steady_clock::now() > begun_ + length + lag_max) {
      log("the rest of the plan is left out: the machine is too busy for it");
      break;
    }
    log(std::string(to_string(step.action)) + ' ' + std::to_string(step.which));
    perform(step);
    ++done_.steps[step.action];
  }
  wait_until(begun_ + length);
}

void Trouble::wait_until(steady_clock::time_point then) {
  const auto left = std::chrono::ceil<milliseconds>(then - steady_clock::now());
  integration::eventually(left, [&] {
    tend();
    return steady_clock::now() >= then;
  });
}

void Trouble::tend() {
  crew_.watch();
  for (const char* name : {"redis", "sandbox"}) {
    if (!fleet_.process(name).running()) {
      throw std::runtime_error(std::string(name) + " ended unasked");
    }
  }
  if (steady_clock::now() - tended_ < tends_every) {
    return;
  }
  tended_ = steady_clock::now();
  for (const std::string& member : look_.lost_refreshes()) {
    log("a lost refresh: " + member + " consents anew");
    members_.consent_anew(member);
    ++done_.consents_renewed;
  }
}

void Trouble::perform(const Step& step) {
  switch (step.action) {
    case Action::kill_worker:
      crew_.kill(worker(step.which));
      note_open_refreshes();
      break;
    case Action::end_worker:
      crew_.end(worker(step.which));
      break;
    case Action::start_worker:
      crew_.start(worker(step.which));
      break;
    case Action::pause_worker:
      crew_.pause(worker(step.which));
      break;
    case Action::continue_worker:
      crew_.resume(worker(step.which));
      break;
    case Action::kill_scheduler:
      crew_.kill(scheduler(step.which));
      break;
    case Action::end_scheduler:
      crew_.end(scheduler(step.which));
      break;
    case Action::start_scheduler:
      crew_.start(scheduler(step.which));
      break;
    case Action::restart_redis:
    case Action::crash_redis:
      restart_redis(step);
      break;
    case Action::cut_connections:
      fleet_.redis({"CLIENT", "KILL", "TYPE", "normal"});
      break;
    case Action::payer_ill:
      make_ill(step.which);
      break;
    case Action::payer_well:
      heal();
      break;
    case Action::adjust_claim:
    case Action::withdraw_claim:
    case Action::add_backfill:
    case Action::add_member:
      change(step);
      break;
  }
}

void Trouble::change(const Step& step) {
  if (step.action == Action::adjust_claim) {
    members_.adjust(step.which);
  } else if (step.action == Action::withdraw_claim) {
    members_.withdraw(step.which);
  } else if (step.action == Action::add_backfill) {
    members_.add_backfill(step.which);
  } else {
    members_.add(1, eobs_of_added);
  }
}

// What is open right after a kill may be a refresh that it cut off between sending and storing.
void Trouble::note_open_refreshes() {
  ++done_.refreshes_endangered;
  cut_off_by_kills_.merge(look_.open_refreshes());
}

void Trouble::restart_redis(const Step& step) {
  const bool crashes = step.action == Action::crash_redis;
  if (crashes) {
    // With everysec, Redis answers while an earlier fsync holds a write back, and a kill would lose
    // that write, too; from this answer on, all that was answered is with the kernel.
    fleet_.redis({"CONFIG", "SET", "appendfsync", "always"});
  }
  fleet_.stop("redis", crashes ? SIGKILL : SIGTERM);
  const auto back_at = steady_clock::now() + step.lasts;
  integration::eventually(step.lasts, [&] {
    crew_.watch();
    return steady_clock::now() >= back_at;
  });
  fleet_.start_redis();
}

long long Trouble::token_requests() {
  return fleet_.violation("token");
}

void Trouble::make_ill(unsigned which) {
  const Spell& spell = spells()[which];
  log(std::string("the payer: ") + spell.name);
  ++done_.spells[spell.name];
  done_.refreshes_endangered += spell.reaches_tokens ? 1 : 0;
  if (spell.loses_answers) {
    token_requests_before_spell_ = token_requests();
  }
  fleet_.set_faults(spell.faults);
  fleet_.control("PUT", "/v1/limit", spell.limit);
}

void Trouble::heal() {
  fleet_.set_faults(well_faults());
  fleet_.control("PUT", "/v1/limit", "{}");
  if (token_requests_before_spell_) {
    done_.refreshes_cut_off_max += token_requests() - *token_requests_before_spell_;
    token_requests_before_spell_.reset();
  }
}

void Trouble::make_well() {
  heal();
  crew_.all_up();
  log("all is well");
}

Done Trouble::done() const {
  Done done = done_;
  done.refreshes_cut_off_max += static_cast<long long>(cut_off_by_kills_.size());
  return done;
}

}  // namespace claimferry::chaos
