// decide: what is to be done about Redis' copy of our function library, by what was found there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace claimferry::queue {

struct LibraryText {
  unsigned version;  // grows with every release that changes the text
  std::string code;  // begins with "#!lua name=claimferry"
};

struct LibraryFound {
  std::optional<std::string> recorded;  // the version in the hash meta, as it stands there
  std::optional<std::string> code;      // of the library; nullopt: Redis has none
};

enum class LibraryDecision : std::uint8_t { keep, leave_newer, load };

// A newer version is left alone, as long as its library is there. Of our own version the text
// counts, too: builds under development change it without a new number, and the last one wins.
// What is recorded as nothing, or as no number, is nobody's to protect: ours is loaded.
LibraryDecision decide(const LibraryText& ours, const LibraryFound& found);

}  // namespace claimferry::queue
