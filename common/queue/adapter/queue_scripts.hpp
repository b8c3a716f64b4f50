// QueueScripts: the embedded Lua as scripts with their SHA-1, and one way to call them: root first,
// writer's version first, error replies as failures.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/queue/job.hpp"
#include "common/redis/script.hpp"

namespace claimferry::queue {

inline constexpr std::string_view root_key = "cf:{0}";
inline constexpr std::string_view tokens_key_prefix = "cf-tok:{0}:";
inline constexpr std::string_view enrolments_key_prefix = "cf-enr:{0}:";
inline constexpr std::string_view writer_version = "1";

class QueueScripts {
 public:
  // Made once a process; immutable.
  static std::shared_ptr<const QueueScripts> shared();

  const redis::Script claim, heartbeat, checkpoint, finish, postpone, requeue, reap, enqueue,
      member_add, member_used, member_erase, raise_fence, token_intent, token_keys, token_load,
      token_refused, token_rewrap, token_store, stats;
  const redis::Script lead, promote, plan, tidy, take_inbox, carry_out, expand, reconcile;
  const redis::Script audit_read, audit_forget;
  const redis::Script erase, retain;
  const redis::Script fsck;
  const redis::Script member_mirror, member_enrolled, unrecorded, recorded;
  const redis::Script token_sending, token_denied, token_renewed, keys_rewrapped;
  const redis::Script member_yield, member_yielded;
  const redis::Script enrolment_begin, enrolment_take, enrolment_end;
  const redis::Script quota_take, quota_refused, quota_breaker;

 private:
  QueueScripts();
};

// Answers the reply, or the failure that an error reply stands for: LEASE_LOST and NOT_LEADER are
// lease_lost, CANCELLED is cancelled, what else our scripts answer is permanent with the code in
// lower case ("no_member"), and what Redis itself refuses, be it LOADING or NOPERM, is local
// ("redis_noperm"): no job is to blame.
awaitable<Result<redis::Reply>> call_script(redis::Client& redis, redis::Script script,
                                            std::vector<std::string> arguments);
Failure failure_of(const redis::Error& error);
// A state that Redis leaves without our doing, such as LOADING.
bool passes_by_itself(const redis::Error& error);
// Not this script's or this key's trouble alone: Redis is away, or in such a state.
bool concerns_every_call(const Failure& failure);

// The function library for operators (FCALL), as FUNCTION LOAD takes it.
inline constexpr unsigned function_library_version = 1;
std::string function_library();

std::string text(Duration duration);
std::string text(Fence fence);
// ms since 1970, or an empty text.
std::string text_or_none(std::optional<WallTime> at);
// "job, member, fence": what every write of a job begins with.
void append(std::vector<std::string>& arguments, const JobRef& job);

}  // namespace claimferry::queue
