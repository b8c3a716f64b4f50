#include "tests/chaos/findings.hpp"

#include <algorithm>

#include "common/base/limits.hpp"

namespace claimferry::chaos {
namespace {

long long counted(const Findings& findings, const char* name) {
  const auto found = findings.judged.counts.find(name);
  return found == findings.judged.counts.end() ? 0 : found->second;
}

// A refresh's second and last use comes later than this after its first: in a run that is no longer
// than it, no trouble can have met both.
constexpr double minutes_without_lost_consents = 1;

class Complaints {
 public:
  void if_any(long long count, const std::string& what) {
    if (count != 0) {
      all_.push_back(what + ' ' + std::to_string(count));
    }
  }
  void add(const std::string& what) { all_.push_back(what); }
  std::vector<std::string> take() { return std::move(all_); }

 private:
  std::vector<std::string> all_;
};

void complain_of_data(const Findings& findings, Complaints& complaints) {
  complaints.if_any(findings.judged.lost, "lost");
  complaints.if_any(findings.judged.duplicated, "duplicated");
  complaints.if_any(findings.judged.wrong, "wrong");
  if (!findings.judged.totals_agree) {
    complaints.add("the totals are not the payer's: withdrawn claims are still there");
  }
}

void complain_of_conduct(const Findings& findings, Complaints& complaints) {
  for (const char* name : {"refresh_reused", "tokens_elsewhere", "unknown_parameters",
                           "codes_reused", "credentials_in_body", "pkce_missing", "aud_wrong"}) {
    complaints.if_any(counted(findings, name), name);
  }
  const long long late = counted(findings, "refresh_retried_late");
  if (late > findings.done.refreshes_cut_off_max) {
    complaints.add("refresh_retried_late " + std::to_string(late) + ", of which trouble explains " +
                   std::to_string(findings.done.refreshes_cut_off_max));
  }
}

void complain_of_members(const Findings& findings, Complaints& complaints) {
  complaints.if_any(findings.reconsent, "members whose consent ended:");
  const unsigned renewed = findings.done.consents_renewed;
  const unsigned explained =
      findings.minutes > minutes_without_lost_consents ? findings.done.refreshes_endangered : 0;
  if (renewed > explained) {
    complaints.add("refresh tokens lost: " + std::to_string(renewed) +
                   ", of which trouble explains " + std::to_string(explained));
  }
  if (!findings.unswept.empty()) {
    complaints.add("members not swept twice since: " + std::to_string(findings.unswept.size()) +
                   ", such as " + findings.unswept.front());
  }
}

void complain_of_queue(const Findings& findings, Complaints& complaints) {
  for (const DeadLetter& letter : findings.dead) {
    if (!is_explained(letter)) {
      complaints.add("a dead letter that no trouble explains: " + letter.code);
      break;
    }
  }
  complaints.if_any(findings.leases_held, "leases held by nobody:");
  if (!findings.fsck.broken.empty()) {
    complaints.add("claimferry fsck: " +
                   findings.fsck.broken.substr(0, findings.fsck.broken.find('\n')));
  }
}

}  // namespace

bool is_explained(const DeadLetter& letter) {
  const bool worn_out = letter.attempts + 1 >= limits::attempts_max;
  return worn_out || letter.code == "refresh_lost" || letter.code == "poison";
}

std::vector<std::string> reasons(const Findings& findings) {
  Complaints complaints;
  if (!findings.ended_by.empty()) {
    complaints.add(findings.ended_by);
  }
  complain_of_data(findings, complaints);
  complain_of_conduct(findings, complaints);
  complain_of_members(findings, complaints);
  complain_of_queue(findings, complaints);
  for (const std::string& mishap : findings.mishaps) {
    complaints.add(mishap);
  }
  complaints.if_any(findings.logs.internal_errors, "internal errors in the logs:");
  return complaints.take();
}

}  // namespace claimferry::chaos
