#include "tests/world/queue_state.hpp"

#include <cstdlib>
#include <optional>

namespace claimferry::world {
namespace {

constexpr std::string_view root = "cf:{0}:";

std::string field(const HashValue& hash, const std::string& name) {
  const auto found = hash.find(name);
  return found == hash.end() ? std::string() : found->second;
}

class Reader {
 public:
  explicit Reader(const Keyspace& keys) : keys_(keys) {}

  queue::QueueState read(const std::map<std::string, unsigned>& jobs_running_max) {
    state_.jobs_running_max = jobs_running_max;
    for (const auto& [key, value] : keys_.values()) {
      if (key.starts_with(root)) {
        read_key(std::string_view(key).substr(root.size()), value);
      }
    }
    for (const std::string& member : due_) {
      if (const auto found = state_.members.find(member); found != state_.members.end()) {
        found->second.due = true;
      }
    }
    for (const auto& [scope, until] : paused_) {
      const auto found = state_.members.find(scope.substr(std::string_view("member:").size()));
      if (scope.starts_with("member:") && found != state_.members.end()) {
        found->second.paused = true;
      }
    }
    return std::move(state_);
  }

 private:
  void read_key(std::string_view name, const Value& value) {
    if (const auto rest = after(name, "job:")) {
      const auto& hash = std::get<HashValue>(value);
      state_.jobs[std::string(*rest)] = {field(hash, "state"), field(hash, "member"),
                                         field(hash, "payer"), field(hash, "kind"),
                                         field(hash, "window")};
    } else if (const auto member = after(name, "member:")) {
      const auto& hash = std::get<HashValue>(value);
      queue::QueueState::Member& read = state_.members[std::string(*member)];
      read.payer = field(hash, "payer");
      read.state = field(hash, "state");
    } else if (after(name, "ready:")) {
      for (const auto& [id, score] : std::get<SortedSetValue>(value).scores) {
        ++state_.ready[id];
      }
    } else if (const auto owner = after(name, "m:")) {
      state_.runnable[std::string(*owner)] = members_of(value);
    } else {
      read_single(name, value);
    }
  }

  void read_single(std::string_view name, const Value& value) {
    if (name == "running") {
      state_.running = members_of(value);
    } else if (name == "delayed") {
      state_.delayed = members_of(value);
    } else if (name == "dead") {
      state_.dead = members_of(value);
    } else if (name == "done") {
      state_.done = members_of(value);
    } else if (name == "due") {
      due_ = members_of(value);
    } else if (name == "busy") {
      state_.busy = std::get<HashValue>(value);
    } else if (name == "uniq") {
      state_.uniq = std::get<HashValue>(value);
    } else if (name == "paused") {
      paused_ = std::get<HashValue>(value);
    } else if (name == "fence") {
      state_.fence = std::strtoull(std::get<std::string>(value).c_str(), nullptr, 10);
    }
  }

  static std::optional<std::string_view> after(std::string_view name, std::string_view prefix) {
    return name.starts_with(prefix) ? std::optional(name.substr(prefix.size())) : std::nullopt;
  }
  static std::set<std::string> members_of(const Value& value) {
    std::set<std::string> members;
    for (const auto& [member, score] : std::get<SortedSetValue>(value).scores) {
      members.insert(member);
    }
    return members;
  }

  const Keyspace& keys_;
  queue::QueueState state_;
  std::set<std::string> due_;
  HashValue paused_;
};

}  // namespace

queue::QueueState read_queue_state(const Keyspace& keys,
                                   const std::map<std::string, unsigned>& jobs_running_max) {
  return Reader(keys).read(jobs_running_max);
}

}  // namespace claimferry::world
