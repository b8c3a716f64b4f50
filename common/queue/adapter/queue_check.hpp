// QueueCheck: the port by which fsck looks at the queue. Each call looks at a few items, each in
// one step, so that a queue at work gives no false alarm; with repair each is put right in that
// step.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/result.hpp"
#include "common/queue/fsck_report.hpp"

namespace claimferry::queue {

struct CheckRequest {
  std::string kind;                // of fsck.lua: "jobs", "members", "uniq", …
  std::string context;             // whose the items are, where the kind asks for it
  std::vector<std::string> items;  // at most limits::script_items_max, or as many pairs
  bool repair = false;
};

struct CheckReply {
  std::vector<Finding> findings;
  std::uint64_t hidden = 0;                    // items that a key of another type hid
  std::map<std::string, std::string> numbers;  // what the kind counted
};

class QueueCheck {
 public:
  virtual ~QueueCheck() = default;

  virtual awaitable<Result<CheckReply>> check(CheckRequest request) = 0;

  // A step of a walk through the keys, or through one of them: begin with "0", go on with `next`
  // until it is "0". items: names of keys without the root, members of a sorted set, or a hash's
  // fields each followed by its value.
  struct Page {
    std::vector<std::string> items;
    std::string next;
  };
  virtual awaitable<Result<Page>> keys(std::string from) = 0;
  virtual awaitable<Result<Page>> members(std::string name, std::string from) = 0;
  virtual awaitable<Result<Page>> pairs(std::string name, std::string from) = 0;
};

}  // namespace claimferry::queue
