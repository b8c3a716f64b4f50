// The typed rows of a resource's version.
#include <algorithm>

#include "common/claims/adapter/amount.hpp"
#include "common/claims/adapter/sqlite_store.hpp"

namespace claimferry::claims {
namespace {

// Binds an amount as text and as ten-thousandths, and remembers whether rounding changed one.
class Amounts {
 public:
  explicit Amounts(SqliteStatement& statement) : statement_(statement) {}
  void bind(std::string_view amount) {
    const auto exact = to_ten_thousandths(amount);
    inexact_ = inexact_ || (exact && exact->inexact);
    statement_.text(amount).integer(exact ? std::optional(exact->value) : std::nullopt);
  }
  std::int64_t inexact() const noexcept { return inexact_ ? 1 : 0; }

 private:
  SqliteStatement& statement_;
  bool inexact_ = false;
};

}  // namespace

// Rows stand in the order of their resources; lines of one are numbered from 1.
Result<void> SqliteStore::put_rows(const PageCommit& commit, std::uint32_t resource,
                                   std::int64_t version) {
  const auto of_resource = [resource](const auto& rows) {
    const auto before = [](const auto& row, std::uint32_t value) { return row.resource < value; };
    return std::lower_bound(rows.begin(), rows.end(), resource, before);
  };
  const ClaimRows& rows = commit.page.rows;
  for (auto row = of_resource(rows.claims); row != rows.claims.end() && row->resource == resource;
       ++row) {
    if (auto put = put_claim(commit, *row, version); !put) {
      return put;
    }
  }
  std::int64_t index = 0;
  for (auto row = of_resource(rows.lines); row != rows.lines.end() && row->resource == resource;
       ++row) {
    if (auto put = put_line(commit, *row, version, ++index); !put) {
      return put;
    }
  }
  for (auto row = of_resource(rows.coverages);
       row != rows.coverages.end() && row->resource == resource; ++row) {
    if (auto put = put_coverage(commit, *row, version); !put) {
      return put;
    }
  }
  return {};
}

Result<void> SqliteStore::put_claim(const PageCommit& commit, const ClaimRow& row,
                                    std::int64_t version) {
  auto& put = prepared(
      "INSERT INTO claim VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  put.text(commit.key.payer.str())
      .text(commit.key.job.member.str())
      .text(row.eob_id)
      .integer(version);
  put.text(row.unique_claim_id).text(row.claim_type).text(row.sub_type).text(row.profile);
  put.text(row.status).text(row.use).text(row.outcome).text(row.patient_ref).text(row.provider_ref);
  put.text(row.provider_display).text(row.insurer_display).text(row.billable_start);
  put.text(row.billable_end).integer(row.billable_open ? 1 : 0).text(row.created);
  put.text(row.principal_diagnosis_system).text(row.principal_diagnosis_code);
  Amounts amounts(put);
  amounts.bind(row.submitted);
  amounts.bind(row.allowed);
  amounts.bind(row.paid);
  amounts.bind(row.member_liability);
  put.integer(amounts.inexact());
  return put.text(row.paid_source).text(row.currency).text(row.meta_last_updated).run();
}

Result<void> SqliteStore::put_line(const PageCommit& commit, const ClaimLineRow& row,
                                   std::int64_t version, std::int64_t index) {
  auto& put = prepared(
      "INSERT INTO claim_line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?, "
      "?, ?, ?, ?, ?)");
  put.text(commit.key.payer.str())
      .text(commit.key.job.member.str())
      .text(row.eob_id)
      .integer(version);
  put.integer(index).text(row.line_sequence).text(row.product_system).text(row.product_code);
  put.text(row.product_display).text(row.revenue_code).text(row.place_of_service);
  put.text(row.serviced_start).text(row.serviced_end).text(row.quantity).text(row.diagnosis_code);
  Amounts amounts(put);
  amounts.bind(row.submitted);
  amounts.bind(row.allowed);
  amounts.bind(row.paid);
  amounts.bind(row.member_liability);
  amounts.bind(row.net);
  return put.integer(amounts.inexact()).run();
}

Result<void> SqliteStore::put_coverage(const PageCommit& commit, const CoverageRow& row,
                                       std::int64_t version) {
  auto& put = prepared("INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  put.text(commit.key.payer.str())
      .text(commit.key.job.member.str())
      .text(row.coverage_id)
      .integer(version);
  put.text(row.status).text(row.type_code).text(row.subscriber_id).text(row.relationship_code);
  return put.text(row.period_start).text(row.period_end).text(row.payor_display).run();
}

}  // namespace claimferry::claims
