// fsck against a table of damages: each is found under its name, mended while the queue stays what
// its invariants say, and in the end all work that there was has been done.
#include <algorithm>

#include "tests/contract/clean_queue.hpp"
#include "tests/contract/queue_damage.hpp"
#include "tests/contract/queue_fixture.hpp"
#include "tests/contract/redis_copy.hpp"
#include "tests/contract/redis_users.hpp"
#include "tests/world/queue_state.hpp"

namespace claimferry::queue {
namespace {

using contract::check_queue;
using contract::Damage;
using contract::findings_of;
using contract::Scene;

class QueueFsckContract : public QueueContract {
 protected:
  void SetUp() override {
    QueueContract::SetUp();
    damages_queue_ = true;
    skip_where_unknown();
    if (real()) {
      let_the_scheduler_in();
    }
  }

  // As whom fsck is run: deploy/redis/users.acl.
  void let_the_scheduler_in() {
    redis::Command words{"ACL", "SETUSER", "claimferry-scheduler", "on", ">secret"};
    for (std::string& rule : contract::rules_of("claimferry-scheduler")) {
      words.push_back(std::move(rule));
    }
    ASSERT_EQ(command(std::move(words)).error(), nullptr);
    redis::Endpoint endpoint = server_->endpoint();
    endpoint.username = "claimferry-scheduler";
    endpoint.password = Secret("secret");
    scheduler_ = std::make_unique<redis::TcpClient>(executor_of(io_), endpoint, random_);
  }
  FsckReport check(bool repair = false) {
    return check_queue(io_, scheduler_ ? *scheduler_ : *redis_, repair);
  }

  Lease claim_of(int number) {
    for (Lease& lease : claim(10)) {
      if (lease.ref.member == member_named(number)) {
        return std::move(lease);
      }
    }
    throw std::logic_error("its job was not claimed");
  }
  // The member's first sync, claimed while no other is ready.
  Lease begin(int number) {
    add(number);
    return claim_of(number);
  }

  Scene scene() {
    Scene scene;
    EXPECT_TRUE(settle(begin(3), Verdict::snooze, 1h).ok());
    scene.delayed = text({"ZRANGE", "cf:{0}:waits:M3", "0", "0"}, 0);
    const Lease done = begin(4);
    scene.done = done.ref.job.str();
    EXPECT_TRUE(settle(done, Verdict::done).ok());
    const Lease dead = begin(5);
    scene.dead = dead.ref.job.str();
    EXPECT_TRUE(settle(dead, Verdict::dead).ok());
    EXPECT_TRUE(settle(begin(6), Verdict::reconsent).ok());
    scene.running = begin(2).ref.job.str();
    scene.busy = begin(7).ref.job.str();
    scene.waiting = run(queue_->enqueue(member_named(7), JobKind::backfill, *Window::parse("sweep"),
                                        Lane::backfill))
                        ->job.str();
    for (const int number : {8, 9}) {
      EXPECT_TRUE(settle(begin(number), Verdict::done).ok());
    }
    command({"XADD", "cf:{0}:inbox", "*", "cmd", "backfill_many", "members", "M8\nM9", "since",
             "2023-01-01"});
    EXPECT_EQ(run(upkeep_->take_inbox(term()))->taken, 1U);
    EXPECT_EQ(*run(upkeep_->expand(term(), 100)), 2U);
    scene.batch = text({"ZRANGE", "cf:{0}:batches", "0", "0"}, 0);
    scene.of_batch = text({"ZRANGE", "cf:{0}:m:M8", "0", "0"}, 0);
    scene.ready = add(1).str();
    return scene;
  }
  using QueueContract::text;
  std::string text(redis::Command words, std::size_t item) {
    const auto reply = command(std::move(words));
    return *reply.array()->at(item).text();
  }

  std::vector<std::string> broken() {
    world::Keyspace copy([this] { return now_us_; });
    contract::run(io_, copied(*redis_, copy));
    return broken_invariants(world::QueuePicture({}).look_at_everything(copy), 0);
  }
  static awaitable<bool> copied(redis::Client& redis, world::Keyspace& into) {
    co_await contract::copy_queue(redis, into);
    co_return true;
  }

