// `claimferry erase`: cf_erase, and with --wait its end and the receipt.
#include <cstdio>

#include "common/async/sleeper.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/console_call.hpp"
#include "scheduler/ctl/detach.hpp"
#include "scheduler/ctl/session.hpp"
#include "scheduler/ctl/shell_words.hpp"

namespace claimferry::ctl {
namespace {

constexpr Duration look_interval = std::chrono::milliseconds(500);
constexpr Duration told_every = std::chrono::seconds(10);

struct EraseMember {
  std::string member;
  std::string confirm;
  std::string by;
  std::string reason;
  bool dry = false;
  bool explain = false;
  bool wait = false;
};

ConsoleCall call_of(const EraseMember& words, bool json) {
  ConsoleCall call{"cf_erase", {words.member}, ""};
  for (const auto& [name, value] :
       {std::pair{"confirm", &words.confirm}, std::pair{"by", &words.by},
        std::pair{"reason", &words.reason}}) {
    if (!value->empty()) {
      call.words.push_back(std::string(name) + "=" + *value);
    }
  }
  if (words.dry) {
    call.words.emplace_back("dry=1");
  }
  if (json) {
    call.words.emplace_back("as=json");
  }
  return call;
}

std::string answer_of(Session& session, const ConsoleCall& call) {
  return as_text(session.call(call));
}

awaitable<Result<void>> a_while() {
  TimerSleeper sleeper;
  co_await sleeper.sleep(look_interval);
  co_return Result<void>();
}

bool is_erased(Session& session, const MemberId& member) {
  const auto record = session.run(session.members().find(member));
  if (!record) {
    throw CommandFailed{program::failed, "the member's tombstone is gone: was Redis lost?"};
  }
  const auto state = record->fields.find("state");
  return state != record->fields.end() && state->second == "erased";
}

// Now and then with what holds it up.
void wait_until_erased(Session& session, const MemberId& member) {
  detach_on_interrupt();
  const SystemClock clock;
  SteadyTime told_at = clock.steady();
  while (!is_erased(session, member)) {
    if (asked_to_detach()) {
      throw CommandFailed{
          program::failed,
          "it is not finished, and goes on unwatched: claimferry member show " + member.str()};
    }
    if (clock.steady() - told_at >= told_every) {
      told_at = clock.steady();
      const std::string why = answer_of(session, {"cf_why", {member.str()}, ""});
      std::fprintf(stderr, "claimferry: still waiting: %s\n", in_shell_words(why).c_str());
    }
    session.run(a_while());
  }
}

void erase_member(const Context& context, const EraseMember& words) {
  const ConsoleCall call = call_of(words, context.json && !words.wait);
  if (words.explain) {
    std::puts(as_redis_cli(call).c_str());
    return;
  }
  Session session(load_config(context));
  const std::string answer = answer_of(session, call);
  if (!words.wait || words.dry) {
    std::puts(answer.c_str());
    return;
  }
  std::fprintf(stderr, "%s\n", answer.c_str());
  wait_until_erased(session, MemberId::parse(words.member).value());
  ConsoleCall receipt{"cf_member", {words.member}, ""};
  if (context.json) {
    receipt.words.emplace_back("as=json");
  }
  std::puts(answer_of(session, receipt).c_str());
}

}  // namespace

void add_erase_command(CLI::App& app, Context& context) {
  CLI::App* erase = app.add_subcommand(
      "erase", "a member leaves: its requests stop, all that is stored of it goes for good");
  auto words = std::make_shared<EraseMember>();
  erase->add_option("member", words->member)->required();
  erase->add_option("--confirm", words->confirm, "the member's id once more");
  erase->add_option("--by", words->by, "who asks, for the audit");
  erase->add_option("--reason", words->reason, "why, without health data");
  erase->add_flag("--dry-run", words->dry, "say what would be done, change nothing");
  erase->add_flag("--wait", words->wait, "until nothing is left; prints the receipt");
  erase->add_flag("--explain", words->explain, "print the redis-cli line that does the same");
  erase->callback(
      [&context, words] { context.run = [&context, words] { erase_member(context, *words); }; });
}

}  // namespace claimferry::ctl
