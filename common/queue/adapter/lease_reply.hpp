// Reads what the scripts answer. What does not have the expected shape is a `local` failure that
// says so: another release wrote it, or somebody's hand; it never crashes a worker.
#pragma once

#include "common/queue/adapter/job_queue.hpp"
#include "common/redis/reply.hpp"

namespace claimferry::queue {

Failure unexpected_reply(std::string_view script);
Result<ClaimReply> parse_claim_reply(const redis::Reply& reply);
Result<std::vector<JobId>> parse_job_ids(const redis::Reply& reply);
Result<JobQueue::Enqueued> parse_enqueued(const redis::Reply& reply);
Result<QueueStats> parse_stats(const redis::Reply& reply, std::span<const double> bounds_seconds);

// The n-th item of an array as a number; nothing when it is none.
std::optional<std::int64_t> number_at(const redis::Reply& reply, std::size_t at);

}  // namespace claimferry::queue
