#include "scheduler/ctl/detach.hpp"

#include <csignal>

namespace claimferry::ctl {
namespace {

volatile std::sig_atomic_t asked = 0;

void note(int) {
  asked = 1;
}

}  // namespace

void detach_on_interrupt() {
  struct sigaction action{};
  action.sa_handler = note;
  sigemptyset(&action.sa_mask);
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    sigaction(signal, &action, nullptr);
  }
}

bool asked_to_detach() {
  return asked != 0;
}

}  // namespace claimferry::ctl
