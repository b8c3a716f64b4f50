#include "common/audit/drain_plan.hpp"

namespace claimferry::audit {
namespace {

// Our own words may be said at another time than before.
bool tells_the_same(const Entry& one, const Entry& other) {
  return one.id == other.id && one.event == other.event && one.fields == other.fields;
}

}  // namespace

DrainPlan plan_drain(const Batch& batch, const NextRecord& next) {
  DrainPlan plan;
  const Entry loss = losses(batch.lost, batch.lost_in_all, batch.at);
  bool loss_is_told = batch.lost == 0;
  while (const auto record = next()) {
    const std::size_t done = plan.known ? plan.known->ids.size() : 0;
    if (done < batch.entries.size() && tells_the_same(record->entry, batch.entries[done])) {
      plan.known = plan.known ? std::move(plan.known) : Drained{};
      plan.known->head = record->head();
      plan.known->ids.push_back(record->entry.id);
      if (done + 1 == batch.entries.size()) {
        break;
      }
    }
    loss_is_told = loss_is_told || tells_the_same(record->entry, loss);
  }
  if (plan.known) {
    return plan;
  }
  plan.append = batch.entries;
  if (!loss_is_told) {
    plan.append.push_back(loss);
  }
  return plan;
}

}  // namespace claimferry::audit
