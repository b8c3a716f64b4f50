// QueueLook: what the run asks Redis about itself, each question one script, so that the answer is
// of one moment. It reads and never writes.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/fleet.hpp"

namespace claimferry::chaos {

struct DeadLetter {
  std::string code;
  unsigned attempts = 0;
};

class QueueLook {
 public:
  explicit QueueLook(integration::Fleet& fleet) : fleet_(fleet) {}

  long long now_ms();  // Redis' own clock
  // "member version" of each refresh that was announced and whose answer is not stored.
  std::set<std::string> open_refreshes();
  // Members with a dead letter that says so: two refreshes got no answer, so their refresh token is
  // left alone.
  std::vector<std::string> lost_refreshes();
  // By member: the sweeps of a sync that were enqueued since then, and are done.
  std::map<std::string, unsigned> sweeps_since(long long ms);
  // When the last job that waits for its time may run; 0 when none waits.
  long long last_delayed_ms();
  std::vector<DeadLetter> dead_letters();
  // How often a job was taken from a worker that was silent too long.
  unsigned reaped();
  unsigned members_in_state(const std::string& state);
  unsigned leases_held();

 private:
  std::vector<std::string> ask(const std::string& script,
                               const std::vector<std::string>& words = {});
  unsigned number(const std::string& script, const std::vector<std::string>& words = {});

  integration::Fleet& fleet_;
};

}  // namespace claimferry::chaos
