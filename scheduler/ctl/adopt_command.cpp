// claimferry db adopt: members whom Redis alone knew, into the database that is to keep them.
#include <cstdio>
#include <iostream>

#include "common/members/adapter/member_adoption.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/progress.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

void adopt(const Context& context) {
  const config::Config config = load_config(context, {"redis.password_file", "sink.password_file"});
  if (config.sink.kind != "postgres") {
    throw CommandFailed{program::refused, "sink.kind is " + config.sink.kind +
                                              "; members are kept in a database of kind postgres"};
  }
  const SystemClock clock;
  Session session(config);
  members::MemberAdoption adoption(session.redis(), session.stores(config).pool());
  Progress progress(std::cerr, standard_error_is_terminal(), clock, "db adopt");
  const std::uint64_t about = session.run(session.queue().stats()).members;
  std::uint64_t seen = 0;
  std::uint64_t adopted = 0;
  std::string from = "0";
  do {
    auto page = session.run(session.members().scan(from));
    for (MemberId& member : page.members) {
      adopted += session.run(adoption.adopt(std::move(member))) ? 1 : 0;
      ++seen;
    }
    progress.tell(seen, about);
    from = page.next;
  } while (from != "0");
  const auto count = static_cast<unsigned long long>(adopted);
  std::printf(context.json ? "{\"adopted\":%llu}\n" : "%llu members moved into the database\n",
              count);
}

}  // namespace

void add_adopt_command(CLI::App& db, Context& context) {
  CLI::App* adopt = db.add_subcommand(
      "adopt",
      "move members and sealed tokens out of Redis, when a deployment takes to a database");
  adopt->footer(
      "Once, after db migrate, while no worker and no claimferry-enroll runs; as the worker's "
      "Redis "
      "user. Broken\noff, it is simply run again. From then on every program must name the "
      "database in its [sink].");
  adopt->callback([&context] { context.run = [&context] { claimferry::ctl::adopt(context); }; });
}

}  // namespace claimferry::ctl
