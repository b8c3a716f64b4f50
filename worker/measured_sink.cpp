#include "worker/measured_sink.hpp"

#include <map>
#include <string>

#include "common/claims/tables/derived_cells.hpp"

namespace claimferry::worker {
namespace {

using claims::TableId;

// CARIN's five, and what does not say which.
std::string type_of(std::string_view type, std::string_view sub_type) {
  if (type == "institutional" && (sub_type == "inpatient" || sub_type == "outpatient")) {
    return std::string(sub_type) + "-institutional";
  }
  return std::string(type);
}

std::map<std::string, std::uint32_t> claims_by_type(const claims::ParsedPage& page) {
  static const claims::Named claim_type(TableId::claim, "claim_type");
  static const claims::Named sub_type(TableId::claim, "sub_type");
  std::map<std::string, std::uint32_t> counts;
  const claims::TableRows& rows = page.rows.of(TableId::claim);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    ++counts[type_of(claim_type.get(rows.cells(row)), sub_type.get(rows.cells(row)))];
  }
  return counts;
}

}  // namespace

awaitable<Result<claims::CommitReport>> MeasuredSink::commit(claims::PageCommit commit) {
  const PayerName payer = commit.key.payer;
  const auto counts = claims_by_type(commit.page);
  const SteadyTime begun = clock_.steady();
  auto report = co_await sink_->commit(std::move(commit));
  const auto took = std::chrono::floor<Duration>(clock_.steady() - begun);
  const bool is_fenced = !report && report.failure().kind == FailureKind::lease_lost;
  if (!is_fenced) {
    observer_.on(telemetry::SinkWrote{report ? "" : report.failure().code, took});
  }
  if (report) {
    for (const auto& [type, number] : counts) {
      observer_.on(telemetry::ClaimsStored{payer, type, number});
    }
  }
  co_return report;
}

}  // namespace claimferry::worker
