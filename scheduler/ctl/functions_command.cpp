// claimferry functions load: what the leading scheduler does by itself, for whoever wants the
// operators' functions in Redis before one leads: an upgrade's Job.
#include <cstdio>

#include "common/queue/adapter/queue_scripts.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/library.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

using queue::FunctionLibrary;

struct Words {
  const char* name;  // of JSON
  const char* text;
};

Words words_of(FunctionLibrary::Outcome outcome) {
  switch (outcome) {
    case FunctionLibrary::Outcome::loaded:
      return {"loaded", "is loaded"};
    case FunctionLibrary::Outcome::current:
      return {"current", "is there already"};
    case FunctionLibrary::Outcome::newer_there:
      break;
  }
  return {"newer_there", "is not loaded: a newer release's is there, and stays"};
}

void load_functions(const Context& context) {
  const config::Config config = load_config(context);
  LocalRun local;
  redis::Endpoint endpoint = value_or_end(program::redis_endpoint(config.redis));
  const auto outcome = value_or_end(ensure_library(local, std::move(endpoint)));
  const Words words = words_of(outcome);
  if (context.json) {
    std::printf("{\"library\":%u,\"outcome\":\"%s\"}\n", queue::function_library_version,
                words.name);
  } else {
    std::printf("version %u of the functions %s\n", queue::function_library_version, words.text);
  }
}

}  // namespace

void add_functions_command(CLI::App& app, Context& context) {
  CLI::App* functions =
      app.add_subcommand("functions", "the operators' functions in Redis, cf_help and the others");
  functions->require_subcommand(1);
  functions
      ->add_subcommand("load",
                       "load this release's, unless a newer one's are there; the leading "
                       "scheduler does so by itself")
      ->callback([&context] { context.run = [&context] { load_functions(context); }; });
}

}  // namespace claimferry::ctl
