// QueueCounts: whether `live`, `states` and, where too many jobs run, `load` are what they count.
// No step can count a million members, so a walk counts them, and its result is believed only when
// nothing moved meanwhile and a second walk counted the same.
#pragma once

#include <optional>

#include "common/queue/adapter/queue_check.hpp"

namespace claimferry::queue {

class QueueCounts {
 public:
  // Both outlive this. report: takes what is found, and what changed too fast to be judged.
  QueueCounts(QueueCheck& check, bool repair, FsckReport& report)
      : check_(check), repair_(repair), report_(report) {}

  awaitable<Result<void>> judge(bool with_load);

 private:
  using Numbers = std::map<std::string, std::string>;
  struct Count {
    Numbers stands;                // as the queue has it, and its stamp under ""
    std::optional<Numbers> wrong;  // what a walk counted instead, while that stood
  };

  awaitable<Result<Numbers>> standing(std::string name);
  awaitable<Result<Numbers>> walk();
  awaitable<Result<Numbers>> tally(std::string kind, std::vector<std::string> items);
  // Whether the count is settled: right, or found wrong for good.
  awaitable<Result<bool>> settle(std::string name, Numbers counted);
  awaitable<Result<bool>> mend(std::string name, std::string stamp, Numbers counted);

  QueueCheck& check_;
  bool repair_;
  FsckReport& report_;
  std::map<std::string, Count> open_;  // by name: not settled yet
};

}  // namespace claimferry::queue
