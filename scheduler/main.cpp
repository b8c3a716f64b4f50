// claimferry-scheduler: plans who is due, brings delayed jobs back, takes jobs from dead workers.
#include <cstdio>
#include <exception>

#include "scheduler/service.hpp"

int main(int argc, char** argv) {
  using namespace claimferry;
  try {
    const program::About about{"claimferry-scheduler",
                               "Plans members' syncs and keeps the queue in order."};
    const auto begun = program::begin(argc, argv, about);
    return begun.invocation ? scheduler::run_service(*begun.invocation) : begun.exit_status;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "claimferry-scheduler: %s\n", error.what());
    return program::failed;
  }
}
