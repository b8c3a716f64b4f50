#include "tests/bench/queue_load.hpp"

#include <algorithm>
#include <chrono>
#include <functional>

#include <boost/asio/co_spawn.hpp>

#include "tests/bench/queue_work.hpp"

namespace claimferry::bench {
namespace {

constexpr unsigned calls_at_once = 64;

using Call = std::function<awaitable<void>(queue::JobQueue&, std::size_t)>;

struct Progress {
  std::size_t next = 0;
  std::size_t count;
  unsigned working = calls_at_once;
};

awaitable<void> work_off(queue::JobQueue& queue, const Call& call, Progress& progress) {
  while (progress.next < progress.count) {
    const std::size_t number = progress.next++;
    co_await call(queue, number);
  }
  --progress.working;
}

// Calls for 0 … count − 1, many on their way at once.
void for_each_number(const redis::Endpoint& redis, std::size_t count, const Call& call) {
  boost::asio::io_context io(1);
  SystemRandom random;
  redis::TcpClient client(executor_of(io), redis, random);
  queue::RedisJobQueue queue(client, random);
  Progress progress{.count = count};
  for (unsigned at = 0; at < calls_at_once; ++at) {
    boost::asio::co_spawn(io, work_off(queue, call, progress), [](std::exception_ptr error) {
      if (error) {
        std::rethrow_exception(error);
      }
    });
  }
  while (progress.working > 0) {
    io.run_one();
  }
}

awaitable<void> add(queue::JobQueue& queue, std::size_t number) {
  value_of(co_await queue.add_member(sealed_member(number)));
}
awaitable<void> enqueue(queue::JobQueue& queue, std::size_t number) {
  value_of(co_await enqueue_routine(queue, member_numbered(number)));
}

std::vector<MemberId> every_nth(const QueueLoad& load, unsigned first) {
  std::vector<MemberId> members;
  for (std::size_t number = first; number < load.members; number += load.shards) {
    members.push_back(member_numbered(number));
  }
  return members;
}

}  // namespace

QueueLoadFigures carry(const redis::Endpoint& redis, const QueueLoad& load) {
  QueueRun run{static_cast<long>(load.jobs), static_cast<long>(load.jobs + load.queued)};
  std::vector<std::unique_ptr<QueueShard>> shards;
  for (unsigned number = 0; number < load.shards; ++number) {
    QueueShard::Options options{load.slots, load.producers, load.listens, every_nth(load, number)};
    shards.push_back(std::make_unique<QueueShard>(redis, number, std::move(options), run));
  }
  run.end = [&shards] {
    for (const auto& shard : shards) {
      shard->stop();
    }
  };
  const auto begun = std::chrono::steady_clock::now();
  for (const auto& shard : shards) {
    shard->start();
  }
  QueueLoadFigures figures;
  for (const auto& shard : shards) {
    shard->join();
    figures.claim_milliseconds.insert(figures.claim_milliseconds.end(),
                                      shard->claim_milliseconds().begin(),
                                      shard->claim_milliseconds().end());
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  figures.seconds = took.count();
  figures.claims = run.claims;
  figures.empty_claims = run.empty_claims;
  std::ranges::sort(figures.claim_milliseconds);
  return figures;
}

void add_members(const redis::Endpoint& redis, std::size_t count, std::size_t first) {
  for_each_number(redis, count, [first](queue::JobQueue& queue, std::size_t number) {
    return add(queue, first + number);
  });
}

void enqueue_for_members(const redis::Endpoint& redis, std::size_t count) {
  for_each_number(redis, count, enqueue);
}

}  // namespace claimferry::bench
