#include <cstdio>

#include "common/queue/adapter/queue_fsck.hpp"
#include "common/queue/adapter/redis_queue_check.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/fsck_text.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

void check_queue(const Context& context, bool repair) {
  // What makes others refuse this Redis may be what is to be mended.
  Session session(load_config(context), Session::Demands::any_keys);
  queue::RedisQueueCheck check(session.redis());
  queue::QueueFsck fsck(check, repair);
  const auto report = session.run(fsck.run());
  if (context.json) {
    std::puts(fsck_json(report).c_str());
  } else {
    std::fputs(fsck_table(report).c_str(), stdout);
  }
  if (!report.clean()) {
    throw CommandFailed{program::failed, ""};
  }
}

}  // namespace

void add_fsck_command(CLI::App& app, Context& context) {
  CLI::App* fsck = app.add_subcommand("fsck", "check the queue while it works, and mend it");
  auto repair = std::make_shared<bool>(false);
  fsck->add_flag("--repair", *repair, "put right what is found; no work is lost");
  fsck->callback(
      [&context, repair] { context.run = [&context, repair] { check_queue(context, *repair); }; });
}

}  // namespace claimferry::ctl
