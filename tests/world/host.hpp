// Host: one simulated process. Every call that leaves it goes through touch(), where it takes its
// time, may die, stand still, or find the other side away. A dead process never runs again: its
// coroutines wait for ever, as a kill -9 leaves them.
#pragma once

#include <functional>

#include "common/audit/adapter/redis_audit_stream.hpp"
#include "common/claims/adapter/claim_sink.hpp"
#include "common/http/client.hpp"
#include "common/oauth/adapter/token_store.hpp"
#include "common/queue/adapter/redis_job_queue.hpp"
#include "common/queue/adapter/redis_queue_upkeep.hpp"
#include "common/quota/adapter/quota_listener.hpp"
#include "common/quota/adapter/redis_fleet_quota.hpp"
#include "scheduler/scheduler_loop.hpp"
#include "tests/sandbox/model/model.hpp"
#include "tests/world/keyspace/memory_redis.hpp"
#include "tests/world/keyspace/memory_subscriber.hpp"
#include "tests/world/memory_audit.hpp"
#include "tests/world/virtual_time.hpp"
#include "worker/worker_loop.hpp"

namespace claimferry::world {

enum class Port : std::uint8_t { redis, payer, sink };  // the audit's files strike as the sink

// What all hosts of a world share.
struct Surroundings {
  Executor executor;
  VirtualTime& time;
  MemoryRedisServer& redis;
  claims::ClaimSink& sink;
  MemoryAudit& audit;
  sandbox::Model& payer;
  const vault::Vault& vault;
  const config::Config& config;
  telemetry::Observer& observer;
  // Asked before and after each call while the host lives: a failure is what the caller gets;
  // `die` kills the host there and then.
  struct Fate {
    bool die = false;
    Duration takes = Duration::zero();
    Duration stands_still = Duration::zero();  // the whole process
    Result<void> answer;
  };
  std::function<Fate(Port, MemoryRedis::Moment)> fate;
  std::function<void()> after_redis_command;              // the moment to look at the invariants
  std::function<void(const claims::SyncKey&)> sink_took;  // a write, under this fence
  std::function<void(const sandbox::PayerRequest&, const sandbox::Answer&)> payer_answered;
  std::function<void(bool is_worker)> died;
  std::function<bool()> redis_forgot;  // something that it had stored
  std::function<void(const std::string& what)> fail;
  bool two_releases = false;       // every second process is of the release before
  bool names_client_once = false;  // a planted bug, until it struck: in the body, beside the header
  // The payer's clock may be off, but nobody steps it.
  Duration payer_clock = Duration::zero();
  WallTime payer_now() const { return time.unstepped() + payer_clock; }
};

// A process's own clocks: the wall clock may be off.
class HostClock final : public Clock {
 public:
  explicit HostClock(const VirtualTime& time) : time_(time) {}
  WallTime wall() const override { return time_.wall() + off_by_; }
  SteadyTime steady() const override { return time_.steady(); }
  void step(Duration by) { off_by_ += by; }
  Duration off_by() const noexcept { return off_by_; }

 private:
  const VirtualTime& time_;
  Duration off_by_ = Duration::zero();
};

class Host {
 public:
  Host(Surroundings& around, std::string name, bool is_worker)
      : around_(around), clock_(around.time), name_(std::move(name)), is_worker_(is_worker) {}
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  virtual ~Host() = default;

  virtual void start() = 0;
  awaitable<Result<void>> touch(Port port, MemoryRedis::Moment moment);
  void kill() { dead_ = true; }
  void pause_until(SteadyTime until) { paused_until_ = until; }
  bool dead() const noexcept { return dead_; }
  void begin_draining() noexcept { draining_ = true; }
  bool draining() const noexcept { return draining_; }
  bool is_worker() const noexcept { return is_worker_; }
  const std::string& name() const noexcept { return name_; }
  HostClock& clock() noexcept { return clock_; }

 protected:
  Surroundings& around_;
  HostClock clock_;

 private:
  awaitable<void> stand_still();

  std::string name_;
  bool is_worker_;
  bool dead_ = false;
  bool draining_ = false;
  SteadyTime paused_until_{};
};

// The payer as a host's HTTP client.
class ModelClient final : public http::Client {
 public:
  ModelClient(Host& host, Surroundings& around) : host_(host), around_(around) {}
  awaitable<Result<http::Response>> send(http::Request request) override;

 private:
  awaitable<Result<http::Response>> deliver(sandbox::Answer answer, http::Request request);

  Host& host_;
  Surroundings& around_;
};

// The shared sink as a host sees it.
class SinkPort final : public claims::ClaimSink {
 public:
  SinkPort(Host& host, Surroundings& around) : host_(host), around_(around) {}
  awaitable<Result<void>> open() override { return around_.sink.open(); }
  awaitable<Result<std::optional<queue::Cursor>>> resume(claims::SyncKey key) override;
  awaitable<Result<claims::CommitReport>> commit(claims::PageCommit commit) override;
  awaitable<Result<void>> quarantine_page(claims::BadPage page) override;
  awaitable<Result<claims::CloseReport>> close(claims::SyncClose close) override;
  awaitable<Result<void>> erase(claims::SyncKey key) override;

 private:
  Host& host_;
  Surroundings& around_;
};

// The shared audit as a host sees it.
class AuditPort final : public audit::AuditStore {
 public:
  AuditPort(Host& host, Surroundings& around) : host_(host), around_(around) {}
  awaitable<Result<audit::Drained>> take(audit::Batch batch) override;

 private:
  Host& host_;
  Surroundings& around_;
};

class WorkerHost final : public Host {
 public:
  WorkerHost(Surroundings& around, std::uint64_t seed, std::string name);
  void start() override;
  awaitable<void> drain() { return loop_.drain(std::chrono::seconds(20)); }

 private:
  SeededRandom random_;
  MemoryRedis redis_;
  queue::RedisJobQueue queue_;
  quota::RedisFleetQuota quota_;
  std::unique_ptr<oauth::TokenStore> tokens_;
  ModelClient http_;
  SinkPort sink_;
  worker::Payers payers_;
  MemorySubscriber subscriber_;
  quota::QuotaListener listener_;
  worker::WorkerLoop loop_;
};

class SchedulerHost final : public Host {
 public:
  SchedulerHost(Surroundings& around, std::uint64_t seed, std::string name);
  void start() override;

 private:
  SeededRandom random_;
  MemoryRedis redis_;
  queue::RedisJobQueue queue_;
  queue::RedisQueueUpkeep upkeep_;
  queue::MemberDirectory members_;
  audit::RedisAuditStream audit_stream_;
  AuditPort audit_store_;
  scheduler::AuditDrain audit_;
  scheduler::SchedulerLoop loop_;
};

}  // namespace claimferry::world
