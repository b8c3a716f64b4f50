// Random sequences of queue calls on a real Redis and on the in-memory keyspace, by the same
// adapter and the same scripts: every answer and the whole content compared, times apart.
// CLAIMFERRY_SEED=n runs one seed.
#include <chrono>
#include <cstdlib>

#include <gtest/gtest.h>

#include "common/queue/adapter/redis_job_queue.hpp"
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

// Milliseconds become T (with the lane's rank before it, where a score has one), microseconds F.
std::string without_times(const std::string& text) {
  std::string masked;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t digits = 0;
    while (at + digits < text.size() && text[at + digits] >= '0' && text[at + digits] <= '9') {
      ++digits;
    }
    const std::string number = text.substr(at, digits);
    if (digits < 13) {
      masked += digits > 0 ? number : text.substr(at, 1);
    } else if (digits > 14) {
      masked += 'F';
    } else {
      masked += std::to_string(std::stoll(number) / 10'000'000'000'000) + "T";
    }
    at += std::max<std::size_t>(digits, 1);
  }
  return masked;
}

// One of the two sides: its Redis, its adapter, and its randomness, which is the same.
struct Side {
  Side(redis::Client& client, std::uint64_t seed)
      : redis(client), random(seed), queue(client, random), tokens(client) {}
  redis::Client& redis;
  SeededRandom random;
  RedisJobQueue queue;
  RedisTokenStore tokens;
  std::vector<Lease> leases;
};

template <class T>
std::string told(const Result<T>& result, const std::string& value) {
  return result ? value : result.failure().code;
}

class QueueLockstep : public testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_REDIS();
    server_ = std::make_unique<RedisServer>();
    server_->start();
    client_ = std::make_unique<redis::TcpClient>(io_.get_executor(), server_->endpoint(), jitter_);
  }

  void let_a_moment_pass() {
    const auto until = now_us() + 2'000;
    while (now_us() < until) {
      ASSERT_TRUE(run(io_, client_->command({"PING"})));
    }
  }

  // What a call answers, in words; the dice were thrown before, once for both sides.
  std::string call(Side& side, std::uint64_t dice);
  std::string settle(Side& side, std::uint64_t dice);

  boost::asio::io_context io_;
  SystemRandom jitter_;
  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<redis::TcpClient> client_;
  world::MemoryRedisServer memory_server_{now_us};
  world::MemoryRedis memory_{memory_server_};
};

std::string QueueLockstep::settle(Side& side, std::uint64_t dice) {
  if (side.leases.empty()) {
    return "nothing to settle";
  }
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
  return told(run(io_, side.queue.settle(lease.ref, settlement, update)), "settled");
}

std::string QueueLockstep::call(Side& side, std::uint64_t dice) {
  const std::uint64_t which = dice % 100;
  dice /= 100;
  const auto member = *MemberId::parse("M" + std::to_string(dice % 6));
  if (which < 15) {
    auto added = run(io_, side.queue.add_member({member, aetna, "patient", "refresh"}));
    return told(added, added ? added->job.str() + (added->is_new ? " new" : " known") : "");
  }
  if (which < 25) {
    const Window window = *Window::parse(dice % 2 == 0 ? "sweep" : "2024-01-01..");
    const bool backfill = dice / 2 % 2 == 0;
    auto added = run(io_, side.queue.enqueue(member, backfill ? JobKind::backfill : JobKind::sync,
                                             window, backfill ? Lane::backfill : Lane::routine));
    return told(added, added ? added->job.str() + (added->is_new ? " new" : " known") : "");
  }
  if (which < 50) {
    const Duration lease = dice % 4 == 0 ? Duration(1) : Duration(1h);
    auto reply =
        run(io_,
            side.queue.claim(
                {*WorkerId::parse("w"), static_cast<unsigned>(1 + dice % 3), lease, {{aetna, 4}}}));
    std::string text;
    for (Lease& taken : reply ? reply->leases : std::vector<Lease>{}) {
      text += taken.ref.job.str() + " " + taken.window.str() + " ";
      side.leases.push_back(std::move(taken));
    }
    return told(reply, text);
  }
  if (which < 70) {
    return settle(side, dice);
  }
  if (which < 76 && !side.leases.empty()) {
    const Lease& lease = side.leases[dice % side.leases.size()];
    Cursor cursor;
    cursor.pages = static_cast<std::uint32_t>(dice % 10);
    return told(run(io_, side.queue.checkpoint(lease.ref, cursor)), "saved");
  }
  if (which < 82) {
    std::vector<JobRef> refs;
    for (const Lease& lease : side.leases) {
      refs.push_back(lease.ref);
    }
    auto beat = run(io_, side.queue.heartbeat(refs, dice % 3 == 0 ? Duration(1) : Duration(1h)));
    return told(beat, beat ? std::to_string(beat->lost.size()) : "");
  }
  if (which < 87) {
    auto reaped = run(io_, side.queue.reap(10, 1h));
    return told(reaped, reaped ? std::to_string(reaped->requeued) : "");
  }
  if (which < 92) {
    auto promoted = run(io_, side.queue.promote(10));
    return told(promoted, promoted ? std::to_string(*promoted) : "");
  }
  if (which < 96) {
    auto planned = run(io_, side.queue.plan({10, 5, 1h, "2024-01-01", 1h}));
    return told(planned, planned ? std::to_string(planned->planned) : "");
  }
  if (which < 98 && !side.leases.empty()) {
    const Lease& lease = side.leases[dice % side.leases.size()];
    return told(run(io_, side.tokens.record_intent(lease.ref, 1, 1)), "recorded");
  }
  return told(run(io_, side.queue.block_payer(aetna, Duration(dice % 2))), "blocked");
}

TEST_P(QueueLockstep, AnswersAndLeavesTheSameBehind) {
  const char* chosen = std::getenv("CLAIMFERRY_SEED");
  const std::uint64_t seed = chosen == nullptr ? GetParam() : std::strtoull(chosen, nullptr, 10);
  SeededRandom dice(seed);
  Side real(*client_, seed);
  Side memory(memory_, seed);
  for (int step = 0; step < calls_a_seed && !HasFailure(); ++step) {
    SCOPED_TRACE("CLAIMFERRY_SEED=" + std::to_string(seed) + " step " + std::to_string(step));
    const std::uint64_t thrown = dice.below(1'000'000'000);
    let_a_moment_pass();
    EXPECT_EQ(call(memory, thrown), call(real, thrown));
    EXPECT_EQ(without_times(memory_server_.keys().dump()), without_times(run(io_, dump(*client_))));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, QueueLockstep, testing::Range<std::uint64_t>(1, seeds + 1));

}  // namespace
}  // namespace claimferry::contract
