// claimferry-enroll: connects members to payers, and lets them leave.
#include <cstdio>
#include <exception>

#include "scheduler/enroll/service.hpp"
#include "scheduler/enroll/settings.hpp"

int main(int argc, char** argv) {
  using namespace claimferry;
  try {
    const program::About about{"claimferry-enroll",
                               "Connects members to payers by their sign-in, and lets them leave.",
                               {"sink.path", "audit."},
                               enroll::complete_and_check};
    const auto begun = program::begin(argc, argv, about);
    return begun.invocation ? enroll::run_service(*begun.invocation) : begun.exit_status;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "claimferry-enroll: %s\n", error.what());
    return program::failed;
  }
}
