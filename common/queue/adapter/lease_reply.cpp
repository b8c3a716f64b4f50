#include "common/queue/adapter/lease_reply.hpp"

#include <charconv>
#include <limits>

namespace claimferry::queue {
namespace {

constexpr std::size_t lease_fields = 13;

template <class Number>
bool parse_number(const std::string& text, Number& out) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc{} && end == text.data() + text.size();
}

// The fields of a lease, in the order of claim.lua.
std::optional<std::vector<std::string>> texts(const redis::Reply& reply) {
  const auto* items = reply.array();
  if (items == nullptr) {
    return std::nullopt;
  }
  std::vector<std::string> fields;
  for (const redis::Reply& item : *items) {
    if (const auto* field = item.text()) {
      fields.push_back(*field);
    } else if (const auto* number = item.integer()) {
      fields.push_back(std::to_string(*number));
    } else {
      fields.emplace_back();
    }
  }
  return fields;
}

std::optional<Lease> parse_lease(const redis::Reply& reply) {
  const auto fields = texts(reply);
  if (!fields || fields->size() != lease_fields) {
    return std::nullopt;
  }
  const auto& field = *fields;
  const auto job = JobId::parse(field[0]);
  const auto member = MemberId::parse(field[1]);
  const auto payer = PayerName::parse(field[3]);
  const auto kind = parse_job_kind(field[4]);
  const auto lane = parse_lane(field[5]);
  const auto window = Window::parse(field[6]);
  std::uint64_t fence = 0;
  std::int64_t enqueued_ms = 0;
  std::int64_t expires_ms = 0;
  unsigned attempts = 0;
  unsigned stalls = 0;
  unsigned snoozes = 0;
  if (!job || !member || !payer || !kind || !lane || !window || !parse_number(field[2], fence) ||
      !parse_number(field[8], enqueued_ms) || !parse_number(field[9], expires_ms) ||
      !parse_number(field[10], attempts) || !parse_number(field[11], stalls) ||
      !parse_number(field[12], snoozes)) {
    return std::nullopt;
  }
  // A cursor that is not ours begins anew: the upsert makes the repetition invisible.
  return Lease{{*job, *member, Fence{fence}},
               *payer,
               *kind,
               *lane,
               *window,
               Cursor::parse(field[7]),
               WallTime(Duration(enqueued_ms)),
               WallTime(Duration(expires_ms)),
               attempts,
               stalls,
               snoozes};
}

// What settling needs, of a lease that says something else which this release does not know.
std::optional<JobRef> parse_ref(const redis::Reply& reply) {
  const auto fields = texts(reply);
  if (!fields || fields->size() < 3) {
    return std::nullopt;
  }
  const auto job = JobId::parse((*fields)[0]);
  const auto member = MemberId::parse((*fields)[1]);
  std::uint64_t fence = 0;
  if (!job || !member || !parse_number((*fields)[2], fence)) {
    return std::nullopt;
  }
  return JobRef{*job, *member, Fence{fence}};
}

std::map<std::string, std::uint64_t> name_counts(const redis::Reply& reply) {
  std::map<std::string, std::uint64_t> counts;
  const auto fields = texts(reply);
  for (std::size_t at = 0; fields && at + 1 < fields->size(); at += 2) {
    std::uint64_t count = 0;
    if (parse_number((*fields)[at + 1], count)) {
      counts[(*fields)[at]] = count;
    }
  }
  return counts;
}

// Days and members, the last without an end.
std::vector<std::pair<double, std::uint64_t>> lasting_in(const redis::Reply& reply) {
  constexpr double day_seconds = 86'400;
  std::vector<std::pair<double, std::uint64_t>> lasting;
  const auto fields = texts(reply);
  for (std::size_t at = 0; fields && at + 1 < fields->size(); at += 2) {
    std::uint64_t days = 0;
    std::uint64_t members = 0;
    if (parse_number((*fields)[at + 1], members)) {
      const bool has_end = parse_number((*fields)[at], days);
      lasting.emplace_back(has_end ? static_cast<double>(days) * day_seconds
                                   : std::numeric_limits<double>::infinity(),
                           members);
    }
  }
  return lasting;
}

std::map<std::string, QueueStats::Granted> granted_in(const redis::Reply& reply) {
  std::map<std::string, QueueStats::Granted> granted;
  const auto fields = texts(reply);
  for (std::size_t at = 0; fields && at + 3 < fields->size(); at += 4) {
    std::uint64_t thousandths = 0;
    std::uint64_t jobs = 0;
    if (parse_number((*fields)[at + 1], thousandths) && parse_number((*fields)[at + 3], jobs)) {
      granted[(*fields)[at]] = {static_cast<double>(thousandths) / 1'000, (*fields)[at + 2] == "1",
                                jobs};
    }
  }
  return granted;
}

}  // namespace

