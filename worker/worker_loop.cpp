#include "worker/worker_loop.hpp"

#include "common/async/rethrow.hpp"
#include "common/base/limits.hpp"

namespace claimferry::worker {
namespace {

Failure drained() {
  return {FailureKind::drained, "drained", "the worker is stopping"};
}

// What escapes a loop is a bug: it ends the process loudly instead of leaving half a worker.
}  // namespace

WorkerLoop::WorkerLoop(Executor executor, Ports ports, Payers& payers, const config::Config& config,
                       Share share)
    : executor_(executor),
      ports_(ports),
      payers_(payers),
      requests_({executor, ports.clock, ports.random, ports.sleeper, ports.quota, ports.http,
                 ports.observer},
                share.worker.str(), share.requests_in_flight),
      tokens_({ports.clock, ports.random, ports.sleeper, requests_, ports.tokens, ports.vault,
               ports.observer}),
      driver_({ports.clock, ports.random, ports.sleeper, ports.queue, ports.sink, requests_,
               tokens_, ports.observer},
              payers, config.scheduler),
      erasure_({ports.clock, ports.random, ports.sleeper, ports.queue, ports.sink, ports.observer}),
      heartbeat_(ports.clock, ports.sleeper, ports.queue, running_, config.queue.heartbeat,
                 config.queue.lease, config.scheduler.interval),
      intake_(
          ports.clock, ports.random, ports.sleeper, ports.queue, ports.observer, running_,
          {share.worker, share.slots, config.queue.lease, share.poll, config.scheduler.interval},
          [this] { return open_payers(); },
          [this](std::shared_ptr<RunningJob> job) { run_job(std::move(job)); }) {}

// A payer that is down is left to its probes: claiming its members would only shuffle them.
std::vector<queue::PayerCap> WorkerLoop::open_payers() {
  const SteadyTime now = ports_.clock.steady();
  std::vector<queue::PayerCap> caps = payers_.caps();
  std::erase_if(caps, [&](const queue::PayerCap& cap) {
    const PayerHealth& health = requests_.health_of(*payers_.find(cap.payer));
    return health.closed_for(fhir::Endpoint::patient, now) > Duration::zero();
  });
  return caps;
}

void WorkerLoop::start() {
  boost::asio::co_spawn(executor_, intake_.run(), [this](std::exception_ptr error) {
    rethrow(std::move(error));
    job_ended_.ring();  // a drain waits for it, too
  });
  boost::asio::co_spawn(executor_, heartbeat_.run(), rethrow);
}

void WorkerLoop::run_job(std::shared_ptr<RunningJob> job) {
  if (draining_) {
    job->stop.request(drained());  // the claim was under way when the drain began
  }
  boost::asio::co_spawn(executor_, drive(std::move(job)), rethrow);
}

awaitable<void> WorkerLoop::drive(std::shared_ptr<RunningJob> job) {
  if (job->lease.kind == queue::JobKind::erase) {
    co_await erasure_.run(job);
  } else {
    co_await driver_.run(job);
  }
  running_.remove(job->lease.ref);
  intake_.wake();
  job_ended_.ring();
}

awaitable<void> WorkerLoop::drain(Duration at_most) {
  const SteadyTime begun = ports_.clock.steady();
  // An answer that is left behind is a consent that is lost.
  const auto may_wait = [this, begun, at_most] {
    const SteadyTime now = ports_.clock.steady();
    return now < begun + at_most ||
           (tokens_.refreshing() > 0 && now < begun + limits::refresh_drain_max);
  };
  draining_ = true;
  intake_.stop();
  running_.stop_all(drained());
  // A claim that was under way may still bring leases: they are handed back, too.
  while (!(running_.empty() && intake_.ended()) && may_wait()) {
    co_await job_ended_.wait(ports_.sleeper, std::chrono::milliseconds(500));
  }
  heartbeat_.stop();
}

}  // namespace claimferry::worker
