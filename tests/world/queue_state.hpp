// QueuePicture: the keys of a keyspace as the invariants want to see them, kept up by reading again
// only what commands touched.
#pragma once

#include "common/queue/invariants.hpp"
#include "tests/world/keyspace/keyspace.hpp"

namespace claimferry::world {

class QueuePicture {
 public:
  explicit QueuePicture(std::map<std::string, unsigned> jobs_running_max) {
    state_.jobs_running_max = std::move(jobs_running_max);
  }

  // Takes what was touched; one picture a keyspace.
  const queue::QueueState& look(Keyspace& keys);
  const queue::QueueState& look_at_everything(const Keyspace& keys);
  // Ended jobs that were looked at leave the picture until somebody touches them: it stays small
  // however long a world lasts.
  void leave_out_history();

 private:
  void read(const std::string& key, const Keyspace& keys);
  void read_key(std::string_view name, const Value* value);
  void read_job(const std::string& id, const Value* value);
  void read_ready(std::string_view payer_and_lane, const Value* value);
  void read_single(std::string_view name, const Value* value);
  void mark_paused();
  std::set<std::string> without_history(std::set<std::string> jobs) const;

  queue::QueueState state_;
  HashValue paused_;
  std::set<std::string> history_;  // left out
  bool history_touched_ = false;
};

}  // namespace claimferry::world
