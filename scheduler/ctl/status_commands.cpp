#include <cstdio>

#include <boost/json.hpp>

#include "scheduler/ctl/backfill_window.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/console_call.hpp"
#include "scheduler/ctl/enqueued.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

namespace json = boost::json;

json::object status_object(const queue::QueueStats& stats) {
  json::object object;
  object["members"] = stats.members;
  object["members_synced"] = stats.members_synced;
  object["members_due"] = stats.due_now;
  for (const auto& [state, count] : stats.members_by_state) {
    object["members_" + state] = count;
  }
  for (const auto& [lane, count] : stats.ready_by_lane) {
    object["ready_" + lane] = count;
  }
  object["running"] = stats.running;
  object["delayed"] = stats.delayed;
  object["dead"] = stats.dead;
  object["done"] = stats.done;
  return object;
}

void show_status(const Context& context) {
  Session session(load_config(context));
  const json::object object = status_object(session.run(session.queue().stats()));
  if (context.json) {
    std::puts(json::serialize(object).c_str());
    return;
  }
  for (const auto& field : object) {
    std::printf("%-18s %s\n", std::string(field.key()).c_str(),
                json::serialize(field.value()).c_str());
  }
}

struct AddBackfill {
  std::string member;
  std::string since;
  std::string until;
  bool explain = false;
};

ConsoleCall call_of(const AddBackfill& words) {
  ConsoleCall call{"cf_backfill", {words.member}, ""};
  for (const auto& [name, day] : {std::pair("since=", words.since), {"until=", words.until}}) {
    if (!day.empty()) {
      call.words.push_back(name + day);
    }
  }
  return call;
}

void add_backfill(const Context& context, const AddBackfill& words) {
  const auto member = MemberId::parse(words.member);
  if (!member) {
    throw CommandFailed{program::usage, "a member id is 1 to 64 of A-Z a-z 0-9 _ -"};
  }
  if (words.explain) {
    return print_redis_cli(call_of(words));
  }
  const auto today = std::chrono::floor<std::chrono::days>(SystemClock().wall());
  const auto window = backfill_window(words.since, words.until, today);
  if (!window) {
    throw CommandFailed{program::usage, window.failure().detail};
  }
  Session session(load_config(context));
  const auto added = session.run(
      session.queue().enqueue(*member, queue::JobKind::backfill, *window, queue::Lane::backfill));
  print_enqueued(context, *member, added);
}

}  // namespace

void add_status_commands(CLI::App& app, Context& context) {
  CLI::App* status = app.add_subcommand("status", "the queue and its members in numbers");
  auto explain = std::make_shared<bool>(false);
  status->add_flag("--explain", *explain, explain_help);
  status->callback([&context, explain] {
    context.run = [&context, explain] {
      *explain ? print_redis_cli({"cf_status", {}, ""}) : show_status(context);
    };
  });
  CLI::App* backfill = app.add_subcommand("backfill", "pulls that people ask for");
  backfill->require_subcommand(1);
  CLI::App* add = backfill->add_subcommand("add", "pull a member again, all of it or a window");
  auto words = std::make_shared<AddBackfill>();
  add->add_option("member", words->member)->required();
  add->add_option("--since", words->since, "service dates from, YYYY-MM-DD");
  add->add_option("--until", words->until, "service dates to, YYYY-MM-DD");
  add->add_flag("--explain", words->explain, explain_help);
  add->callback(
      [&context, words] { context.run = [&context, words] { add_backfill(context, *words); }; });
}

}  // namespace claimferry::ctl
