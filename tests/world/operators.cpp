#include "tests/world/operators.hpp"

#include <array>

#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::world {
namespace {

const std::string root(queue::root_key);

bool is_accepted(const Reply& reply) {
  return reply.text() != nullptr &&
         (reply.text()->starts_with("OK") || reply.text()->starts_with("ACCEPTED"));
}

}  // namespace

// Redis may have lost the library with everything else; no scheduler of a world loads it.
Reply Operators::type(std::string function, std::vector<std::string> words) {
  redis::Command command{"FCALL", "cf_" + std::move(function), "1", root};
  command.insert(command.end(), words.begin(), words.end());
  Reply reply = redis_.execute(command);
  if (reply.error() != nullptr && reply.error()->text == "ERR Function not found") {
    redis_.execute({"FUNCTION", "LOAD", "REPLACE", queue::function_library()});
    reply = redis_.execute(command);
  }
  return reply;
}

std::string Operators::any_scope() {
  const std::array<std::string, 5> scopes{"all", "lane:routine", "lane:backfill",
                                          "payer:aetna-sandbox", "member:" + anyone()};
  return scopes[random_.below(scopes.size())];
}

std::string Operators::any_window() {
  const std::array<std::string, 3> windows{"since=2025-01-01", "since=2023-01-01",
                                           "until=2025-06-30"};
  return windows[random_.below(windows.size())];
}

// A running one, where there is one.
std::string Operators::any_job() {
  const auto running = redis_.execute({"ZRANGE", root + ":running", "0", "0"});
  const auto* jobs = running.array();
  return jobs != nullptr && !jobs->empty() ? *jobs->front().text() : "0123456789abcdef01234567";
}

void Operators::cancel() {
  const Reply reply = random_.below(2) == 0 ? type("cancel", {"job=" + any_job()})
                                            : type("cancel", {"member=" + anyone()});
  tally_[Strike::cancels] += is_accepted(reply) ? 1 : 0;
}

void Operators::begin_batch() {
  std::string lines;
  for (const std::string& member : members_) {
    lines += member + "\r\n";
  }
  const Reply reply = type("backfill_many", {any_window(), "skip=consent", lines});
  tally_[Strike::batches] += is_accepted(reply) ? 1 : 0;
  if (is_accepted(reply) && random_.below(3) == 0) {
    const auto& line = *reply.text();
    const auto id = line.substr(3, line.find(' ', 3) - 3);
    type("cancel", {"batch=" + id});
  }
}

void Operators::write_raw() {
  const std::string inbox = root + ":inbox";
  if (random_.below(2) == 0) {
    redis_.execute(
        {"XADD", inbox, "*", "cmd", "backfill", "member", anyone(), "since", "2024-01-01"});
  } else {
    redis_.execute({"XADD", inbox, "*", "cmd", "backfil", "member", "nobody", "member", "twice"});
    ++tally_[Strike::bad_words];
  }
}

void Operators::erase() {
  const std::string member = anyone();
  const Reply reply = type("erase", {member, "confirm=" + member, "by=world"});
  tally_[Strike::erasures] += is_accepted(reply) ? 1 : 0;
}

// Bounds of their own on the payer's rate: never above the profile's.
void Operators::bound_the_payer() {
  const std::string payer = "aetna-sandbox";
  const std::string how_long = "for=" + std::to_string(5 + random_.below(60)) + "s";
  const std::string some = std::to_string(1 + random_.below(3));
  const std::array<std::vector<std::string>, 4> choices{{{"rps=" + some, how_long},
                                                         {"inflight=" + some, how_long},
                                                         {"rps=" + some, "inflight=2", how_long},
                                                         {"end=1"}}};
  std::vector<std::string> words{payer};
  const auto& chosen = choices[random_.below(choices.size())];
  words.insert(words.end(), chosen.begin(), chosen.end());
  tally_[Strike::rates_bound] += is_accepted(type("quota", std::move(words))) ? 1 : 0;
  type("share", {payer, "backfill=" + std::to_string(random_.below(2) * 50 + 1) + "%", how_long});
}

void Operators::act() {
  switch (random_.below(13)) {
    case 0:
    case 1: {
      const std::string how_long = "for=" + std::to_string(5 + random_.below(60)) + "s";
      const Reply reply = type("pause", {any_scope(), how_long, "by=world"});
      tally_[Strike::scopes_paused] += is_accepted(reply) ? 1 : 0;
      return;
    }
    case 2:
      type("resume", {any_scope()});
      return;
    case 3:
      cancel();
      return;
    case 4:
      begin_batch();
      return;
    case 5:
      write_raw();
      return;
    case 6:
    case 7:
    case 8: {
      // The same again: what runs by then will run once more.
      const std::string member = anyone();
      const Reply reply = type("backfill", {member, "since=2025-01-01"});
      const bool again = reply.text() != nullptr && reply.text()->ends_with("once more after that");
      tally_[Strike::reruns] += again ? 1 : 0;
      tally_[Strike::backfills] += is_accepted(reply) ? 1 : 0;
      return;
    }
    case 9:
    case 10:
      bound_the_payer();
      return;
    case 11:
      erase();
      return;
    default:
      type("dead_replay", {"all=1"});
      return;
  }
}

void Operators::pause_a_member() {
  const Reply reply = type("pause", {"member:" + anyone()});
  tally_[Strike::scopes_paused] += is_accepted(reply) ? 1 : 0;
}

void Operators::resume_everything() {
  type("quota", {"aetna-sandbox", "end=1"});
  for (const char* scope :
       {"all", "lane:urgent", "lane:routine", "lane:backfill", "payer:aetna-sandbox"}) {
    type("resume", {scope});
  }
  for (const std::string& member : members_) {
    type("resume", {"member:" + member});
  }
}

}  // namespace claimferry::world
