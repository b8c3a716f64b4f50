// Crew: the schedulers and workers as the chaos has them at a moment: up, paused, told to end, or
// away. Whoever ends unasked, or in another way than it was asked, is a mishap.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/integration/fleet.hpp"

namespace claimferry::chaos {

class Crew {
 public:
  explicit Crew(integration::Fleet& fleet) : fleet_(fleet) {}

  void start(const std::string& name);  // one that is still ending ends first
  void kill(const std::string& name);
  void end(const std::string& name);  // SIGTERM; what it ends with is looked at later
  void pause(const std::string& name);
  void resume(const std::string& name);
  // Looks for ends that nobody asked for, and takes in those that somebody did.
  void watch();
  // Everybody runs again, and is ready.
  void all_up();
  // First the workers, then the schedulers, each by SIGTERM.
  void end_all();

  const std::vector<std::string>& mishaps() const noexcept { return mishaps_; }

 private:
  enum class Standing : std::uint8_t { up, paused, ending, away };

  void ended(const std::string& name, int status);
  void end_those(const std::string& prefix);

  integration::Fleet& fleet_;
  std::map<std::string, Standing> standings_;
  std::vector<std::string> mishaps_;
};

}  // namespace claimferry::chaos
