// Trouble: performs the steps of a plan on the fleet, each at its time, and keeps count. It knows
// which refreshes a kill or a lost answer may have cut off, for the verdict.
#pragma once

#include <fstream>
#include <map>
#include <set>
#include <string>

#include "tests/chaos/crew.hpp"
#include "tests/chaos/members.hpp"
#include "tests/chaos/plan.hpp"
#include "tests/chaos/queue_look.hpp"

namespace claimferry::chaos {

struct Done {
  std::map<Action, unsigned> steps;
  std::map<std::string, unsigned> spells;
  unsigned consents_renewed = 0;
  // Troubles that may have left a refresh without an answer: each explains one lost consent.
  unsigned refreshes_endangered = 0;
  long long refreshes_cut_off_max = 0;  // as many late retries are the client's right
};

class Trouble {
 public:
  Trouble(integration::Fleet& fleet, Crew& crew, Members& members);

  void run(const std::vector<Step>& plan, milliseconds length);
  // The payer is well and everybody runs.
  void make_well();
  // To be called again and again: sees who ended, and has those consent anew whose token was lost,
  // as an operator would.
  void tend();
  Done done() const;

 private:
  void perform(const Step& step);
  void note_open_refreshes();
  void restart_redis(const Step& step);
  void make_ill(unsigned spell);
  void heal();
  void change(const Step& step);
  void wait_until(std::chrono::steady_clock::time_point then);
  long long token_requests();
  void log(const std::string& text);

  integration::Fleet& fleet_;
  Crew& crew_;
  Members& members_;
  QueueLook look_;
  std::ofstream log_;
  std::chrono::steady_clock::time_point begun_;
  std::chrono::steady_clock::time_point tended_;
  Done done_;
  std::set<std::string> cut_off_by_kills_;
  std::optional<long long> token_requests_before_spell_;
};

}  // namespace claimferry::chaos
