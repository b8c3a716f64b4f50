// Edits of the scripts' texts: how a world gets a planted bug, an older release, or a lease of
// leadership that is given to everybody.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace claimferry::world {

struct ScriptEdit {
  std::string_view from;
  std::string_view to;
};

// Each edit wherever its text stands; a script without it stays as it is.
std::string edited(std::span<const ScriptEdit> edits, std::string source);

// What this release added, taken out again: lanes in strict order, no work asked for again while it
// runs, no batches, and cancelled jobs told by the heartbeat alone. So a world can run the release
// before this one beside it, on one Redis.
std::span<const ScriptEdit> older_release();

// Every scheduler leads whenever it asks.
std::span<const ScriptEdit> everyone_leads();

}  // namespace claimferry::world