  // Leases run out, delays end, pauses too, and workers do all that there is.
  void do_everything() {
    command({"DEL", "cf:{0}:paused", "cf:{0}:resumes"});
    for (int round = 0; round < 20; ++round) {
      for (const char* key : {"cf:{0}:running", "cf:{0}:delayed"}) {
        for (const auto& job : items({"ZRANGE", key, "0", "-1"})) {
          command({"ZADD", key, "XX", "1", job});
        }
      }
      EXPECT_TRUE(run(queue_->reap(100, 1h)).ok());
      EXPECT_TRUE(promote(100).ok());
      EXPECT_TRUE(run(upkeep_->expand(term(), 100)).ok());
      EXPECT_TRUE(run(upkeep_->tidy(term(), 100)).ok());
      for (const Lease& lease : claim(100)) {
        EXPECT_TRUE(settle(lease, Verdict::done).ok());
      }
    }
  }
  std::vector<std::string> items(redis::Command words) {
    std::vector<std::string> items;
    const auto reply = command(std::move(words));
    for (const redis::Reply& item : *reply.array()) {
      items.push_back(*item.text());
    }
    return items;
  }

  static std::string rows_of(const FsckReport& report) {
    std::string rows;
    for (const auto& [name, holds] : fsck_rows()) {
      if (report.count(name).found > 0) {
        rows += (rows.empty() ? "" : " ") + name;
      }
    }
    return rows;
  }

  void begin_anew() {
    command({"FLUSHALL"});
    queue_ = std::make_unique<RedisJobQueue>(*redis_, random_);
  }

  void is_mended(const Scene& scene, const Damage& damage) {
    SCOPED_TRACE(damage.name);
    for (const auto& words : damage.commands) {
      const auto reply = command(words);
      ASSERT_EQ(reply.error(), nullptr) << reply.error()->text;
    }
    const auto found = check();
    EXPECT_FALSE(found.clean());
    if (!damage.rows.empty()) {
      EXPECT_EQ(rows_of(found), damage.rows) << findings_of(found);
    }
    const auto mended = check(true);
    EXPECT_TRUE(mended.clean()) << findings_of(mended);
    EXPECT_GT(mended.found(), 0U);
    const auto again = check();
    EXPECT_EQ(findings_of(again), "") << "after\n" << findings_of(mended);
    EXPECT_TRUE(again.unjudged().empty());
    EXPECT_EQ(broken(), std::vector<std::string>{}) << findings_of(mended);
    do_everything();
    for (const std::string& id :
         {scene.ready, scene.running, scene.delayed, scene.busy, scene.waiting, scene.of_batch}) {
      if (std::ranges::find(damage.lost, id) == damage.lost.end()) {
        EXPECT_EQ(text({"HGET", "cf:{0}:job:" + id, "outcome"}), "done") << id << " after\n"
                                                                         << findings_of(mended);
      }
    }
    EXPECT_EQ(number({"HLEN", "cf:{0}:uniq"}), 0);
    EXPECT_EQ(findings_of(check()), "");
  }

  std::unique_ptr<redis::Client> scheduler_;
};

TEST_P(QueueFsckContract, FindsNothingInASoundQueue) {
  contract::expect_clean_queue(io_, *redis_);
  scene();
  contract::expect_clean_queue(io_, *redis_);
  EXPECT_EQ(broken(), std::vector<std::string>{});
  const auto report = check(true);
  EXPECT_EQ(report.found(), 0U);
  EXPECT_TRUE(report.unjudged().empty());
}

TEST_P(QueueFsckContract, FindsAndMendsEachDamage) {
  const Scene first = scene();
  const std::size_t number = contract::damages(first).size();
  EXPECT_GE(number, 20U);
  for (std::size_t at = 0; at < number; ++at) {
    begin_anew();
    const Scene here = scene();
    is_mended(here, contract::damages(here)[at]);
  }
}

TEST_P(QueueFsckContract, PutsAsideWhatSomebodyElseKeepsUnderOurNames) {
  const Scene first = scene();
  const std::size_t number = contract::foreign_keys(first).size();
  for (std::size_t at = 0; at < number; ++at) {
    begin_anew();
    const Scene here = scene();
    const Damage damage = contract::foreign_keys(here)[at];
    is_mended(here, damage);
    EXPECT_EQ(this->number({"EXISTS", "cf:{0}:aside:" + damage.name}), 1) << damage.name;
    EXPECT_EQ(check().aside().size(), 1U) << damage.name;
  }
}

TEST_P(QueueFsckContract, LeavesAKeyOfAnUnknownNameToAPerson) {
  scene();
  command({"SET", "cf:{0}:hello", "world"});
  const auto report = check(true);
  EXPECT_FALSE(report.clean());
  EXPECT_EQ(rows_of(report), "keys");
  EXPECT_EQ(report.count("keys").repaired, 0U);
  EXPECT_EQ(text({"GET", "cf:{0}:hello"}), "world");
}

INSTANTIATE_TEST_SUITE_P(On, QueueFsckContract, testing::Values("redis", "memory"),
                         [](const auto& which) { return std::string(which.param); });

}  // namespace
}  // namespace claimferry::queue
