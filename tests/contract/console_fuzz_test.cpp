// Arbitrary bytes in every argument of every command, and in every field of the inbox: a coded,
// legible answer, and nothing changed by what was refused. CLAIMFERRY_SEED=n runs one seed.
#include <algorithm>
#include <cstdlib>

#include "tests/contract/console_fixture.hpp"

namespace claimferry::queue {
namespace {

using testing::MatchesRegex;

constexpr int calls_a_seed = 1'500;
constexpr std::uint64_t seeds = 3;

struct Known {
  std::string command;
  Words labels;  // "since=", …
};
const Known commands[] = {
    {"help", {"command="}},
    {"version", {}},
    {"status", {}},
    {"member", {"member="}},
    {"why", {"member="}},
    {"backfill", {"member=", "since=", "until="}},
    {"backfill_many", {"since=", "until=", "skip=", "members="}},
    {"backfills", {"batch=", "limit="}},
    {"cancel", {"target=", "job=", "batch=", "member="}},
    {"dead", {}},
    {"dead_list", {"payer=", "code=", "member=", "limit="}},
    {"dead_replay", {"job=", "all=", "payer=", "code=", "before="}},
    {"dead_drop", {"job=", "all=", "payer=", "code=", "before=", "confirm="}},
    {"pause", {"scope=", "for="}},
    {"resume", {"scope="}},
    {"quota", {"payer=", "rps=", "burst=", "inflight=", "for=", "end="}},
    {"share", {"payer=", "backfill=", "for="}},
};
const Words common = {"as=", "dry=", "by=", "reason=", "", "x="};
const Words plausible = {
    "M1",        "M2",   "M3",      "M99",        "aetna",      "payer:aetna", "lane:backfill",
    "member:M1", "all",  "code",    "2023-01-01", "2024-02-29", "2h",          "1",
    "json",      "text", "consent", "M1\nM2",     "M1\r\nM3\n", "ada",         "backfill",
    "0.5",       "10%",  "default", "3"};

class ConsoleFuzz : public ConsoleContract {
 protected:
  void prepare() {
    command({"FLUSHALL"});
    term();
    add(3);
    dead_letter(3);
    add(2);
    ASSERT_EQ(claim(1).size(), 1U);
    add(1);
    answer_to(ask_of(1));
  }
  template <class T>
  const T& any(const std::vector<T>& of) {
    return of[dice_.below(of.size())];
  }
  std::string bytes() {
    const std::uint64_t sizes[] = {0, 1, 2, 7, 41, 65, 201, 401, 3'000};
    std::string text(sizes[dice_.below(9)], '\0');
    const bool plain = dice_.below(2) == 0;
    for (char& c : text) {
      c = static_cast<char>(plain ? ' ' + dice_.below(95) : dice_.below(256));
    }
    return text;
  }
  std::string value() {
    if (dice_.below(3) == 0) {
      return bytes();
    }
    std::string text = any(plausible);
    switch (dice_.below(8)) {
      case 0:
        return text + bytes();
      case 1:
        text[dice_.below(text.size())] = static_cast<char>(dice_.below(256));
        return text;
      case 2:
        return text.substr(0, dice_.below(text.size()));
      default:
        return text;
    }
  }
  Words words() {
    const Known& known = commands[dice_.below(std::size(commands))];
    Words line{known.command};
    const auto count = dice_.below(5);
    for (std::uint64_t at = 0; at < count; ++at) {
      const bool own = !known.labels.empty() && dice_.below(3) != 0;
      line.push_back((own ? any(known.labels) : any(common)) + value());
    }
    return line;
  }
  static bool is_legible(const std::string& text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  }
  void judge(const redis::Reply& reply, const Words& line) {
    const auto shown = testing::PrintToString(line);
    if (const auto* error = reply.error()) {
      EXPECT_THAT(error->text, MatchesRegex("[A-Z]+(_[A-Z]+)* .*")) << shown;
      EXPECT_FALSE(error->text.starts_with("FAILED")) << error->text << shown;
      EXPECT_FALSE(error->text.starts_with("ERR")) << error->text << shown;
      EXPECT_TRUE(is_legible(error->text)) << error->text << shown;
      return;
    }
    if (const auto* text = reply.text()) {
      EXPECT_TRUE(is_legible(*text)) << *text << shown;
      return;
    }
    ASSERT_NE(reply.array(), nullptr) << shown;
    for (const redis::Reply& line_of : *reply.array()) {
      EXPECT_TRUE(is_legible(*line_of.text())) << *line_of.text() << shown;
    }
  }

  SeededRandom dice_{1};
};

std::vector<std::uint64_t> chosen_seeds() {
  if (const char* one = std::getenv("CLAIMFERRY_SEED")) {
    return {std::strtoull(one, nullptr, 10)};
  }
  std::vector<std::uint64_t> all;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    all.push_back(seed);
  }
  return all;
}

TEST_P(ConsoleFuzz, AnyBytesInAnyArgumentGetACodedLegibleAnswer) {
  for (const std::uint64_t seed : chosen_seeds()) {
    SCOPED_TRACE("CLAIMFERRY_SEED=" + std::to_string(seed));
    dice_ = SeededRandom(seed);
    std::string before;
    for (int call = 0; call < calls_a_seed && !HasFailure(); ++call) {
      if (call % 300 == 0) {
        prepare();
        before = fingerprint();
      }
      const Words line = words();
      const auto reply = fcall(line, dice_.below(2) == 0);
      judge(reply, line);
      const auto after = fingerprint();
      if (reply.error() != nullptr) {
        EXPECT_EQ(after, before) << testing::PrintToString(line) << reply.error()->text;
      }
      before = after;
    }
  }
}

TEST_P(ConsoleFuzz, AnyBytesInAnyFieldOfTheInboxAreTakenOrRejectedWithAReason) {
  for (const std::uint64_t seed : chosen_seeds()) {
    SCOPED_TRACE("CLAIMFERRY_SEED=" + std::to_string(seed));
    dice_ = SeededRandom(seed);
    prepare();
    for (int round = 0; round < 25 && !HasFailure(); ++round) {
      unsigned entries = 0;
      for (; entries < 10; ++entries) {
        redis::Command entry{"XADD", "cf:{0}:inbox", "*"};
        const auto count = 1 + dice_.below(6);
        for (std::uint64_t at = 0; at < count; ++at) {
          const Known& known = commands[dice_.below(std::size(commands))];
          const bool is_cmd = at == 0 && dice_.below(4) != 0;
          std::string label = known.labels.empty() ? bytes() : any(known.labels);
          if (label.ends_with('=')) {
            label.pop_back();
          }
          entry.push_back(is_cmd ? "cmd" : label);
          entry.push_back(is_cmd ? known.command : value());
        }
        command(std::move(entry));
      }
      const auto rejected_before = number({"XLEN", "cf:{0}:rejected"});
      unsigned taken = 0;
      unsigned refused_ones = 0;
      while (number({"XLEN", "cf:{0}:inbox"}) > 0) {
        const auto reply = take_inbox();
        ASSERT_GT(reply.taken + reply.refused, 0U);
        taken += reply.taken;
        refused_ones += reply.refused;
      }
      EXPECT_EQ(taken + refused_ones, entries);
      EXPECT_EQ(number({"XLEN", "cf:{0}:rejected"}) - rejected_before, refused_ones);
      if (refused_ones > 0) {
        EXPECT_THAT(last_of("rejected").at("reason"), MatchesRegex("[A-Z_]+ .*"));
        EXPECT_TRUE(is_legible(last_of("rejected").at("reason")));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Queue, ConsoleFuzz, testing::Values("redis"));

}  // namespace
}  // namespace claimferry::queue
