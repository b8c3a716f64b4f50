// For commands that only watch: Ctrl-C, SIGTERM and SIGHUP end the watching, not what is watched. A
// second one ends the program, should Redis not answer.
#pragma once

namespace claimferry::ctl {

void detach_on_interrupt();
bool asked_to_detach();

}  // namespace claimferry::ctl
