#include "common/claims/adapter/claim_rebuild.hpp"

#include "common/claims/stored_resource.hpp"

namespace claimferry::claims {
namespace {

RebuiltVersion rebuilt(StoredVersion stored, ReprocessReport& report) {
  auto page = read_stored(stored.raw);
  const bool has_rows = page && page->quarantined.empty();
  ++(has_rows ? report.renewed : report.unreadable);
  return {std::move(stored.key), page ? std::move(*page) : ParsedPage()};
}

}  // namespace

awaitable<Result<ReprocessReport>> reprocess(ClaimRebuild* sink, ReprocessTold tell) {
  ReprocessReport report;
  std::optional<VersionKey> after;
  do {
    auto step = co_await sink->outdated(after);
    if (!step) {
      co_return std::move(step.failure());
    }
    after = std::move(step->next);
    if (step->versions.empty()) {
      continue;
    }
    std::vector<RebuiltVersion> versions;
    for (StoredVersion& stored : step->versions) {
      versions.push_back(rebuilt(std::move(stored), report));
    }
    auto renewed = co_await sink->renew(std::move(versions));
    if (!renewed) {
      co_return std::move(renewed.failure());
    }
    tell(report);
  } while (after);
  co_return report;
}

awaitable<Result<void>> mark_all(ClaimRebuild* sink, MarkTold tell) {
  auto before = co_await sink->all_marked();
  if (!before) {
    co_return std::move(before.failure());
  }
  if (*before) {
    co_return Result<void>();
  }
  std::uint64_t marked = 0;
  std::optional<VersionKey> after;
  do {
    auto step = co_await sink->mark(after);
    if (!step) {
      co_return std::move(step.failure());
    }
    after = std::move(step->next);
    marked += step->versions;
    tell(marked);
  } while (after);
  co_return Result<void>();
}

}  // namespace claimferry::claims
