// Random sequences of queue calls on a real Redis and on the in-memory keyspace, by the same
// adapter and the same scripts: every answer and the whole content compared, moments within a
// little.
// CLAIMFERRY_SEED=n runs one seed.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include "common/queue/adapter/data_keys.hpp"
#include "common/queue/adapter/redis_job_queue.hpp"
#include "common/queue/adapter/redis_queue_upkeep.hpp"
#include "common/queue/adapter/redis_token_store.hpp"
#include "common/redis/tcp_client.hpp"
#include "tests/contract/redis_dump.hpp"
#include "tests/contract/redis_server.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/world/keyspace/memory_redis.hpp"

namespace claimferry::contract {
namespace {

using namespace std::chrono_literals;
using namespace claimferry::queue;

constexpr std::uint64_t seeds = 12;
constexpr int calls_a_seed = 120;
const PayerName aetna = *PayerName::parse("aetna");

std::int64_t now_us() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

// What a side says. Its clock and the other's are read one after the other, so moments (fences are
// moments, too) stand apart from the text and may differ by a little.
class Words {
 public:
  void say(const std::string& word) { text_ += word + ' '; }
  void say(std::uint64_t number) { say(std::to_string(number)); }
  void say_us(double moment) {
    moments_us_.push_back(moment);
    text_ += "<moment> ";
  }
  void say_ms(double moment) { say_us(moment * 1'000); }
  void say(WallTime at) { say_ms(static_cast<double>(at.time_since_epoch().count())); }
  void say(Fence fence) { say_us(static_cast<double>(to_number(fence))); }
  void say(const JobRef& ref) {
    say(ref.job.str() + " " + ref.member.str());
    say(ref.fence);
  }
  // A failure by its code, which is all that the two need to agree on.
  template <class T>
  bool say_failure(const Result<T>& result) {
    if (!result) {
      say(result.failure().code);
    }
    return !result;
  }

  const std::string& text() const { return text_; }
  const std::vector<double>& moments_us() const { return moments_us_; }

 private:
  std::string text_;
  std::vector<double> moments_us_;
};

constexpr double apart_us = 5e6;  // far below the hours and days that the calls speak of

// Empty: none.
std::string difference(const Words& memory, const Words& real) {
  if (memory.text() != real.text() || memory.moments_us().size() != real.moments_us().size()) {
    return "memory says\n" + memory.text() + "\nand Redis\n" + real.text();
  }
  for (std::size_t at = 0; at < real.moments_us().size(); ++at) {
    const double apart = memory.moments_us()[at] - real.moments_us()[at];
    if (std::abs(apart) > apart_us) {
      return "moment " + std::to_string(at) + " is " + std::to_string(apart) + " us apart in\n" +
             real.text();
    }
  }
  return "";
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

// Redis' content: which values are moments is told by their place, everything else is compared.
std::string print(Words& words, const std::string& key, const std::string& field,
                  const std::string& value) {
  const std::string name = key.starts_with("cf:{0}:") ? key.substr(7) : key;
  const auto is_of = [&](std::string_view family) { return name.starts_with(family); };
  const double number = std::strtod(value.c_str(), nullptr);
  constexpr double rank_step = 1e13;  // a runnable job's score: its lane's rank, then its time
  const bool is_set_of_times = is_of("ready:") || is_of("waits:") || is_of("due:") ||
                               is_of("keepalive:") ||
                               is_one_of(name, {"running", "delayed", "dead", "done", "lastok",
                                                "resumes", "reruns", "batches", "workers"});
  if (name == "fence" || is_one_of(field, {"fence", "intent_fence", "intent_before"})) {
    words.say_us(number);
  } else if (is_set_of_times ||
             is_one_of(field, {"enqueued_at", "claimed_at", "finished_at", "added_at",
                               "consented_at", "next_due", "last_ok", "last_sweep", "intent_at",
                               "blocked_until", "until", "rerun_at", "cancel"})) {
    words.say_ms(number);
  } else if (is_of("m:")) {
    words.say_ms(std::fmod(number, rank_step));
    return std::to_string(std::floor(number / rank_step));
  } else {
    return value;
  }
  return "<moment>";
}

// One of the two sides: its Redis, its adapter, and its randomness, which is the same.
struct Side {
  Side(redis::Client& client, std::uint64_t seed)
      : redis(client),
        random(seed),
        queue(client, random),
        upkeep(client, random),
        tokens(client),
        keys(client) {}
  Term lead(boost::asio::io_context& io) {
    auto led = run(io, upkeep.lead("s1", 1min, 24h));
    return {"s1", led.ok() ? led->term : ""};
  }
  redis::Client& redis;
  SeededRandom random;
  RedisJobQueue queue;
  RedisQueueUpkeep upkeep;
  RedisTokenStore tokens;
  DataKeys keys;
  std::vector<Lease> leases;
};

class QueueLockstep : public testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_REDIS();
    server_ = std::make_unique<RedisServer>();
    server_->start();
    client_ = std::make_unique<redis::TcpClient>(executor_of(io_), server_->endpoint(), jitter_);
  }

  void let_a_moment_pass() {
    const auto until = now_us() + 2'000;
    while (now_us() < until) {
      ASSERT_TRUE(run(io_, client_->command({"PING"})));
    }
  }

  // What a call answers; the dice were thrown before, once for both sides.
  Words call(Side& side, std::uint64_t dice);
  void settle(Side& side, std::uint64_t dice, Words& words);
  void claim(Side& side, std::uint64_t dice, Words& words);
  void plan_and_look(Side& side, std::uint64_t dice, Words& words);
  void keep(Side& side, std::uint64_t which, std::uint64_t dice, Words& words);
  void tokens(Side& side, std::uint64_t dice, Words& words);
  void wrap_anew(Side& side, MemberId member, std::uint64_t dice, Words& words);
  Words everything(redis::Client& redis);
  std::string first_difference(std::uint64_t seed);

  boost::asio::io_context io_;
  SystemRandom jitter_;
  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<redis::TcpClient> client_;
  world::MemoryRedisServer memory_server_{now_us};
  world::MemoryRedis memory_{memory_server_};
  std::uint64_t fence_seen_ = 0;
};

Words QueueLockstep::everything(redis::Client& redis) {
  Words words;
  const std::string text = run(
      io_, dump_as(redis,
                   [&words](const std::string& key, const std::string& field,
                            const std::string& value) { return print(words, key, field, value); }));
  words.say(text);
  return words;
}

void QueueLockstep::settle(Side& side, std::uint64_t dice, Words& words) {
  const std::size_t index = dice % side.leases.size();
  const Lease lease = side.leases[index];
  Settlement settlement;
  constexpr Verdict verdicts[] = {Verdict::done,    Verdict::retry,     Verdict::snooze,
                                  Verdict::requeue, Verdict::dead,      Verdict::reconsent,
                                  Verdict::done,    Verdict::cancelled, Verdict::done};
  settlement.verdict = verdicts[dice / 7 % std::size(verdicts)];
  settlement.delay = dice % 2 == 0 ? Duration(0) : Duration(1h);
  settlement.code = "some_code";
  const MemberUpdate update{dice % 3 == 0 ? Duration(0) : Duration(1h), dice % 5 == 0};
  if (dice % 4 != 0) {
    side.leases.erase(side.leases.begin() + static_cast<std::ptrdiff_t>(index));
  }
  words.say(std::string(to_string(settlement.verdict)));
  words.say_failure(run(io_, side.queue.settle(lease.ref, settlement, update)));
}

void QueueLockstep::claim(Side& side, std::uint64_t dice, Words& words) {
  const Duration lease = dice % 4 == 0 ? Duration(1) : Duration(1h);
  auto reply = run(
      io_, side.queue.claim(
               {*WorkerId::parse("w"), static_cast<unsigned>(1 + dice % 3), lease, {{aetna, 4}}}));
  if (words.say_failure(reply)) {
    return;
  }
  if (reply->next_in) {
    words.say_ms(static_cast<double>(reply->next_in->count()));
  }
  words.say(reply->malformed.size());
  for (Lease& taken : reply->leases) {
    words.say(taken.ref);
    words.say(taken.payer.str() + " " + std::string(to_string(taken.kind)) + " " +
              std::string(to_string(taken.lane)) + " " + taken.window.str() + " " +
              (taken.cursor ? taken.cursor->str() : "-"));
    words.say(taken.enqueued_at);
    words.say(taken.expires);
    words.say(std::to_string(taken.attempts) + " " + std::to_string(taken.stalls) + " " +
              std::to_string(taken.snoozes));
    side.leases.push_back(std::move(taken));
  }
}

void QueueLockstep::keep(Side& side, std::uint64_t which, std::uint64_t dice, Words& words) {
  const Lease& lease = side.leases[dice % side.leases.size()];
  if (which % 2 == 0) {
    Cursor cursor;
    cursor.pages = static_cast<std::uint32_t>(dice % 10);
    words.say_failure(run(io_, side.queue.checkpoint(lease.ref, cursor)));
    return;
  }
  std::vector<JobRef> refs;
  for (const Lease& held : side.leases) {
    refs.push_back(held.ref);
  }
  auto beat = run(io_, side.queue.heartbeat(refs, dice % 3 == 0 ? Duration(1) : Duration(1h)));
  if (!words.say_failure(beat)) {
    for (const auto* jobs : {&beat->lost, &beat->cancel}) {
      words.say(jobs->size());
      for (const JobId& job : *jobs) {
        words.say(job.str());
      }
    }
  }
}

void QueueLockstep::tokens(Side& side, std::uint64_t dice, Words& words) {
  const Lease& lease = side.leases[dice % side.leases.size()];
  auto loaded = run(io_, side.tokens.load(lease.ref.member));
  if (words.say_failure(loaded) || !*loaded) {
    return;
  }
  oauth::SealedTokens found = **loaded;
  words.say(found.version);
  words.say(found.data_key + " " + found.refresh_token + " " + found.access_token + " " +
            found.patient);
  if (dice % 7 == 0) {
    wrap_anew(side, lease.ref.member, dice, words);
  }
  const std::uint64_t version = dice % 5 == 0 ? found.version + 1 : found.version;
  const auto sends = static_cast<unsigned>(dice / 5 % 3);
  if (dice / 3 % 2 == 0) {
    words.say_failure(run(io_, side.tokens.record_intent(lease.ref, version, sends)));
    return;
  }
  found.access_token = "access" + std::to_string(dice % 7);
  found.refresh_token += "+";
  found.access_issued_at = WallTime(Duration(1'000));
  if (dice % 2 == 0) {
    found.access_expires_at = WallTime(Duration(9'000));
  }
  words.say_failure(run(io_, side.tokens.store(lease.ref, version, found)));
}

void QueueLockstep::wrap_anew(Side& side, MemberId member, std::uint64_t dice, Words& words) {
  auto read = run(io_, side.keys.read({member, *MemberId::parse("nobody")}));
  if (words.say_failure(read) || read->empty()) {
    return;
  }
  WrappedKey held = read->front();
  words.say(held.owner.payer.str() + " " + held.wrapped);
  held.wrapped += dice % 2 == 0 ? "" : " as it was";
  auto changed = run(io_, side.keys.replace({{held, held.wrapped + "'"}}));
  if (!words.say_failure(changed)) {
    words.say(changed->size());
  }
}

void QueueLockstep::plan_and_look(Side& side, std::uint64_t dice, Words& words) {
  switch (dice % 8) {
    case 0:
    case 1: {
      auto reaped = run(io_, side.queue.reap(10, 1h));
      if (!words.say_failure(reaped)) {
        words.say("reaped " + std::to_string(reaped->requeued) + ", dead " +
                  std::to_string(reaped->dead));
      }
      return;
    }
    case 2:
    case 3: {
      auto promoted = run(io_, side.upkeep.promote(side.lead(io_), 10));
      if (!words.say_failure(promoted)) {
        words.say(*promoted);
      }
      return;
    }
    case 4: {
      auto planned = run(io_, side.upkeep.plan(side.lead(io_), {10, 5, 1h, "2024-01-01", 1h}));
      if (!words.say_failure(planned)) {
        words.say(std::to_string(planned->planned) + " " + std::to_string(planned->already_queued) +
                  (planned->queue_full ? " full" : "") + (planned->more_due ? " more" : ""));
      }
      return;
    }
    case 5: {
      auto stats = run(io_, side.queue.stats());
      if (words.say_failure(stats)) {
        return;
      }
      for (const auto* counts : {&stats->ready_by_lane, &stats->members_by_state}) {
        for (const auto& [name, count] : *counts) {
          words.say(name + " " + std::to_string(count));
        }
      }
      for (const std::uint64_t count :
           {stats->running, stats->delayed, stats->dead, stats->done, stats->due_now,
            stats->members, stats->members_synced, stats->ended, stats->workers, stats->batches,
            stats->batch_jobs_left, stats->batch_jobs_queued}) {
        words.say(count);
      }
      for (const auto& [bound, count] : stats->freshness) {
        words.say(count);
      }
      return;
    }
    case 6: {
      const auto until = now_us() / 1'000 + static_cast<std::int64_t>(dice / 8 % 2);
      const redis::Command quiet{"HSET", "cf:{0}:quota:aetna", "blocked_until",
                                 std::to_string(until)};
      words.say_failure(run(io_, side.redis.command(quiet)));
      return;
    }
    default: {
      const auto hint = run(io_, side.queue.wait_for_work(Duration(10)));
      words.say_failure(hint);
      words.say(hint && *hint ? "a hint" : "no hint");
    }
  }
}

Words QueueLockstep::call(Side& side, std::uint64_t dice) {
  Words words;
  const std::uint64_t which = dice % 100;
  dice /= 100;
  const auto member = *MemberId::parse("M" + std::to_string(dice % 6));
  if (which < 15) {
    const std::string token = "refresh" + std::to_string(dice / 6 % 3);
    SealedMember consent{member, aetna, "patient", token, token, "key of " + token};
    consent.known = SealedMember::Known{"key of refresh" + std::to_string(dice / 18 % 3), "right"};
    auto added = run(io_, side.queue.add_member(std::move(consent)));
    if (!words.say_failure(added)) {
      words.say(added->job.str() + (added->is_new ? " new" : " known"));
    }
  } else if (which < 25) {
    const Window window = *Window::parse(dice % 2 == 0 ? "sweep" : "2024-01-01..");
    const bool backfill = dice / 2 % 2 == 0;
    auto added = run(io_, side.queue.enqueue(member, backfill ? JobKind::backfill : JobKind::sync,
                                             window, backfill ? Lane::backfill : Lane::routine));
    if (!words.say_failure(added)) {
      words.say(added->job.str() + (added->is_new ? " new" : " known"));
    }
  } else if (which < 50) {
    claim(side, dice, words);
  } else if (which < 68 && !side.leases.empty()) {
    settle(side, dice, words);
  } else if (which < 78 && !side.leases.empty()) {
    keep(side, which, dice, words);
  } else if (which < 84 && !side.leases.empty()) {
    tokens(side, dice, words);
  } else if (which == 84) {
    // What a sink may hold: a little above now, never so far that its own moment would show.
    words.say_failure(run(io_, side.queue.raise_fence(Fence{fence_seen_ + dice % 1'000})));
  } else {
    plan_and_look(side, dice, words);
  }
  return words;
}

// The first difference, with the step that made it.
std::string QueueLockstep::first_difference(std::uint64_t seed) {
  SeededRandom dice(seed);
  Side real(*client_, seed);
  Side memory(memory_, seed);
  for (int step = 0; step < calls_a_seed; ++step) {
    const std::uint64_t thrown = dice.below(1'000'000'000);
    let_a_moment_pass();
    fence_seen_ = static_cast<std::uint64_t>(now_us()) + 1'000'000;
    const Words answer = call(memory, thrown);
    std::string found = difference(answer, call(real, thrown));
    if (found.empty()) {
      found = difference(everything(memory_), everything(*client_));
    }
    if (!found.empty()) {
      return "CLAIMFERRY_SEED=" + std::to_string(seed) + " step " + std::to_string(step) + ": " +
             found;
    }
  }
  return "";
}

TEST_P(QueueLockstep, AnswersAndLeavesTheSameBehind) {
  const char* chosen = std::getenv("CLAIMFERRY_SEED");
  const std::uint64_t seed = chosen == nullptr ? GetParam() : std::strtoull(chosen, nullptr, 10);
  EXPECT_EQ(first_difference(seed), "");
}

// What used to hide behind masks: job ids, counters, fences and times that are off.
class LockstepFinds : public QueueLockstep {};

TEST_P(LockstepFinds, AScriptThatDoesOtherwise) {
  const std::pair<std::string_view, std::string_view> edits[] = {
      {"return string.sub(redis.sha1hex(seed", "return '0' .. string.sub(redis.sha1hex(seed"},
      {"'stalls', 1)", "'stalls', 2)"},
      {"fence_now = math.max(fence_now + 1, now_us)",
       "fence_now = math.max(fence_now + 1, now_us) + 1e9"},
      {"'enqueued_at', now_text", "'enqueued_at', now - 60000"},
      {"redis.call('LPUSH', key('wake'), '1')", "redis.call('LPUSH', key('wake'), '2')"},
  };
  const auto& edit = edits[GetParam()];
  memory_server_.edit_scripts([&edit](std::string source) {
    const auto at = source.find(edit.first);
    return at == std::string::npos ? source : source.replace(at, edit.first.size(), edit.second);
  });
  std::string found;
  for (std::uint64_t seed = 1; seed <= seeds && found.empty(); ++seed) {
    memory_server_.keys().wipe();
    ASSERT_TRUE(run(io_, client_->command({"FLUSHALL"})));
    found = first_difference(seed);
  }
  EXPECT_NE(found, "") << edit.first;
}

INSTANTIATE_TEST_SUITE_P(Edits, LockstepFinds, testing::Range<std::uint64_t>(0, 5));
INSTANTIATE_TEST_SUITE_P(Seeds, QueueLockstep, testing::Range<std::uint64_t>(1, seeds + 1));

}  // namespace
}  // namespace claimferry::contract
