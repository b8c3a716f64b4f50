// QueueFsck: walks through every key of the queue, while it is at work, and has each item looked
// at. Bounded memory, calls of a few milliseconds. With repair it walks until nothing is left to
// mend.
#pragma once

#include "common/queue/adapter/queue_check.hpp"
#include "common/queue/queue_keys.hpp"

namespace claimferry::queue {

class QueueFsck {
 public:
  QueueFsck(QueueCheck& check, bool repair) : check_(check), repair_(repair) {}  // check outlives

  // Once. What a Redis that goes away in between left unfinished is found the next time.
  awaitable<Result<FsckReport>> run();

 private:
  using Names = std::vector<std::string>;

  awaitable<Result<void>> walk();
  awaitable<Result<void>> look_at_types();
  awaitable<Result<void>> look_at_turn(QueueKey::Turn turn);
  awaitable<Result<void>> look_at_page(QueueKey::Turn turn, Names names);
  awaitable<Result<void>> look_at_small_sets(std::string family, Names owners);
  awaitable<Result<void>> look_into(QueueKey key, std::string name);
  awaitable<Result<void>> look_at(std::string kind, std::string context, Names items);
  Names to_be_typed(const Names& names);

  QueueCheck& check_;
  bool repair_;
  Names large_;  // of the last look: what is too large for one step
  FsckReport report_;
};

}  // namespace claimferry::queue
