// CLAIMFERRY_ASSERT: for what cannot happen. Stays on in release builds; prints the expression and
// its place, never a value, because a value may be health data.
#pragma once

#include <source_location>

namespace claimferry {
[[noreturn]] void assertion_failed(const char* expression, std::source_location where);
}

#define CLAIMFERRY_ASSERT(expression)                                               \
  do {                                                                              \
    if (!(expression)) {                                                            \
      ::claimferry::assertion_failed(#expression, std::source_location::current()); \
    }                                                                               \
  } while (false)
