#include "common/claims/adapter/claim_rebuild.hpp"

#include "common/claims/stored_resource.hpp"

namespace claimferry::claims {
namespace {

constexpr std::size_t batch = 100;

RebuiltVersion rebuilt(StoredVersion stored, ReprocessReport& report) {
  auto page = read_stored(stored.raw);
  const bool has_rows = page && page->quarantined.empty();
  ++(has_rows ? report.renewed : report.unreadable);
  return {std::move(stored.key), page ? std::move(*page) : ParsedPage()};
}

}  // namespace

awaitable<Result<ReprocessReport>> reprocess(ClaimRebuild* sink, ReprocessTold tell) {
  ReprocessReport report;
  while (true) {
    auto some = co_await sink->outdated(batch);
    if (!some) {
      co_return std::move(some.failure());
    }
    if (some->empty()) {
      co_return report;
    }
    std::vector<RebuiltVersion> versions;
    for (StoredVersion& stored : *some) {
      versions.push_back(rebuilt(std::move(stored), report));
    }
    auto renewed = co_await sink->renew(std::move(versions));
    if (!renewed) {
      co_return std::move(renewed.failure());
    }
    tell(report);
  }
}

}  // namespace claimferry::claims
