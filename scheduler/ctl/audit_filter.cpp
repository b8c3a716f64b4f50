#include "scheduler/ctl/audit_filter.hpp"

#include <algorithm>

#include "common/base/ids.hpp"

namespace claimferry::ctl {
namespace {

constexpr std::size_t key_id_length_max = 32;  // vault/key_ring.hpp
constexpr std::size_t event_length_max = 32;

Failure bad(const std::string& option, const std::string& expects) {
  return {FailureKind::permanent, "bad_filter", option + " takes " + expects};
}

bool is_event(std::string_view text) {
  return text.size() <= event_length_max &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

Result<std::optional<WallTime>> moment(const std::string& option, const std::string& text,
                                       bool is_end) {
  const auto parsed = audit::parse_moment(text, is_end);
  if (!text.empty() && !parsed) {
    return bad(option, "a day such as 2026-11-24 or a time such as 2026-11-24T10:00:00Z");
  }
  return parsed;
}

}  // namespace

Result<audit::Filter> audit_filter(const AuditWords& words) {
  if (!words.member.empty() && !MemberId::parse(words.member)) {
    return bad("--member", "a member id: 1 to 64 of A-Z a-z 0-9 _ -");
  }
  if (!words.key.empty() && !is_plain_name(words.key, key_id_length_max)) {
    return bad("--key", "a key's id: 1 to 32 of A-Z a-z 0-9 _ -");
  }
  if (!words.worker.empty() && !WorkerId::parse(words.worker)) {
    return bad("--worker", "a worker's name: 1 to 64 of A-Z a-z 0-9 _ -");
  }
  if (!is_event(words.event)) {
    return bad("--event", "an event's name: a-z and _");
  }
  const auto since = moment("--since", words.since, false);
  const auto until = moment("--until", words.until, true);
  if (!since || !until) {
    return since ? until.failure() : since.failure();
  }
  if (*since && *until && **until <= **since) {
    return bad("--until", "a moment behind that of --since");
  }
  return audit::Filter{words.member, words.key, words.worker, words.event, *since, *until};
}

}  // namespace claimferry::ctl
