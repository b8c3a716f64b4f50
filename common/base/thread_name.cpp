#include "common/base/thread_name.hpp"

#include <pthread.h>

namespace claimferry {

void name_this_thread(const char* name) noexcept {
  ::pthread_setname_np(::pthread_self(), name);
}

}  // namespace claimferry