Failure unexpected_reply(std::string_view script) {
  return {FailureKind::local, "redis_unexpected_reply",
          "the script " + std::string(script) +
              " answered in a form that this release does not know; look for another release, or "
              "for hand-written keys under cf:{0}"};
}

std::optional<std::int64_t> number_at(const redis::Reply& reply, std::size_t at) {
  const auto* items = reply.array();
  if (items == nullptr || at >= items->size() || (*items)[at].integer() == nullptr) {
    return std::nullopt;
  }
  return *(*items)[at].integer();
}

Result<ClaimReply> parse_claim_reply(const redis::Reply& reply) {
  const auto next_in = number_at(reply, 1);
  const auto* leases = next_in ? (*reply.array())[0].array() : nullptr;
  if (leases == nullptr) {
    return unexpected_reply("claim");
  }
  ClaimReply claimed;
  if (*next_in >= 0) {
    claimed.next_in = Duration(*next_in);
  }
  for (const redis::Reply& item : *leases) {
    if (auto lease = parse_lease(item)) {
      claimed.leases.push_back(std::move(*lease));
    } else if (auto ref = parse_ref(item)) {
      claimed.unreadable.push_back(std::move(*ref));
    }
  }
  if (reply.array()->size() > 2) {
    if (auto malformed = parse_job_ids((*reply.array())[2])) {
      claimed.malformed = std::move(*malformed);
    }
  }
  return claimed;
}

Result<std::vector<JobId>> parse_job_ids(const redis::Reply& reply) {
  const auto fields = texts(reply);
  if (!fields) {
    return unexpected_reply("heartbeat");
  }
  std::vector<JobId> jobs;
  for (const std::string& field : *fields) {
    if (auto job = JobId::parse(field)) {
      jobs.push_back(std::move(*job));
    }
  }
  return jobs;
}

Result<JobQueue::Enqueued> parse_enqueued(const redis::Reply& reply) {
  const auto fields = texts(reply);
  if (!fields || fields->size() != 2) {
    return unexpected_reply("enqueue");
  }
  const auto job = JobId::parse((*fields)[0]);
  if (!job) {
    return unexpected_reply("enqueue");
  }
  return JobQueue::Enqueued{*job, (*fields)[1] == "1", (*fields)[1] == "2"};
}

Result<QueueStats> parse_stats(const redis::Reply& reply, std::span<const double> bounds_seconds) {
  const auto synced = number_at(reply, 3);
  const auto* parts = synced ? reply.array() : nullptr;
  if (parts == nullptr) {
    return unexpected_reply("stats");
  }
  auto counts = name_counts((*parts)[0]);
  QueueStats stats;
  for (const std::string_view lane : {"urgent", "routine", "backfill"}) {
    stats.ready_by_lane[std::string(lane)] = counts["ready:" + std::string(lane)];
    stats.oldest_ready[std::string(lane)] =
        Duration(static_cast<Duration::rep>(counts["oldest_ms:" + std::string(lane)]));
  }
  stats.running = counts["running"];
  stats.delayed = counts["delayed"];
  stats.dead = counts["dead"];
  stats.done = counts["done"];
  stats.due_now = counts["due"];
  stats.ended = counts["ended"];
  stats.workers = counts["workers"];
  stats.has_leader = counts["leading"] > 0;
  stats.batches = counts["batches"];
  stats.batch_jobs_left = counts["batch_jobs:left"];
  stats.batch_jobs_queued = counts["batch_jobs:queued"];
  for (const std::string kind : {"all", "lane", "payer", "member"}) {
    stats.pauses[kind] = counts["paused:" + kind];
  }
  stats.audit_waiting = counts["audit"];
  stats.erasures_overdue = counts["erasures_overdue"];
  stats.members_by_state = name_counts((*parts)[1]);
  for (const auto& [state, count] : stats.members_by_state) {
    stats.members += state == "erased" ? 0 : count;
  }
  stats.members_synced = static_cast<std::uint64_t>(*synced);
  for (std::size_t at = 0; at < bounds_seconds.size(); ++at) {
    stats.freshness.emplace_back(
        bounds_seconds[at], static_cast<std::uint64_t>(number_at((*parts)[2], at).value_or(0)));
  }
  if (parts->size() > 4) {
    for (const auto& [payer, stopped] : name_counts((*parts)[4])) {
      stats.grants_stopped[payer] = stopped > 0;
    }
  }
  if (parts->size() > 5) {
    stats.consents_ending = name_counts((*parts)[5]);
  }
  if (parts->size() > 7) {
    stats.consents_lasting = lasting_in((*parts)[6]);
    stats.granted = granted_in((*parts)[7]);
  }
  stats.freshness.emplace_back(std::numeric_limits<double>::infinity(), stats.members_synced);
  return stats;
}

}  // namespace claimferry::queue
