// Operators: the people of a world. At random moments they type what redis-cli would send: pause
// and resume scopes, cancel, ask for backfills one by one and in batches, replay dead letters,
// erase members, bound the payer's rate, and write raw commands into the inbox, good ones and bad
// ones.
#pragma once

#include <string>
#include <vector>

#include "common/base/random.hpp"
#include "tests/world/keyspace/memory_redis.hpp"
#include "tests/world/tally.hpp"

namespace claimferry::world {

class Operators {
 public:
  Operators(MemoryRedisServer& redis, Random& random, Tally& tally,
            const std::vector<std::string>& members)
      : redis_(redis), random_(random), tally_(tally), members_(members) {}

  // One of them types something.
  void act();
  // One member, until everything is resumed.
  void pause_a_member();
  // Nothing stays paused, and no bound.
  void resume_everything();

 private:
  Reply type(std::string function, std::vector<std::string> words);
  std::string anyone() { return members_[random_.below(members_.size())]; }
  std::string any_scope();
  std::string any_window();
  std::string any_job();
  void cancel();
  void begin_batch();
  void bound_the_payer();
  void write_raw();
  void erase();

  MemoryRedisServer& redis_;
  Random& random_;
  Tally& tally_;
  const std::vector<std::string>& members_;
};

}  // namespace claimferry::world
