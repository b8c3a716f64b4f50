#include "common/claims/adapter/postgres_failure.hpp"

#include <algorithm>
#include <array>

namespace claimferry::claims {
namespace {

struct Meaning {
  std::string_view code;  // begins with it; the first one counts
  FailureKind kind;
  std::string_view means;
};

// SQLSTATEs: PostgreSQL's documentation, appendix A.
constexpr auto meanings = std::to_array<Meaning>({
    {"postgres_53100", FailureKind::local, "disk_full"},
    {"postgres_53", FailureKind::local, "sink_unavailable"},  // memory, connections
    {"postgres_40", FailureKind::local, "sink_busy"},         // serialization, deadlock
    {"postgres_57014", FailureKind::local, "sink_busy"},      // statement timeout
    {"postgres_55P03", FailureKind::local, "sink_busy"},      // lock timeout
    {"postgres_busy", FailureKind::local, "sink_busy"},
    {"postgres_42501", FailureKind::local, "sink_rights"},
    {"postgres_22", FailureKind::permanent, "sink_refused"},  // a value out of a type's range
    {"postgres_23", FailureKind::permanent, "sink_refused"},  // a constraint
    {"postgres_54", FailureKind::permanent, "sink_refused"},  // a limit of PostgreSQL's
});

}  // namespace

bool is_conflict(const Failure& failure) {
  return failure.code == "postgres_40001" || failure.code == "postgres_40P01";
}

Failure sink_failure(const Failure& failure) {
  const auto found = std::ranges::find_if(meanings, [&failure](const Meaning& meaning) {
    return failure.code.starts_with(meaning.code);
  });
  if (found == meanings.end()) {
    return {FailureKind::local, "sink_unavailable", failure.detail};
  }
  return {found->kind, std::string(found->means), failure.detail};
}

}  // namespace claimferry::claims
