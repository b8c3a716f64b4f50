#include "tests/world/watch.hpp"

namespace claimferry::world {
namespace {

// The sink may be one page ahead of Redis' copy: the drain came between the two.
bool at_most_a_page_ahead(const queue::Cursor& sink, const queue::Cursor& redis) {
  if (sink.resource == redis.resource) {
    return sink.pages == redis.pages || sink.pages == redis.pages + 1;
  }
  return sink.resource > redis.resource && sink.pages == 0;
}

}  // namespace

void Watch::after_redis_command() {
  if (duty_.keys.untouched()) {
    return;
  }
  const queue::QueueState& state = picture_.look(duty_.keys);
  check(state);
  for (auto held = draining_.begin(); held != draining_.end();) {
    const bool still = job_field(held->first, "state") == "running" &&
                       job_field(held->first, "worker") == held->second.worker;
    if (!still) {
      check_handed_back(held->first, held->second);
    }
    held = still ? std::next(held) : draining_.erase(held);
  }
  picture_.leave_out_history();
}

void Watch::check(const queue::QueueState& state) {
  for (const std::string& broken : queue::broken_invariants(state, fence_before_)) {
    duty_.fail(broken);
  }
  fence_before_ = state.fence;
  nothing_comes_back(state);
}

// Of who is erased the sink holds nothing, whoever writes what, and Redis no token.
void Watch::nothing_comes_back(const queue::QueueState& state) {
  for (const auto& [id, member] : state.members) {
    if (member.state != "erased") {
      continue;
    }
    const auto held = duty_.sink.members().find(id);
    const bool in_sink = held != duty_.sink.members().end() &&
                         !(held->second.resources.empty() && held->second.cursors.empty() &&
                           held->second.quarantine.empty() && held->second.erased);
    if (in_sink) {
      duty_.fail("came back: the sink holds something of an erased member");
    }
    if (duty_.keys.values().contains("cf-tok:{0}:" + id)) {
      duty_.fail("came back: Redis holds tokens of an erased member");
    }
  }
}

void Watch::look_at_everything() {
  QueuePicture everything(duty_.jobs_running_max);
  check(everything.look_at_everything(duty_.keys));
}

void Watch::sink_took(const claims::SyncKey& key) {
  const std::uint64_t fence = to_number(key.job.fence);
  std::uint64_t& largest = sink_fences_[key.job.member.str()];
  if (fence < largest) {
    duty_.fail("I6: the sink took a write under fence " + std::to_string(fence) +
               ", after one under " + std::to_string(largest));
  }
  largest = std::max(largest, fence);
}

std::string Watch::job_field(const std::string& job, const std::string& name) {
  const auto reply = duty_.keys.call({"HGET", "cf:{0}:job:" + job, name});
  return reply.text() == nullptr ? "" : *reply.text();
}

std::string Watch::counters(const std::string& job) {
  const auto number = [&](const std::string& name) {
    const auto text = job_field(job, name);
    return (text.empty() ? "0" : text) + " " + name;
  };
  return number("attempts") + ", " + number("stalls") + ", " + number("snoozes");
}

std::vector<std::string> Watch::running_of(const std::string& worker) {
  const auto running = duty_.keys.call({"ZRANGE", "cf:{0}:running", "0", "-1"});
  std::vector<std::string> jobs;
  for (const Reply& item : *running.array()) {
    if (job_field(*item.text(), "worker") == worker) {
      jobs.push_back(*item.text());
    }
  }
  return jobs;
}

void Watch::drain_begins(const std::string& worker) {
  for (const std::string& job : running_of(worker)) {
    draining_.insert_or_assign(job, Held{worker, counters(job)});
  }
}

void Watch::drain_ended(const std::string& worker) {
  for (const auto& [job, held] : draining_) {
    if (held.worker == worker && duty_.strict_drains) {
      duty_.fail("drain: job " + job + " is still running when its worker has ended");
    }
  }
  std::erase_if(draining_, [&](const auto& item) { return item.second.worker == worker; });
}

void Watch::check_handed_back(const std::string& job, const Held& held) {
  const std::string state = job_field(job, "state");
  if (!duty_.strict_drains || state == "done") {
    return;
  }
  if (state != "ready") {
    duty_.fail("drain: job " + job + " was handed back as " + state);
  }
  if (counters(job) != held.counters) {
    duty_.fail("drain: something was counted: " + counters(job) + "; before: " + held.counters);
  }
  check_cursor(job);
}

void Watch::check_cursor(const std::string& job) {
  const auto in_redis = queue::Cursor::parse(job_field(job, "cursor"));
  const auto member = duty_.sink.members().find(job_field(job, "member"));
  if (member == duty_.sink.members().end()) {
    return;
  }
  const auto found = member->second.cursors.find(job);
  if (found == member->second.cursors.end()) {
    if (in_redis) {
      duty_.fail("drain: job " + job + " has a cursor that the sink does not know");
    }
    return;
  }
  if (!at_most_a_page_ahead(found->second, in_redis.value_or(queue::Cursor()))) {
    duty_.fail("drain: job " + job + " came back with another cursor than the sink's");
  }
}

}  // namespace claimferry::world
