#include "tests/world/memory_audit.hpp"

namespace claimferry::world {

Result<audit::Drained> MemoryAudit::take(const audit::Batch& batch) {
  const audit::Head head = records_.empty() ? audit::Head{} : records_.back().head();
  std::size_t at = batch.known ? batch.known->seq : 0;
  if (batch.known && (at == 0 || at > records_.size() || records_[at - 1].head() != *batch.known)) {
    return Failure{FailureKind::local, "audit_head_unknown", "another's head"};
  }
  auto plan = audit::plan_drain(batch, [&]() -> std::optional<audit::Record> {
    return at < records_.size() ? std::optional(records_[at++]) : std::nullopt;
  });
  if (plan.known) {
    return std::move(*plan.known);
  }
  audit::Drained drained{head, {}, batch.lost, plan.append.size()};
  for (const audit::Entry& entry : plan.append) {
    lines_.push_back(audit::line_after(drained.head, entry));
    records_.push_back(audit::parse_line(lines_.back()).value());
    drained.head = records_.back().head();
  }
  for (const audit::Entry& entry : batch.entries) {
    drained.ids.push_back(entry.id);
  }
  return drained;
}

audit::VerifyReport MemoryAudit::verify(std::optional<audit::Head> redis) const {
  audit::Verifier verifier(std::move(redis));
  verifier.begin_segment("memory");
  for (const std::string& line : lines_) {
    verifier.line(line);
  }
  return verifier.finish();
}

}  // namespace claimferry::world
