// The names of the queue's keys (DESIGN §5): of which type each is, and what fsck looks at in it.
// Pure; whoever adds a key to the scripts adds its line here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace claimferry::queue {

struct QueueKey {
  // What to look at: nothing, the key as one item, a hash's pairs, or a sorted set's members; of a
  // small set, of which there are many, at all of them in one step.
  enum class Look { none, itself, pairs, members, small_set };
  // When: single keys know what others lost, and indexes know it of their owners.
  enum class Turn { single, index, owner };

  std::string_view type;   // as TYPE answers
  std::string_view check;  // fsck.lua's kind; empty: none
  Look look = Look::none;
  Turn turn = Turn::single;
  std::string name;  // for Look::itself the item; else whose it is: a member, a payer, a batch
};

// name: without the root and its colon. Nothing for a name that is not ours.
std::optional<QueueKey> queue_key(std::string_view name);
// A key that fsck put aside.
bool is_aside(std::string_view name);
// Single keys with something to look at, in the order in which to look: name and key.
std::vector<std::string_view> single_queue_keys();

}  // namespace claimferry::queue
