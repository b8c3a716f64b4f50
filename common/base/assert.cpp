#include "common/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace claimferry {

void assertion_failed(const char* expression, std::source_location where) {
  std::fprintf(stderr, "assertion failed: %s at %s:%u in %s\n", expression, where.file_name(),
               static_cast<unsigned>(where.line()), where.function_name());
  std::abort();
}

}  // namespace claimferry
