#include "common/queue/adapter/redis_job_queue.hpp"

#include "common/base/limits.hpp"
#include "common/queue/adapter/lease_reply.hpp"
#include "common/queue/adapter/queue_scripts.hpp"
#include "common/queue/adapter/server_check.hpp"
#include "common/telemetry/snapshot.hpp"
#include "common/vault/vault.hpp"

namespace claimferry::queue {
namespace {

using Arguments = std::vector<std::string>;

std::string_view outcome_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::done:
      return "done";
    case Verdict::dead:
      return "dead";
    case Verdict::reconsent:
      return "reconsent";
    case Verdict::cancelled:
      return "cancelled";
    case Verdict::retry:
    case Verdict::snooze:
    case Verdict::requeue:
    case Verdict::abandon:
      break;
  }
  CLAIMFERRY_ASSERT(false);
}

// In the order of finish.lua.
void append(Arguments& arguments, const Pulled& pulled) {
  for (const std::uint64_t count : {pulled.pages, pulled.inserted, pulled.changed, pulled.unchanged,
                                    pulled.rejected, pulled.absent}) {
    arguments.push_back(std::to_string(count));
  }
}

Result<void> nothing(Result<redis::Reply> reply) {
  if (!reply) {
    return std::move(reply.failure());
  }
  return {};
}

// In the order of member_add.lua. Terms are alike for many members, and kept once.
void append(Arguments& arguments, const oauth::Consent& consent) {
  std::string classes;
  for (const std::string& each : consent.data_classes) {
    classes += (classes.empty() ? "" : " ") + each;
  }
  arguments.insert(arguments.end(),
                   {text_or_none(consent.given_at), text_or_none(consent.expires_at), "scopes",
                    consent.scopes, "data_classes", classes, "app", consent.app, "organisation",
                    consent.organisation, "policy_version", consent.policy_version});
}

}  // namespace

RedisJobQueue::RedisJobQueue(redis::Client& redis, Random& random)
    : redis_(redis),
      random_(random),
      scripts_(QueueScripts::shared()),
      finish_(redis, scripts_->finish),
      enqueue_(redis, scripts_->enqueue) {}
RedisJobQueue::~RedisJobQueue() = default;

awaitable<Result<void>> RedisJobQueue::check_server() {
  co_return co_await queue::check_server(redis_);
}

