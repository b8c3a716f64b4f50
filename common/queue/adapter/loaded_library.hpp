// LoadedLibrary: a function library as Redis' FUNCTION LIST tells of it. Reads the reply; asks
// nothing.
#pragma once

#include <string>
#include <vector>

#include "common/redis/reply.hpp"

namespace claimferry::queue {

struct LoadedLibrary {
  std::string name;
  std::string code;  // empty unless asked WITHCODE
  std::vector<std::string> functions;
  friend bool operator==(const LoadedLibrary&, const LoadedLibrary&) = default;
};

// Fields that we do not know are skipped: later versions of Redis tell more.
std::vector<LoadedLibrary> loaded_libraries(const redis::Reply& list);

// Functions' names are one over all libraries, and Redis takes no notice of their case.
const LoadedLibrary* owner_of(const std::string& function,
                              const std::vector<LoadedLibrary>& libraries);

}  // namespace claimferry::queue
