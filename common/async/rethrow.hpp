// rethrow: the completion handler of coroutines that must not throw: what they throw all the same
// ends the event loop, and is seen.
#pragma once

#include <exception>

namespace claimferry {

inline void rethrow(const std::exception_ptr& error) {
  if (error) {
    std::rethrow_exception(error);
  }
}

}  // namespace claimferry
