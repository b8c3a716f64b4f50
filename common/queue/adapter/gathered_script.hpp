// GatheredScript: calls of one script that come while another is on its way leave together when it
// is back, as a database groups commits. Nobody waits for company: a call that comes alone goes at
// once and alone. Single-threaded: one a shard.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/result.hpp"
#include "common/redis/client.hpp"
#include "common/redis/script.hpp"

namespace claimferry::queue {

class GatheredScript {
 public:
  // What Redis does for one call of a full group stays far below the 5 ms that it may be held.
  static constexpr std::size_t group_max = 50;

  // redis outlives this. The script takes each caller's arguments one after the other and answers
  // an array with an element for each (one_by_one.lua).
  GatheredScript(redis::Client& redis, const redis::Script& script)
      : redis_(redis), script_(script) {}
  GatheredScript(const GatheredScript&) = delete;
  GatheredScript& operator=(const GatheredScript&) = delete;

  // This caller's element. A failure of the whole call is everyone's; an element that is an error's
  // text is that caller's failure alone.
  awaitable<Result<redis::Reply>> call(std::vector<std::string> arguments);

 private:
  struct Caller;
  class Turn;
  using Group = std::vector<std::shared_ptr<Caller>>;

  Group next_group();
  void pass_on();

  redis::Client& redis_;
  const redis::Script script_;
  // Each is owned by its coroutine: one that was cut off is passed over.
  std::list<std::weak_ptr<Caller>> waiting_;
  bool on_its_way_ = false;
};

}  // namespace claimferry::queue
