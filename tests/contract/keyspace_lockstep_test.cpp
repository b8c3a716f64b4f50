// The in-memory keyspace against a real Redis: random commands and fragments of Lua on both, every
// reply and the whole content compared. CLAIMFERRY_SEED=n runs one seed.
#include "tests/contract/keyspace_lockstep.hpp"

#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/contract/random_commands.hpp"
#include "tests/contract/random_fragments.hpp"
#include "tests/contract/redis_dump.hpp"

namespace claimferry::contract {
namespace {

constexpr std::uint64_t seeds = 20;
constexpr int commands_a_seed = 2'000;
constexpr int commands_a_dump = 100;
constexpr double seconds_apart = 30;  // of a machine under load; expiries are 1,000 s away
constexpr int fragments_a_seed = 1'000;

// The counts that our scripts read; Redis tells of its trees beside them.
constexpr auto counts_of_stream =
    "local told, counts = redis.pcall('XINFO', 'STREAM', KEYS[1]), {} "
    "if told.err then return told.err end "
    "for at = 1, #told, 2 do counts[told[at]] = told[at + 1] end "
    "return { counts['length'], counts['entries-added'] }";

class RandomCommands : public KeyspaceLockstep, public testing::WithParamInterface<std::uint64_t> {
 protected:
  // Both answers must be equal; the time in a stream entry's id is Redis' own.
  void in_lockstep(const redis::Command& command) {
    const Reply real = in_canonical_order(command, ask_real(command));
    const Reply memory = in_canonical_order(command, memory_.execute(command));
    const bool both_count = real.integer() != nullptr && memory.integer() != nullptr;
    if (command[0] == "TTL" && both_count && *real.integer() > 0) {
      // Asked one after the other, with a second's turn between the two perhaps.
      EXPECT_NEAR(static_cast<double>(*memory.integer()), static_cast<double>(*real.integer()),
                  seconds_apart);
      return;
    }
    const bool both_name = real.text() != nullptr && memory.text() != nullptr;
    if (command[0] == "XADD" && both_name && std::ranges::count(command, "*") > 0) {
      return;
    }
    EXPECT_EQ(printed(memory), printed(real)) << printed(command);
  }
};

TEST_P(RandomCommands, AnswerAndLeaveTheSameBehind) {
  const char* chosen = std::getenv("CLAIMFERRY_SEED");
  const std::uint64_t seed = chosen == nullptr ? GetParam() : std::strtoull(chosen, nullptr, 10);
  SeededRandom random(seed);
  for (int step = 0; step < commands_a_seed && !HasFailure(); ++step) {
    SCOPED_TRACE("CLAIMFERRY_SEED=" + std::to_string(seed) + " step " + std::to_string(step));
    in_lockstep(random_command(random));
    if (step % commands_a_dump == 0) {
      EXPECT_EQ(memory_.keys().dump(), run(io_, dump(*real_)));
      for (const char* key : {"x:1", "x:2", "h:1"}) {
        in_lockstep({"EVAL", counts_of_stream, "1", key});
      }
    }
  }
  EXPECT_EQ(memory_.keys().dump(), run(io_, dump(*real_)));
}

class RandomFragments : public RandomCommands {};

TEST_P(RandomFragments, AnswerAndLeaveTheSameBehind) {
  const char* chosen = std::getenv("CLAIMFERRY_SEED");
  const std::uint64_t seed = chosen == nullptr ? GetParam() : std::strtoull(chosen, nullptr, 10);
  SeededRandom random(seed);
  for (int step = 0; step < fragments_a_seed && !HasFailure(); ++step) {
    SCOPED_TRACE("CLAIMFERRY_SEED=" + std::to_string(seed) + " step " + std::to_string(step));
    const redis::Command fragment = random_fragment(random);
    const Reply real = without_places(ask_real(fragment));
    const Reply memory = without_places(memory_.execute(fragment));
    EXPECT_EQ(printed(memory), printed(real)) << fragment[1];
    if (step % commands_a_dump == 0) {
      EXPECT_EQ(memory_.keys().dump(), run(io_, dump(*real_))) << fragment[1];
    }
  }
}

// What Redis says of a command: whether it writes, whether scripts may call it, its words.
TEST_F(KeyspaceLockstep, DescribesCommandsAsRedisDoes) {
  const Reply all = ask_real({"COMMAND"});
  int known = 0;
  for (const Reply& described : *all.array()) {
    const Reply::Array& parts = *described.array();
    const std::string& name = *parts[0].text();
    const world::CommandSpec* spec = world::Keyspace::find_command(name);
    if (spec == nullptr) {
      continue;
    }
    ++known;
    const auto has = [&parts](std::string_view flag) {
      return std::ranges::count(*parts[2].array(), Reply{std::string(flag)}) > 0;
    };
    EXPECT_EQ(spec->only_reads, !has("write")) << name;
    if (name != "config") {  // Redis says it of each of its subcommands
      EXPECT_EQ(spec->not_from_scripts, has("noscript")) << name;
    }
    EXPECT_EQ(spec->arity, *parts[1].integer()) << name;
  }
  EXPECT_GT(known, 70);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomFragments, testing::Range<std::uint64_t>(1, seeds + 1));
INSTANTIATE_TEST_SUITE_P(Seeds, RandomCommands, testing::Range<std::uint64_t>(1, seeds + 1));

}  // namespace
}  // namespace claimferry::contract
