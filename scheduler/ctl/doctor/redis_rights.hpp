// What the configured user of Redis may do: whose user it can be by what Redis says of it (ACL
// DRYRUN), and which command that one lacks. The judgement is pure.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/queue/adapter/job_queue.hpp"
#include "scheduler/ctl/doctor/finding.hpp"

namespace claimferry::ctl {

// A program and, for each right that deploy/redis/users.acl gives its user, a command that needs
// it, its words parted by blanks.
struct RedisRole {
  std::string_view user;     // of users.acl
  std::string_view program;  // "a worker"
  std::span<const std::string_view> commands;
};
std::span<const RedisRole> redis_roles();
std::vector<std::string> words_of(std::string_view command);

struct RightsLook {
  std::string user;  // empty: default
  // What a look at the queue's numbers answered, which is a script (EVALSHA).
  Result<queue::QueueStats> stats;
  bool calls_functions;  // FCALL
};
// Whether the user may run the command; nothing: nobody told, or the user may not ask.
using MayRun = std::function<std::optional<bool>(std::string_view command)>;
Finding of_rights(const RightsLook& look, const MayRun& may_run);

}  // namespace claimferry::ctl
