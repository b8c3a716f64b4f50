#include "tests/world/host.hpp"

#include "common/http/url.hpp"

namespace claimferry::world {
namespace {

using Moment = MemoryRedis::Moment;

awaitable<void> wait_for_ever() {
  boost::asio::steady_timer never(co_await boost::asio::this_coro::executor,
                                  boost::asio::steady_timer::time_point::max());
  while (true) {
    co_await never.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

void rethrow(std::exception_ptr error) {
  if (error) {
    std::rethrow_exception(error);
  }
}

MemoryRedis::Hook redis_hook(Host& host, Surroundings& around) {
  return [&host, &around](Moment moment) {
    if (moment == Moment::after && !host.dead()) {
      around.after_redis_command();
    }
    return host.touch(Port::redis, moment);
  };
}

std::unique_ptr<worker::Payer> payer_of(const config::Config& config) {
  return std::make_unique<worker::Payer>(config.payers.front(), Secret("client-secret"));
}

}  // namespace

awaitable<Result<void>> Host::touch(Port port, Moment moment) {
  while (!dead_ && around_.time.steady() < paused_until_) {
    const auto rest = paused_until_ - around_.time.steady();
    co_await around_.time.sleep(std::chrono::ceil<Duration>(rest));
  }
  if (!dead_) {
    Surroundings::Fate fate = around_.fate(port, moment);
    if (!fate.die) {
      co_return std::move(fate.answer);
    }
    kill();
    around_.died(is_worker_);
  }
  co_await wait_for_ever();
  co_return Result<void>();
}

awaitable<Result<http::Response>> ModelClient::send(http::Request request) {
  auto before = co_await host_.touch(Port::payer, Moment::before);
  if (!before) {
    co_return std::move(before.failure());
  }
  const auto url = http::Url::parse(request.url);
  CLAIMFERRY_ASSERT(url.has_value());
  sandbox::PayerRequest asked;
  asked.method = request.method == http::Method::post ? "POST" : "GET";
  asked.target = url->target;
  asked.authorization = std::string(request.authorization.reveal());
  asked.content_type = "application/x-www-form-urlencoded";
  asked.body = std::string(request.form.reveal());
  asked.at = around_.time.wall();
  asked.foreign_host = url->host != "payer.test";
  auto answer = around_.payer.handle(asked);
  auto response = co_await deliver(std::move(answer), std::move(request));
  auto after = co_await host_.touch(Port::payer, Moment::after);
  if (!after) {
    co_return std::move(after.failure());
  }
  co_return response;
}

awaitable<Result<http::Response>> ModelClient::deliver(sandbox::Answer answer,
                                                       http::Request request) {
  using Ending = sandbox::Transport::Ending;
  const sandbox::Transport& transport = answer.transport;
  const bool stalls = transport.ending == Ending::stall;
  const Duration takes = transport.delay + (stalls ? transport.stall : Duration::zero());
  const bool late = takes > request.deadline;
  const SteadyTime begun = around_.time.steady();
  if (takes > Duration::zero()) {
    const Duration passes = late ? request.deadline : takes;
    co_await around_.time.sleep(passes);
  }
  around_.payer.finished(answer, answer.body.size(), around_.time.wall());
  const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != boost::asio::cancellation_type::none) {
    co_return Failure{FailureKind::retryable, "cancelled", "given up"};
  }
  if (late) {
    co_return Failure{FailureKind::retryable, "timeout", "the payer did not answer in time"};
  }
  if (transport.ending != Ending::whole) {
    co_return Failure{FailureKind::retryable, "connection_lost", "the connection ended early"};
  }
  if (answer.body.size() > request.body_bytes_max) {
    co_return Failure{FailureKind::permanent, "body_too_large", "too large"};
  }
  http::Response response;
  response.status = answer.status;
  for (auto& [name, value] : answer.headers) {
    response.headers.add(std::move(name), std::move(value));
  }
  response.body = http::Body(answer.body);
  response.wire_bytes = answer.body.size();
  response.took = std::chrono::floor<Duration>(around_.time.steady() - begun);
  co_return response;
}

awaitable<Result<std::optional<queue::Cursor>>> SinkPort::resume(claims::SyncKey key) {
  auto before = co_await host_.touch(Port::sink, Moment::before);
  if (!before) {
    co_return std::move(before.failure());
  }
  co_return co_await sink_.resume(std::move(key));
}

awaitable<Result<claims::CommitReport>> SinkPort::commit(claims::PageCommit commit) {
  auto before = co_await host_.touch(Port::sink, Moment::before);
  if (!before) {
    co_return std::move(before.failure());
  }
  auto report = co_await sink_.commit(std::move(commit));
  auto after = co_await host_.touch(Port::sink, Moment::after);
  if (!after) {
    co_return std::move(after.failure());
  }
  co_return report;
}

awaitable<Result<void>> SinkPort::quarantine_page(claims::BadPage page) {
  auto before = co_await host_.touch(Port::sink, Moment::before);
  if (!before) {
    co_return before;
  }
  auto kept = co_await sink_.quarantine_page(std::move(page));
  auto after = co_await host_.touch(Port::sink, Moment::after);
  if (!after) {
    co_return after;
  }
  co_return kept;
}

awaitable<Result<claims::CloseReport>> SinkPort::close(claims::SyncClose close) {
  auto before = co_await host_.touch(Port::sink, Moment::before);
  if (!before) {
    co_return std::move(before.failure());
  }
  auto report = co_await sink_.close(std::move(close));
  auto after = co_await host_.touch(Port::sink, Moment::after);
  if (!after) {
    co_return std::move(after.failure());
  }
  co_return report;
}

awaitable<Result<void>> SinkPort::erase(claims::SyncKey key) {
  auto before = co_await host_.touch(Port::sink, Moment::before);
  if (!before) {
    co_return before;
  }
  co_return co_await sink_.erase(std::move(key));
}

WorkerHost::WorkerHost(Surroundings& around, std::uint64_t seed, unsigned number)
    : Host(around, true),
      random_(seed),
      redis_(around.redis, redis_hook(*this, around)),
      queue_(redis_, random_),
      tokens_(redis_),
      http_(*this, around),
      sink_(*this, around.sink),
      payers_([&around] {
        worker::Payers payers;
        payers.add(payer_of(around.config));
        return payers;
      }()),
      loop_(around.executor,
            {around.time, random_, around.time, queue_, tokens_, http_, sink_, around.vault,
             around.observer},
            payers_, around.config,
            {WorkerId::parse("w" + std::to_string(number)).value(), around.config.worker.slots,
             around.config.worker.requests_in_flight_max, std::chrono::seconds(3)}) {}

SchedulerHost::SchedulerHost(Surroundings& around, std::uint64_t seed)
    : Host(around, false),
      random_(seed),
      redis_(around.redis, redis_hook(*this, around)),
      queue_(redis_, random_),
      loop_({around.time, random_, around.time, queue_, around.observer}, around.config.scheduler,
            std::chrono::seconds(4)) {}

void SchedulerHost::start() {
  boost::asio::co_spawn(around_.executor, loop_.run(), rethrow);
}

}  // namespace claimferry::world