awaitable<Result<ClaimReply>> RedisJobQueue::claim(ClaimRequest request) {
  const auto count = std::min<std::size_t>(request.count_max, limits::script_items_max);
  Arguments arguments{request.worker.str(), std::to_string(count), text(request.lease)};
  for (const PayerCap& cap : request.payers) {
    arguments.push_back(cap.payer.str());
    arguments.push_back(std::to_string(cap.jobs_running_max));
  }
  auto reply = co_await call_script(redis_, scripts_->claim, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return parse_claim_reply(*reply);
}

awaitable<Result<HeartbeatReply>> RedisJobQueue::heartbeat(std::vector<JobRef> jobs,
                                                           Duration lease) {
  CLAIMFERRY_ASSERT(jobs.size() <= limits::script_items_max);
  Arguments arguments{text(lease)};
  for (const JobRef& job : jobs) {
    append(arguments, job);
  }
  auto reply = co_await call_script(redis_, scripts_->heartbeat, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  const auto* parts = reply->array();
  if (parts == nullptr || parts->size() != 2) {
    co_return unexpected_reply("heartbeat");
  }
  auto lost = parse_job_ids((*parts)[0]);
  auto cancel = parse_job_ids((*parts)[1]);
  if (!lost || !cancel) {
    co_return unexpected_reply("heartbeat");
  }
  HeartbeatReply answer{std::move(*lost), std::move(*cancel)};
  co_return answer;
}

awaitable<Result<void>> RedisJobQueue::checkpoint(JobRef job, Cursor cursor) {
  Arguments arguments;
  append(arguments, job);
  arguments.push_back(cursor.str());
  co_return nothing(co_await call_script(redis_, scripts_->checkpoint, std::move(arguments)));
}

awaitable<Result<void>> RedisJobQueue::settle(JobRef job, Settlement settlement,
                                              MemberUpdate member) {
  Arguments arguments;
  append(arguments, job);
  const std::string stage(to_string(settlement.stage));
  switch (settlement.verdict) {
    case Verdict::requeue:
      append(arguments, settlement.pulled);
      co_return nothing(co_await call_script(redis_, scripts_->requeue, std::move(arguments)));
    case Verdict::retry:
    case Verdict::snooze:
      arguments.push_back(settlement.verdict == Verdict::retry ? "attempts" : "snoozes");
      arguments.push_back(text(settlement.delay));
      arguments.insert(arguments.end(), {stage, settlement.code, settlement.detail});
      append(arguments, settlement.pulled);
      co_return nothing(co_await call_script(redis_, scripts_->postpone, std::move(arguments)));
    case Verdict::done:
    case Verdict::dead:
    case Verdict::reconsent:
    case Verdict::cancelled:
      arguments.push_back(std::string(outcome_of(settlement.verdict)));
      arguments.insert(arguments.end(), {stage, settlement.code, settlement.detail});
      arguments.push_back(text(member.next_due_in));
      arguments.push_back(member.swept ? "1" : "0");
      append(arguments, settlement.pulled);
      co_return nothing(co_await finish_.call(std::move(arguments)));
    case Verdict::abandon:
      break;
  }
  CLAIMFERRY_ASSERT(false);
}

awaitable<Result<void>> RedisJobQueue::raise_fence(Fence above) {
  Arguments arguments{text(above)};
  co_return nothing(co_await call_script(redis_, scripts_->raise_fence, std::move(arguments)));
}

awaitable<Result<ReapReply>> RedisJobQueue::reap(unsigned count_max, Duration next_due_in) {
  Arguments arguments{std::to_string(count_max), std::to_string(limits::stalls_max),
                      text(next_due_in)};
  auto reply = co_await call_script(redis_, scripts_->reap, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  const auto requeued = number_at(*reply, 0);
  const auto dead = number_at(*reply, 1);
  if (!requeued || !dead) {
    co_return unexpected_reply("reap");
  }
  ReapReply answer{static_cast<unsigned>(*requeued), static_cast<unsigned>(*dead)};
  co_return answer;
}

awaitable<Result<JobQueue::Enqueued>> RedisJobQueue::enqueue(MemberId member, JobKind kind,
                                                             Window window, Lane lane) {
  Arguments arguments{member.str(), std::string(to_string(kind)), window.str(),
                      std::string(to_string(lane)), random_.hex(16)};
  auto reply = co_await enqueue_.call(std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return parse_enqueued(*reply);
}

awaitable<Result<JobQueue::Enqueued>> RedisJobQueue::add_member(SealedMember member) {
  const SealedMember::Known known = member.known.value_or(SealedMember::Known());
  Arguments arguments{member.member.str(),
                      member.payer.str(),
                      random_.hex(16),
                      text(safety_due_in),
                      member.fingerprint,
                      member.data_key,
                      member.sealed_patient,
                      member.sealed_refresh_token,
                      member.sealed_access_token,
                      text_or_none(member.access_issued_at),
                      text_or_none(member.access_expires_at),
                      known.data_key,
                      known.sealed_patient,
                      member.by,
                      vault::Vault::key_id(member.data_key),
                      text_or_none(member.begun_at),
                      member.seen_version ? std::to_string(*member.seen_version) : "",
                      member.refresh_token_life ? text(*member.refresh_token_life) : "",
                      member.consent_lasts ? text(*member.consent_lasts) : ""};
  if (member.consent) {
    append(arguments, *member.consent);
  }
  auto reply = co_await call_script(redis_, scripts_->member_add, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return parse_enqueued(*reply);
}

awaitable<Result<QueueStats>> RedisJobQueue::stats() {
  Arguments arguments;
  for (const double bound : telemetry::freshness_bounds_seconds) {
    arguments.push_back(std::to_string(static_cast<std::int64_t>(bound * 1'000)));
  }
  auto reply = co_await call_script(redis_, scripts_->stats, std::move(arguments));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return parse_stats(*reply, telemetry::freshness_bounds_seconds);
}

awaitable<Result<bool>> RedisJobQueue::wait_for_work(Duration timeout) {
  const double seconds = std::chrono::duration<double>(timeout).count();
  redis::Command command{"BLPOP", std::string(root_key) + ":wake", std::to_string(seconds)};
  auto reply = co_await redis_.blocking_command(std::move(command),
                                                timeout + limits::redis_command_deadline);
  if (!reply) {
    co_return std::move(reply.failure());
  }
  if (const redis::Error* error = reply->error()) {
    co_return failure_of(*error);
  }
  co_return reply->array() != nullptr;
}

}  // namespace claimferry::queue
