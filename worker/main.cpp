// claimferry-worker: claims jobs, fetches claims, stores them.
#include <cstdio>
#include <exception>

#include "worker/service.hpp"

int main(int argc, char** argv) {
  using namespace claimferry;
  try {
    const program::About about{"claimferry-worker",
                               "Fetches members' claims from payers into your database."};
    const auto begun = program::begin(argc, argv, about);
    return begun.invocation ? worker::run_service(*begun.invocation) : begun.exit_status;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "claimferry-worker: %s\n", error.what());
    return program::failed;
  }
}
