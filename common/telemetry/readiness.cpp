#include "common/telemetry/readiness.hpp"

#include <algorithm>

namespace claimferry::telemetry {

void Readiness::on(const Event& event) noexcept {
  if (const auto* trouble = std::get_if<LocalTrouble>(&event)) {
    const std::lock_guard lock(mutex_);
    trouble->over ? end(*trouble) : begin(*trouble);
  }
}

std::string Readiness::why_not_ready() const {
  const std::lock_guard lock(mutex_);
  std::string why;
  for (const Trouble& trouble : troubles_) {
    why += (why.empty() ? "" : "; ") + trouble.what + " is away" +
           (trouble.detail.empty() ? "" : ": " + trouble.detail);
  }
  return why;
}

void Readiness::begin(const LocalTrouble& trouble) {
  const auto known = std::ranges::find(troubles_, trouble.what, &Trouble::what);
  if (known == troubles_.end()) {
    troubles_.push_back({std::string(trouble.what), trouble.detail, 1});
  } else {
    ++known->told_by;
    known->detail = trouble.detail;
  }
}

void Readiness::end(const LocalTrouble& trouble) {
  const auto known = std::ranges::find(troubles_, trouble.what, &Trouble::what);
  if (known != troubles_.end() && --known->told_by == 0) {
    troubles_.erase(known);
  }
}

}  // namespace claimferry::telemetry
