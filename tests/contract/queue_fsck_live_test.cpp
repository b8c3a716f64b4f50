// fsck while the queue is at work: whatever is called between any two of its steps, it finds
// nothing, and with repair changes nothing.
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/queue/adapter/queue_fsck.hpp"
#include "common/queue/adapter/redis_queue_check.hpp"
#include "tests/contract/queue_fixture.hpp"

namespace claimferry::queue {
namespace {

constexpr int calls = 1'500;

// One worker, one scheduler and an operator, by dice.
class Everybody {
 public:
  explicit Everybody(redis::Client& redis, std::uint64_t seed)
      : redis_(redis), dice_(seed), queue_(redis, dice_), upkeep_(redis, dice_) {}

  awaitable<void> run(bool& over) {
    for (int call = 0; call < calls; ++call) {
      co_await one();
    }
    over = true;
  }

 private:
  MemberId some_member() { return member_named(static_cast<int>(dice_.below(8))); }

  awaitable<void> one() {
    const auto which = dice_.below(10);
    if (which < 2) {
      co_await work_comes();
    } else if (which < 5) {
      co_await claim();
    } else if (which < 8) {
      co_await settle();
    } else if (which == 8) {
      co_await operate();
    } else {
      co_await keep_up();
    }
  }

  awaitable<void> work_comes() {
    const std::string token = "token" + std::to_string(dice_.below(3));
    SealedMember member{some_member(), aetna, "patient", token, token};
    if (dice_.below(2) == 0) {
      (void)co_await queue_.add_member(std::move(member));
      co_return;
    }
    const bool sync = dice_.below(2) == 0;
    const JobKind kind = sync ? JobKind::sync : JobKind::backfill;
    const Lane lane = sync ? Lane::routine : Lane::backfill;
    const Window window = *Window::parse(dice_.below(2) == 0 ? "sweep" : "2024-01-01..");
    (void)co_await queue_.enqueue(member.member, kind, window, lane);
  }

  awaitable<void> claim() {
    const Duration lease(dice_.below(4) == 0 ? 1ms : 1h);
    ClaimRequest request{worker, static_cast<unsigned>(1 + dice_.below(3)), lease, {{aetna, 4}}};
    auto reply = co_await queue_.claim(std::move(request));
    if (reply) {
      for (Lease& taken : reply->leases) {
        leases_.push_back(std::move(taken));
      }
    }
  }

  awaitable<void> settle() {
    if (leases_.empty()) {
      co_return;
    }
    const Lease lease = leases_.front();
    leases_.erase(leases_.begin());
    constexpr Verdict verdicts[] = {Verdict::done,    Verdict::retry, Verdict::snooze,
                                    Verdict::requeue, Verdict::dead,  Verdict::reconsent,
                                    Verdict::done,    Verdict::done,  Verdict::cancelled};
    Settlement settlement;
    settlement.verdict = verdicts[dice_.below(std::size(verdicts))];
    settlement.delay = dice_.below(2) == 0 ? Duration(0) : Duration(1h);
    settlement.code = "code";
    const MemberUpdate update{Duration(dice_.below(2) == 0 ? 0ms : 1h), false};
    (void)co_await queue_.settle(lease.ref, std::move(settlement), update);
  }

  awaitable<void> operate() {
    const std::string member = some_member().str();
    const redis::Command words[] = {
        {"cmd", "pause", "scope", "member:" + member},
        {"cmd", "pause", "scope", "member:" + member, "for", "1s"},
        {"cmd", "resume", "scope", "member:" + member},
        {"cmd", "cancel", "member", member},
        {"cmd", "backfill", "member", member, "since", "2024-02-01"},
        {"cmd", "backfill_many", "members", member + "\nM1\nM2", "since", "2024-03-01"},
        {"cmd", "dead_replay", "all", "1"}};
    redis::Command command{"XADD", "cf:{0}:inbox", "*"};
    const redis::Command& chosen = words[dice_.below(std::size(words))];
    command.insert(command.end(), chosen.begin(), chosen.end());
    (void)co_await redis_.command(std::move(command));
  }

  awaitable<void> keep_up() {
    auto led = co_await upkeep_.lead("s1", 1min, 24h);
    const Term term{"s1", led.ok() ? led->term : ""};
    const PlanRequest plan{10, 5, 1h, "2024-01-01", 1h};
    (void)co_await queue_.reap(10, 1h);
    (void)co_await upkeep_.take_inbox(term);
    (void)co_await upkeep_.carry_out(term);
    (void)co_await upkeep_.expand(term, 5);
    (void)co_await upkeep_.promote(term, 10);
    (void)co_await upkeep_.plan(term, plan);
    (void)co_await upkeep_.tidy(term, 10);
  }

  redis::Client& redis_;
  SeededRandom dice_;
  RedisJobQueue queue_;
  RedisQueueUpkeep upkeep_;
  std::vector<Lease> leases_;
};

class QueueFsckLive : public QueueContract {
 protected:
  void SetUp() override {
    QueueContract::SetUp();
    skip_where_unknown();
    // A second one, whose commands come between the first one's.
    other_ = real() ? std::unique_ptr<redis::Client>(std::make_unique<redis::TcpClient>(
                          executor_of(io_), server_->endpoint(), random_))
                    : std::make_unique<world::MemoryRedis>(*memory_, give_way);
    mine_ = real() ? nullptr : std::make_unique<world::MemoryRedis>(*memory_, give_way);
  }

  static awaitable<Result<void>> give_way(world::MemoryRedis::Moment) {
    co_await boost::asio::post(co_await boost::asio::this_coro::executor,
                               boost::asio::use_awaitable);
    co_return Result<void>();
  }

  boost::asio::io_context& io() { return io_; }
  redis::Client& mine() { return mine_ ? *mine_ : *redis_; }
  std::unique_ptr<redis::Client> other_;
  std::unique_ptr<redis::Client> mine_;
};

awaitable<int> check_until(redis::Client& redis, bool& over) {
  int checks = 0;
  RedisQueueCheck check(redis);
  while (!over) {
    QueueFsck fsck(check, checks % 3 == 2);
    const auto report = co_await fsck.run();
    EXPECT_TRUE(report.ok());
    EXPECT_EQ(contract::findings_of(report.value()), "");
    ++checks;
  }
  co_return checks;
}

TEST_P(QueueFsckLive, FindsNothingWhateverHappensMeanwhile) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    Everybody everybody(mine(), seed);
    bool over = false;
    boost::asio::co_spawn(io_, everybody.run(over),
                          [](std::exception_ptr thrown) { EXPECT_FALSE(thrown); });
    EXPECT_GT(run(check_until(*other_, over)), 3);
  }
}

INSTANTIATE_TEST_SUITE_P(On, QueueFsckLive, testing::Values("redis", "memory"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace claimferry::queue
