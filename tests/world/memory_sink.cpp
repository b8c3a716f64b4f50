#include "tests/world/memory_sink.hpp"

#include <algorithm>

#include "common/base/limits.hpp"

namespace claimferry::world {
namespace {

using claims::CloseReport;
using claims::CommitReport;

// Absence at once of more than a fifth of a member's claims is held: DESIGN §8.
constexpr std::size_t held_share = 5;

// sweep: empty in a window.
void note_seen(MemorySink::Held& held, const std::string& sweep) {
  held.missed = 0;
  if (!sweep.empty()) {
    held.sweep = sweep;
  }
}

void put(MemorySink::Resources& resources, const claims::ResourceRow& row, const std::string& sweep,
         CommitReport& report) {
  const std::pair key{std::string(row.type), std::string(row.id)};
  auto [place, is_new] = resources.try_emplace(key);
  MemorySink::Held& held = place->second;
  report.repeated += !is_new && !sweep.empty() && held.sweep == sweep ? 1 : 0;
  if (is_new) {
    ++report.inserted;
    held.is_claim = row.type == "ExplanationOfBenefit";
  } else if (held.change_hash == row.change_hash && !held.absent) {
    ++report.unchanged;
  } else {
    ++report.changed;
    ++held.version;
  }
  if (is_new || held.change_hash != row.change_hash) {
    held.content_hash = row.content_hash;
    held.change_hash = row.change_hash;
  }
  held.absent = false;
  note_seen(held, sweep);
}

// What came in a shape that cannot be read was seen all the same, where it is known.
void put_aside(MemorySink::Member& member, const claims::QuarantinedEntry& entry,
               const std::string& sweep) {
  member.quarantine.try_emplace({sha256(entry.raw), std::string(entry.reason)}, entry.raw);
  const auto known = member.resources.find({std::string(entry.type), std::string(entry.id)});
  if (known != member.resources.end()) {
    note_seen(known->second, sweep);
  }
}

}  // namespace

awaitable<Result<void>> MemorySink::open() {
  co_return Result<void>();
}

Result<MemorySink::Member*> MemorySink::fenced(const claims::SyncKey& key) {
  Member& member = members_[key.job.member.str()];
  const bool stale =
      key.job.fence < member.fence || (member.erased && key.job.fence <= member.fence);
  if (stale) {
    return Failure{FailureKind::lease_lost, "sink_fenced",
                   std::to_string(to_number(member.fence)) + " is the fence that the sink holds"};
  }
  member.fence = key.job.fence;
  return &member;
}

awaitable<Result<std::optional<queue::Cursor>>> MemorySink::resume(claims::SyncKey key) {
  std::optional<queue::Cursor> cursor;
  const Member& member = members_[key.job.member.str()];
  if (const auto found = member.cursors.find(key.job.job.str()); found != member.cursors.end()) {
    cursor = found->second;
  }
  co_return cursor;
}

awaitable<Result<CommitReport>> MemorySink::commit(claims::PageCommit commit) {
  auto member = fenced(commit.key);
  if (!member) {
    co_return std::move(member.failure());
  }
  const std::string job = commit.key.job.job.str();
  const std::string sweep = commit.sweep ? job : "";
  CommitReport report;
  for (const claims::ResourceRow& row : commit.page.resources) {
    put((*member)->resources, row, sweep, report);
  }
  for (const claims::QuarantinedEntry& entry : commit.page.quarantined) {
    put_aside(**member, entry, sweep);
  }
  report.quarantined = static_cast<std::uint32_t>(commit.page.quarantined.size());
  commit.after.entries -= std::min<std::uint64_t>(commit.after.entries, report.repeated);
  (*member)->cursors.insert_or_assign(job, std::move(commit.after));
  co_return report;
}

awaitable<Result<void>> MemorySink::quarantine_page(claims::BadPage page) {
  auto member = fenced(page.key);
  if (!member) {
    co_return std::move(member.failure());
  }
  const std::string raw(page.body.view().substr(0, limits::body_bytes_max));
  (*member)->quarantine.try_emplace({sha256(raw), page.reason}, raw);
  co_return Result<void>();
}

awaitable<Result<CloseReport>> MemorySink::close(claims::SyncClose close) {
  auto fenced_member = fenced(close.key);
  if (!fenced_member) {
    co_return std::move(fenced_member.failure());
  }
  Member& member = **fenced_member;
  const std::string job = close.key.job.job.str();
  member.cursors.erase(job);
  CloseReport report;
  if (!close.sweep) {
    co_return report;
  }
  std::vector<Held*> gone;
  std::size_t present_claims = 0;
  std::size_t gone_claims = 0;
  for (auto& [key, held] : member.resources) {
    const bool complete = (key.first == "Coverage" && close.coverage_complete) ||
                          (held.is_claim && close.eob_complete);
    present_claims += held.is_claim && !held.absent ? 1 : 0;
    if (!complete || held.absent) {
      continue;
    }
    if (held.sweep != job) {
      held.sweep = job;
      ++held.missed;
    }
    report.missed_once += held.missed == 1 ? 1 : 0;
    if (held.missed >= 2) {
      gone.push_back(&held);
      gone_claims += held.is_claim ? 1 : 0;
    }
  }
  report.absence_held = gone_claims * held_share > present_claims;
  if (!report.absence_held) {
    for (Held* held : gone) {
      held->absent = true;
    }
    report.marked_absent = static_cast<std::uint32_t>(gone.size());
  }
  co_return report;
}

awaitable<Result<void>> MemorySink::erase(claims::SyncKey key) {
  auto member = fenced(key);
  if (!member) {
    co_return std::move(member.failure());
  }
  Member erased;
  erased.fence = key.job.fence;
  erased.erased = true;
  **member = std::move(erased);
  co_return Result<void>();
}

void MemorySink::forget_a_claim() {
  for (auto& [id, member] : members_) {
    if (std::erase_if(member.resources, [](const auto& item) { return item.second.is_claim; }) >
        0) {
      return;
    }
  }
}

void MemorySink::falsify_a_claim() {
  for (auto& [id, member] : members_) {
    for (auto& [key, held] : member.resources) {
      held.content_hash[0] ^= 1U;
    }
  }
}

}  // namespace claimferry::world
