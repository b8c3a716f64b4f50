// The verbs that operators have in redis-cli, too: each is a call of the function library, with the
// same words, checks and answers.
#include <cstdio>
#include <iterator>
#include <map>

#include "common/queue/adapter/queue_scripts.hpp"
#include "scheduler/ctl/backfill_window.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/console_call.hpp"
#include "scheduler/ctl/input.hpp"
#include "scheduler/ctl/session.hpp"
#include "scheduler/ctl/shell_words.hpp"

namespace claimferry::ctl {
namespace {

// "--since 2023-01-01" of a command line becomes "since=2023-01-01".
struct Option {
  const char* name;
  const char* help;
};
struct Words;
struct Verb {
  const char* name;
  const char* help;
  const char* function;
  const char* first;  // the argument without a name; null: none
  bool first_needed;
  bool changes;
  std::vector<Option> options;
  const char* prefix = "";  // of the first argument: "member:" makes a scope of a member
  void (*check)(const Words&) = nullptr;  // throws CommandFailed for what never fits
};

struct Words {
  std::string first;
  std::vector<std::pair<std::string, std::string>> named;
  bool dry = false;
  bool explain = false;
  std::string lines_from;  // a file, or "-"
};

std::string read_lines(const std::string& from) {
  Input input("--from", from, Input::Holds::plain);
  std::istream& stream = input.stream();
  return {std::istreambuf_iterator<char>(stream), {}};
}

ConsoleCall call_of(const Context& context, const Verb& verb, const Words& words) {
  ConsoleCall call{verb.function, {}, ""};
  if (!words.first.empty()) {
    call.words.push_back(verb.prefix + words.first);
  }
  for (const auto& [name, value] : words.named) {
    if (!value.empty()) {
      call.words.push_back(name + "=" + value);
    }
  }
  if (words.dry) {
    call.words.emplace_back("dry=1");
  }
  if (context.json) {
    call.words.emplace_back("as=json");
  }
  return call;
}

// A date that is none, or a window that is empty, is a mistake in what was typed.
void check_window(const Words& words) {
  std::map<std::string, std::string> days(words.named.begin(), words.named.end());
  const auto today = std::chrono::floor<std::chrono::days>(SystemClock().wall());
  if (const auto window = backfill_window(days["since"], days["until"], today); !window) {
    throw CommandFailed{program::usage, window.failure().detail};
  }
}

void run_verb(const Context& context, const Verb& verb, const Words& words) {
  if (verb.check != nullptr) {
    verb.check(words);
  }
  ConsoleCall call = call_of(context, verb, words);
  if (words.explain) {
    call.lines = words.lines_from;
    std::string line = as_redis_cli(call);
    if (!words.lines_from.empty() && words.lines_from != "-") {
      line += " < " + quoted(words.lines_from);
    }
    std::puts(line.c_str());
    return;
  }
  if (!words.lines_from.empty()) {
    call.lines = read_lines(words.lines_from);
  }
  Session session(load_config(context));
  const std::string text = as_text(session.call(call));
  std::puts((context.json ? text : in_shell_words(text)).c_str());
}

void add_verb(CLI::App& parent, Context& context, Verb verb, bool reads_lines = false) {
  CLI::App* command = parent.add_subcommand(verb.name, verb.help);
  auto words = std::make_shared<Words>();
  if (verb.first != nullptr) {
    command->add_option(verb.first, words->first)->required(verb.first_needed);
  }
  std::vector<Option> options = verb.options;
  if (verb.changes) {
    options.insert(options.end(), {{"by", "who asks, for the audit"}, {"reason", "why"}});
    command->add_flag("--dry-run", words->dry, "say what would be done, change nothing");
  }
  words->named.reserve(options.size());
  for (const Option& option : options) {
    words->named.emplace_back(option.name, "");
    command->add_option("--" + std::string(option.name), words->named.back().second, option.help);
  }
  if (reads_lines) {
    command->add_option("--from", words->lines_from, "FILE or -: one member a line")->required();
  }
  command->add_flag("--explain", words->explain, explain_help);
  command->callback([&context, verb, words] {
    context.run = [&context, verb, words] { run_verb(context, verb, *words); };
  });
}

const std::vector<Option> window{{"since", "service dates from, YYYY-MM-DD"},
                                 {"until", "service dates to, YYYY-MM-DD"}};
const std::vector<Option> dead_letters{{"payer", "of this payer"},
                                       {"code", "with this code"},
                                       {"before", "that died before this day, YYYY-MM-DD"},
                                       {"all", "1: all of them"}};

std::vector<Option> with(std::vector<Option> options, Option one_more) {
  options.push_back(one_more);
  return options;
}

}  // namespace

void add_console_commands(CLI::App& app, Context& context) {
  add_verb(app, context,
           {"status",
            "the queue, its members and what holds them up, in numbers",
            "cf_status",
            nullptr,
            false,
            false,
            {}});
  add_verb(
      app, context,
      {"why", "why a member is not fresh, and what to type", "cf_why", "member", true, false, {}});
  const Option how_long{"for", "such as 90s, 15m, 2h, 7d; else until it is resumed"};
  add_verb(app, context,
           {"pause",
            "claim no more jobs of all, lane:X, payer:X or member:X",
            "cf_pause",
            "scope",
            true,
            true,
            {how_long}});
  add_verb(app, context, {"resume", "end a pause", "cf_resume", "scope", true, true, {}});

  add_verb(app, context,
           {"quota",
            "a payer's rate, or an operator's for a while",
            "cf_quota",
            "payer",
            true,
            true,
            {{"rps", "requests a second, such as 5 or 0.5"},
             {"burst", "requests at once"},
             {"inflight", "the fleet's requests under way, at most"},
             {"for", "such as 15m, 2h, 7d; else 1h"},
             {"end", "1: end it at once"}}});
  add_verb(app, context,
           {"share",
            "the part of the permits that backfills get while others wait",
            "cf_share",
            "payer",
            true,
            true,
            {{"backfill", "such as 0.1 or 10%; default: as configured"},
             {"for", "such as 2h; else until changed"}}});

  CLI::App* member = app.get_subcommand("member");
  add_verb(*member, context,
           {"pause",
            "claim no more jobs of a member",
            "cf_pause",
            "member",
            true,
            true,
            {how_long},
            "member:"});
  add_verb(*member, context,
           {"resume", "end a member's pause", "cf_resume", "member", true, true, {}, "member:"});

  CLI::App* backfill = app.add_subcommand("backfill", "pulls that people ask for");
  backfill->require_subcommand(1);
  add_verb(*backfill, context,
           {"add", "pull a member again, all of it or a window", "cf_backfill", "member", true,
            true, window, "", check_window});
  add_verb(*backfill, context,
           {"many", "a batch of at most 1000 members, all or nothing", "cf_backfill_many", nullptr,
            false, true, with(window, {"skip", "consent: leave out who must consent again"})},
           true);
  add_verb(*backfill, context,
           {"list",
            "batches, or one of them",
            "cf_backfills",
            "batch",
            false,
            false,
            {{"limit", "how many, at most 100"}}});
  add_verb(*backfill, context,
           {"cancel",
            "end a job, a batch or all of a member's jobs",
            "cf_cancel",
            "target",
            true,
            true,
            {}});

  add_backfill_watch(*backfill, context);

  CLI::App* dead = app.add_subcommand("dead", "dead letters")->require_subcommand(1);
  add_verb(*dead, context,
           {"count", "by payer, stage and code", "cf_dead", nullptr, false, false, {}});
  add_verb(*dead, context,
           {"list",
            "one by one, the youngest first",
            "cf_dead_list",
            nullptr,
            false,
            false,
            {{"payer", "of this payer"},
             {"code", "with this code"},
             {"member", "of this member"},
             {"limit", "how many"}}});
  add_verb(
      *dead, context,
      {"replay", "queue their work again", "cf_dead_replay", "job", false, true, dead_letters});
  add_verb(*dead, context,
           {"drop", "forget them", "cf_dead_drop", "job", false, true,
            with(dead_letters, {"confirm", "how many, as --dry-run tells"})});
}

}  // namespace claimferry::ctl
