// How long calls hold Redis at 10,000 members, from Redis' own slow log: printed, because a busy
// machine would make a failure of it; only what no machine excuses is asserted.
#include <cstdio>

#include "tests/contract/console_fixture.hpp"

namespace claimferry::queue {
namespace {

class ConsoleTime : public ConsoleContract {
 protected:
  // Ten thousand members in line, half of them with a dead letter.
  void prepare() {
    static constexpr auto lua =
        "redis.call('SADD', 'cf:{0}:payers', 'aetna') "
        "for at = 1, 10000 do local member = 'M' .. at "
        "redis.call('HSET', 'cf:{0}:member:' .. member, 'payer', 'aetna', 'state', 'active') "
        "redis.call('ZADD', 'cf:{0}:due:aetna', at, member) "
        "if at % 2 == 0 then redis.call('HSET', 'cf:{0}:job:d' .. at, 'member', member, 'payer', "
        "'aetna', 'kind', 'sync', "
        "'window', 'sweep', 'lane', 'routine', 'state', 'dead', 'stage', 'page', 'code', 'code' .. "
        "at % 7, "
        "'finished_at', at) redis.call('ZADD', 'cf:{0}:dead', at, 'd' .. at) end end return 1";
    command({"EVAL", lua, "0"});
    command({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
    command({"CONFIG", "SET", "slowlog-max-len", "1"});
  }
  // Microseconds that the call held Redis, by its own clock.
  std::int64_t took(Words words) {
    command({"SLOWLOG", "RESET"});
    const auto reply = fcall(words);
    EXPECT_EQ(reply.error(), nullptr) << reply.error()->text;
    command({"CONFIG", "SET", "slowlog-log-slower-than", "-1"});
    const auto entries = command({"SLOWLOG", "GET", "1"});
    command({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
    return *entries.array()->front().array()->at(2).integer();
  }
};

TEST_P(ConsoleTime, CallsAreShortAtTenThousandMembers) {
  prepare();
  std::string many;
  for (int at = 1; at <= 1'000; ++at) {
    many += "M" + std::to_string(at * 9) + "\n";
  }
  const Words calls[] = {{"help"},
                         {"status"},
                         {"why", "M2"},
                         {"member", "M2"},
                         {"backfill", "M3"},
                         {"backfill_many", many},
                         {"backfills", "limit=100"},
                         {"dead"},
                         {"dead_list", "code=none", "limit=100"},
                         {"dead_replay", "all=1"},
                         {"dead_replay", "code=code2", "before=1970-01-02", "dry=1"},
                         {"pause", "member:M5"},
                         {"cancel", "M3"}};
  for (const Words& words : calls) {
    if (words.back() == "dry=1") {
      command({"ZREMRANGEBYRANK", "cf:{0}:dead", "0", "-1001"});
    }
    std::printf("%-14s held Redis for %6lld us\n", words.front().c_str(),
                static_cast<long long>(took(words)));
  }
}

INSTANTIATE_TEST_SUITE_P(Queue, ConsoleTime, testing::Values("redis"));

}  // namespace
}  // namespace claimferry::queue
