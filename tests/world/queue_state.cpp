#include "tests/world/queue_state.hpp"

#include <cstdlib>
#include <optional>

namespace claimferry::world {
namespace {

constexpr std::string_view root = "cf:{0}:";
constexpr std::string_view job_keys = "cf:{0}:job:";

std::string field(const HashValue& hash, const std::string& name) {
  const auto found = hash.find(name);
  return found == hash.end() ? std::string() : found->second;
}

std::optional<std::string_view> after(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) ? std::optional(name.substr(prefix.size())) : std::nullopt;
}

std::set<std::string> members_of(const Value* value) {
  std::set<std::string> members;
  if (value != nullptr) {
    for (const auto& [member, score] : std::get<SortedSetValue>(*value).scores) {
      members.insert(member);
    }
  }
  return members;
}

std::vector<std::string> in_order(const Value& value) {
  std::vector<std::string> members;
  for (const auto& [score, member] : std::get<SortedSetValue>(value).order) {
    members.push_back(member);
  }
  return members;
}

HashValue fields_of(const Value* value) {
  return value == nullptr ? HashValue() : std::get<HashValue>(*value);
}

std::map<std::string, std::int64_t> counts_of(const Value* value) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& [name, count] : fields_of(value)) {
    counts[name] = std::strtoll(count.c_str(), nullptr, 10);
  }
  return counts;
}

}  // namespace

const queue::QueueState& QueuePicture::look(Keyspace& keys) {
  Keyspace::Touched touched = keys.take_touched();
  if (touched.all) {
    return look_at_everything(keys);
  }
  // Jobs first: which of them are history decides what the sets show.
  for (const bool jobs : {true, false}) {
    for (const std::string& key : touched.keys) {
      if (key.starts_with(job_keys) == jobs) {
        read(key, keys);
      }
    }
    if (history_touched_) {
      touched.keys.insert({"cf:{0}:dead", "cf:{0}:done"});
      history_touched_ = false;
    }
  }
  mark_paused();
  return state_;
}

const queue::QueueState& QueuePicture::look_at_everything(const Keyspace& keys) {
  std::map<std::string, unsigned> jobs_running_max = std::move(state_.jobs_running_max);
  state_ = queue::QueueState();
  state_.jobs_running_max = std::move(jobs_running_max);
  history_.clear();
  paused_.clear();
  for (const auto& [key, value] : keys.values()) {
    if (key.starts_with(root)) {
      read_key(std::string_view(key).substr(root.size()), &value);
    }
  }
  mark_paused();
  return state_;
}

void QueuePicture::mark_paused() {
  for (auto& [id, member] : state_.members) {
    member.paused = paused_.contains("member:" + id);
  }
}

void QueuePicture::read(const std::string& key, const Keyspace& keys) {
  const auto found = keys.values().find(key);
  if (key.starts_with(root)) {
    read_key(std::string_view(key).substr(root.size()),
             found == keys.values().end() ? nullptr : &found->second);
  }
}

void QueuePicture::read_key(std::string_view name, const Value* value) {
  if (const auto id = after(name, "job:")) {
    read_job(std::string(*id), value);
  } else if (const auto member = after(name, "member:")) {
    if (value == nullptr) {
      state_.members.erase(std::string(*member));
      return;
    }
    const auto& hash = std::get<HashValue>(*value);
    queue::QueueState::Member& read = state_.members[std::string(*member)];
    read.payer = field(hash, "payer");
    read.state = field(hash, "state");
  } else if (const auto payer_and_lane = after(name, "ready:")) {
    read_ready(*payer_and_lane, value);
  } else if (const auto due_payer = after(name, "due:")) {
    state_.due[std::string(*due_payer)] = members_of(value);
  } else if (const auto kept_payer = after(name, "keepalive:")) {
    state_.keepalive[std::string(*kept_payer)] = members_of(value);
  } else if (const auto waiting = after(name, "waits:")) {
    if (value == nullptr) {
      state_.waits.erase(std::string(*waiting));
    } else {
      state_.waits[std::string(*waiting)] = members_of(value);
    }
  } else if (const auto owner = after(name, "m:")) {
    if (value == nullptr) {
      state_.runnable.erase(std::string(*owner));
    } else {
      state_.runnable[std::string(*owner)] = in_order(*value);
    }
  } else {
    read_single(name, value);
  }
}

// A job of the history that was touched is looked at again, and so is the set that holds it.
void QueuePicture::read_job(const std::string& id, const Value* value) {
  history_touched_ = history_.erase(id) > 0 || history_touched_;
  if (value == nullptr) {
    state_.jobs.erase(id);
    return;
  }
  const auto& hash = std::get<HashValue>(*value);
  queue::QueueState::Job& job = state_.jobs[id];
  job = {field(hash, "state"),
         field(hash, "member"),
         field(hash, "payer"),
         field(hash, "kind"),
         field(hash, "window"),
         field(hash, "lane"),
         std::strtoull(field(hash, "fence").c_str(), nullptr, 10)};
}

void QueuePicture::read_ready(std::string_view payer_and_lane, const Value* value) {
  const auto colon = payer_and_lane.rfind(':');
  const queue::QueueState::PayerAndLane place{std::string(payer_and_lane.substr(0, colon)),
                                              std::string(payer_and_lane.substr(colon + 1))};
  state_.ready[place] = members_of(value);
}

void QueuePicture::read_single(std::string_view name, const Value* value) {
  if (name == "running") {
    state_.running = members_of(value);
  } else if (name == "delayed") {
    state_.delayed = members_of(value);
  } else if (name == "dead") {
    state_.dead = without_history(members_of(value));
  } else if (name == "done") {
    state_.done = without_history(members_of(value));
  } else if (name == "busy") {
    state_.busy = fields_of(value);
  } else if (name == "uniq") {
    state_.uniq = fields_of(value);
  } else if (name == "ready_erase") {
    state_.ready_erase = members_of(value);
  } else if (name == "erasing") {
    state_.erasing = members_of(value);
  } else if (name == "paused") {
    paused_ = fields_of(value);
  } else if (name == "load") {
    state_.load = counts_of(value);
  } else if (name == "live") {
    state_.live = counts_of(value);
  } else if (name == "states") {
    state_.states = counts_of(value);
  } else if (name == "fence") {
    const std::string* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
    state_.fence = text == nullptr ? 0 : std::strtoull(text->c_str(), nullptr, 10);
  }
}

std::set<std::string> QueuePicture::without_history(std::set<std::string> jobs) const {
  std::erase_if(jobs, [this](const std::string& job) { return history_.contains(job); });
  return jobs;
}

void QueuePicture::leave_out_history() {
  for (auto* ended : {&state_.dead, &state_.done}) {
    for (const std::string& job : *ended) {
      state_.jobs.erase(job);
      history_.insert(job);
    }
    ended->clear();
  }
}

}  // namespace claimferry::world
