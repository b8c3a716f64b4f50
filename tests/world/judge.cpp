#include "tests/world/judge.hpp"

#include <algorithm>

namespace claimferry::world {
namespace {

// DESIGN §8: more than a fifth of a member's claims is not marked absent at once.
constexpr std::size_t held_share = 5;

std::string name_of(const Truth::Resource& resource) {
  return resource.type + "/" + resource.id;
}

bool covers(const queue::Window& window, const Truth::Resource& resource) {
  const auto& date = resource.service_date;
  return !date ||
         ((!window.since || *date >= *window.since) && (!window.until || *date <= *window.until));
}

bool is_of(const Truth::Version& version, const Sha256& hash) {
  return std::ranges::find(version.hashes, hash) != version.hashes.end();
}

// Was it the payer's word at or after `since`?
bool said_since(const Truth::Resource& resource, const Sha256& hash, Truth::Moment since) {
  for (std::size_t at = 0; at < resource.versions.size(); ++at) {
    const bool replaced_before =
        at + 1 < resource.versions.size() && resource.versions[at + 1].since <= since;
    if (!replaced_before && is_of(resource.versions[at], hash)) {
      return true;
    }
  }
  return false;
}

bool ever_said(const Truth::Resource& resource, const Sha256& hash) {
  return std::ranges::any_of(resource.versions,
                             [&](const Truth::Version& version) { return is_of(version, hash); });
}

Strike strike_of(unsigned status) {
  return status == 429   ? Strike::answers_429
         : status == 401 ? Strike::answers_401
         : status >= 500 ? Strike::answers_5xx
                         : Strike::answers_lost;
}

}  // namespace

void Judge::on(const telemetry::Event& event) noexcept {
  Tally& tally = bench_.tally;
  if (const auto* claim = std::get_if<telemetry::JobClaimed>(&event)) {
    // A page that is stored later forgives it, so it is looked for now.
    const std::string stalls = job_field(claim->job.str(), "stalls");
    bench_.tally[Strike::reaped] += !stalls.empty() && stalls != "0" ? 1 : 0;
    claimed(claim->job.str());
  } else if (const auto* end = std::get_if<telemetry::JobSettled>(&event)) {
    settled(*end);
  } else if (const auto* hold = std::get_if<telemetry::SweepHeld>(&event)) {
    ++tally[Strike::sweeps_held];
    syncs_[hold->job.str()].held = true;
  } else if (const auto* done = std::get_if<telemetry::RequestDone>(&event)) {
    const bool gone = done->status == 404 || done->status == 410;
    if (gone || (done->status == 400 && done->endpoint != "token")) {
      ++tally[Strike::links_gone];
    } else if (done->status != 200 && done->status != 400) {
      ++tally[strike_of(done->status)];
    }
  } else if (const auto* refreshed = std::get_if<telemetry::TokenRefreshed>(&event)) {
    tally[Strike::refreshes] += refreshed->outcome == "refreshed" ? 1 : 0;
    tally[Strike::surges] += refreshed->outcome == "surge" ? 1 : 0;
    tally[Strike::refreshes_unsure] += refreshed->outcome == "uncertain" ? 1 : 0;
  } else if (const auto* page = std::get_if<telemetry::PageCommitted>(&event)) {
    ++tally[Strike::pages];
    tally[Strike::quarantined] += page->quarantined;
  } else if (const auto* erased = std::get_if<telemetry::MembersErased>(&event)) {
    tally[Strike::members_erased] += erased->members;
  } else if (std::holds_alternative<telemetry::LeaseLost>(event)) {
    ++tally[Strike::leases_lost];
  } else if (std::holds_alternative<telemetry::WriteFenced>(event)) {
    ++tally[Strike::fenced_writes];
  }
}

void Judge::claimed(const std::string& job) {
  // Claimed again, it goes on with the pages that its first claim brought.
  syncs_.try_emplace(job, Sync{bench_.truth.now(), calm_, false});
}

std::string Judge::job_field(const std::string& job, const std::string& name) {
  const auto reply = bench_.keys.call({"HGET", "cf:{0}:job:" + job, name});
  return reply.text() == nullptr ? "" : *reply.text();
}

void Judge::settled(const telemetry::JobSettled& event) {
  const std::string job = event.job.str();
  if (event.outcome == "reconsent" || event.code == "refresh_lost") {
    ++bench_.tally[Strike::reconsents];
    bench_.consent_ended(job, event.outcome == "reconsent");
  }
  if (event.kind == "keepalive") {
    bench_.tally[Strike::kept_alive] += event.outcome == "done" ? 1 : 0;
  }
  if (event.outcome == "done") {
    done_.insert(job);
    if (calm_) {
      done_in_calm_.insert(job);
    }
    if (event.kind != "keepalive") {
      sync_done(job, job_field(job, "member"), event.kind == "sync");
    }
  }
}

void Judge::sync_done(const std::string& job, const std::string& member, bool may_prove_absence) {
  const auto sync = syncs_.find(job);
  const auto place = std::ranges::find(members_, member);
  // A Redis that lost its last second may have forgotten the job that just ended.
  if (sync == syncs_.end() || place == members_.end()) {
    return;
  }
  if (leaves(member)) {
    syncs_.erase(sync);  // what it brought may be gone already
    return;
  }
  const auto window = queue::Window::parse(job_field(job, "window"));
  if (!window) {
    bench_.fail("job " + job + " has no window");
    return;
  }
  ++bench_.tally[Strike::syncs_judged];
  bench_.tally[Strike::judged_in_trouble] += calm_ ? 0 : 1;
  judge({static_cast<std::size_t>(place - members_.begin()), *window, sync->second.since});
  if (window->is_sweep() && may_prove_absence) {
    held_[member] = sync->second.held;
    calm_sweeps_[member] += sync->second.in_calm ? 1 : 0;
  }
  syncs_.erase(sync);
}

bool Judge::leaves(const std::string& member) {
  const auto reply = bench_.keys.call({"HGET", "cf:{0}:member:" + member, "state"});
  return reply.text() != nullptr && reply.text()->starts_with("eras");
}

void Judge::begins_anew(const std::string& member) {
  calm_sweeps_.erase(member);
  held_.erase(member);
}

unsigned Judge::calm_sweeps(const std::string& member) const {
  const auto found = calm_sweeps_.find(member);
  return found == calm_sweeps_.end() ? 0 : found->second;
}

const MemorySink::Resources* Judge::held_of(std::size_t member) const {
  const auto found = bench_.sink.members().find(members_[member]);
  return found == bench_.sink.members().end() ? nullptr : &found->second.resources;
}

void Judge::judge(const Facts& facts) {
  const MemorySink::Resources* held = held_of(facts.member);
  if (held == nullptr) {
    bench_.fail("lost: a member is not in the sink");
    return;
  }
  Missing missing;
  unsigned moved = 0;  // withdrawn while the sync ran: what follows moves up, past a page's border
  for (const Truth::Resource& truth : bench_.truth.of(facts.member)) {
    const auto found = held->find({truth.type, truth.id});
    judge_resource(truth, found == held->end() ? nullptr : &found->second, facts, missing);
    moved += truth.withdrawn && *truth.withdrawn > facts.since ? 1 : 0;
  }
  if (missing.count > moved) {
    bench_.fail(missing.first);
  }
  nothing_invented(facts.member, *held);
}

void Judge::judge_resource(const Truth::Resource& truth, const MemorySink::Held* held,
                           const Facts& facts, Missing& missing) {
  const auto miss = [&](const std::string& what) {
    ++missing.count;
    missing.first = missing.first.empty() ? what + name_of(truth) : missing.first;
  };
  const bool demanded = !truth.withdrawn && covers(facts.window, truth);
  if (held == nullptr) {
    if (demanded) {
      miss("lost: ");
    }
    return;
  }
  if (held->absent && !truth.withdrawn) {
    bench_.fail("lost: marked absent, and the payer shows it: " + name_of(truth));
  }
  if (!ever_said(truth, held->content_hash)) {
    bench_.fail("wrong bytes: " + name_of(truth));
  } else if (demanded && !said_since(truth, held->content_hash, facts.since)) {
    miss("stale: ");
  }
  if (held->version > truth.versions.size()) {
    bench_.fail("versions: " + std::to_string(held->version) + " of " + name_of(truth) +
                ", of which the payer showed " + std::to_string(truth.versions.size()));
  }
}

void Judge::nothing_invented(std::size_t member, const MemorySink::Resources& held) {
  const std::vector<Truth::Resource>& truth = bench_.truth.of(member);
  for (const auto& item : held) {
    const auto& [type, id] = item.first;
    const bool known = std::ranges::any_of(truth, [&item](const Truth::Resource& one) {
      return one.type == item.first.first && one.id == item.first.second;
    });
    if (known) {
      continue;
    }
    const bool is_copy = std::ranges::any_of(truth, [&item](const Truth::Resource& one) {
      return ever_said(one, item.second.content_hash);
    });
    bench_.fail((is_copy ? "duplicated: " : "invented: ") + type + "/" + id);
  }
}

void Judge::judge_at_the_end() {
  for (std::size_t member = 0; member < members_.size(); ++member) {
    judge({member, queue::Window{}, bench_.truth.now()});
    if (const MemorySink::Resources* held = held_of(member)) {
      withdrawn_are_absent(member, *held);
    }
  }
}

void Judge::withdrawn_are_absent(std::size_t member, const MemorySink::Resources& held) {
  std::size_t present = 0;
  std::size_t overdue = 0;
  std::string first;
  for (const Truth::Resource& truth : bench_.truth.of(member)) {
    const auto found = held.find({truth.type, truth.id});
    if (!truth.service_date || found == held.end()) {
      continue;
    }
    bench_.tally[Strike::marked_absent] += found->second.absent ? 1 : 0;
    present += found->second.absent ? 0 : 1;
    if (truth.withdrawn && !found->second.absent) {
      ++overdue;
      first = name_of(truth);
    }
  }
  const bool too_many = overdue * held_share > present;
  if (overdue > 0 && !(too_many && held_[members_[member]])) {
    bench_.fail("withdrawn, not marked absent after two sweeps: " + first);
  } else if (overdue == 0 && held_[members_[member]]) {
    bench_.fail("a sweep held, and nothing was missing");
  }
}

}  // namespace claimferry::world
