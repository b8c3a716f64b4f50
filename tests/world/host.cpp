#include "tests/world/host.hpp"

#include <utility>

#include "common/http/url.hpp"
#include "tests/world/script_edits.hpp"
#include "tests/world/token_port.hpp"

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

// Names end with a number.
MemoryRedisServer::Edit release_of(const Host& host, const Surroundings& around) {
  const bool is_older = around.two_releases && (host.name().back() - '0') % 2 == 1;
  if (!is_older) {
    return {};
  }
  return [](std::string source) { return edited(older_release(), std::move(source)); };
}

Failure given_up() {
  return {FailureKind::retryable, "cancelled", "given up"};
}

std::unique_ptr<worker::Payer> payer_of(const config::Config& config) {
  return std::make_unique<worker::Payer>(config.payers.front(), Secret("client-secret"));
}

}  // namespace

awaitable<void> Host::stand_still() {
  while (!dead_ && around_.time.steady() < paused_until_) {
    const auto rest = paused_until_ - around_.time.steady();
    co_await around_.time.sleep(std::chrono::ceil<Duration>(rest));
  }
}

awaitable<Result<void>> Host::touch(Port port, Moment moment) {
  co_await stand_still();
  if (!dead_) {
    Surroundings::Fate fate = around_.fate(port, moment);
    if (fate.stands_still > Duration::zero()) {
      pause_until(around_.time.steady() + fate.stands_still);
      co_await stand_still();
    }
    if (fate.takes > Duration::zero()) {
      co_await around_.time.sleep(fate.takes);
      co_await stand_still();
    }
    if (!fate.die && !dead_) {
      co_return std::move(fate.answer);
    }
    if (!dead_) {
      kill();
      around_.died(is_worker_);
    }
  }
  co_await wait_for_ever();
  co_return Result<void>();
}

awaitable<Result<http::Response>> ModelClient::send(http::Request request) {
  if (host_.draining()) {
    around_.fail("drain: a request to the payer began after it");
  }
  const SteadyTime begun = around_.time.steady();
  auto before = co_await host_.touch(Port::payer, Moment::before);
  if (!before) {
    co_return std::move(before.failure());
  }
  if (around_.time.steady() - begun > request.deadline) {
    co_return Failure{FailureKind::retryable, "connect_failed", "the process stood still"};
  }
  // A process that stood still here may have been told to give up meanwhile.
  const auto told = co_await boost::asio::this_coro::cancellation_state;
  if (told.cancelled() != boost::asio::cancellation_type::none) {
    co_return given_up();
  }
  if (request.last_look) {
    if (auto refused = request.last_look()) {
      co_return std::move(*refused);
    }
  }
  const auto url = http::Url::parse(request.url);
  CLAIMFERRY_ASSERT(url.has_value());
  sandbox::PayerRequest asked;
  asked.method = request.method == http::Method::post ? "POST" : "GET";
  asked.target = url->target;
  asked.authorization = std::string(request.authorization.reveal());
  asked.content_type = "application/x-www-form-urlencoded";
  asked.body = std::string(request.form.reveal());
  if (asked.method == "POST" && std::exchange(around_.names_client_once, false)) {
    asked.body += "&client_id=client";
  }
  asked.at = around_.payer_now();
  asked.foreign_host = url->host != "payer.test";
  auto answer = around_.payer.handle(asked);
  around_.payer_answered(asked, answer);
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
  around_.payer.finished(answer, answer.body.size(), around_.payer_now());
  const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != boost::asio::cancellation_type::none) {
    co_return given_up();
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
  co_return co_await around_.sink.resume(std::move(key));
}

awaitable<Result<claims::CommitReport>> SinkPort::commit(claims::PageCommit commit) {
  auto before = co_await host_.touch(Port::sink, Moment::before);
  if (!before) {
    co_return std::move(before.failure());
  }
  const claims::SyncKey key = commit.key;
  auto report = co_await around_.sink.commit(std::move(commit));
  if (report) {
    around_.sink_took(key);
  }
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
  const claims::SyncKey key = page.key;
  auto kept = co_await around_.sink.quarantine_page(std::move(page));
  if (kept) {
    around_.sink_took(key);
  }
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
  const claims::SyncKey key = close.key;
  auto report = co_await around_.sink.close(std::move(close));
  if (report) {
    around_.sink_took(key);
  }
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
  co_return co_await around_.sink.erase(std::move(key));
}

awaitable<Result<audit::Drained>> AuditPort::take(audit::Batch batch) {
  auto before = co_await host_.touch(Port::sink, Moment::before);
  if (!before) {
    co_return std::move(before.failure());
  }
  auto drained = around_.audit.take(batch);
  auto after = co_await host_.touch(Port::sink, Moment::after);
  if (!after) {
    co_return std::move(after.failure());
  }
  co_return drained;
}

WorkerHost::WorkerHost(Surroundings& around, std::uint64_t seed, std::string name)
    : Host(around, std::move(name), true),
      random_(seed),
      redis_(around.redis, redis_hook(*this, around), release_of(*this, around)),
      queue_(redis_, random_),
      quota_(redis_),
      tokens_(std::make_unique<TokenPort>(redis_, around)),
      http_(*this, around),
      sink_(*this, around),
      payers_([&around] {
        worker::Payers payers;
        payers.add(payer_of(around.config));
        return payers;
      }()),
      subscriber_(around.executor, around.redis, redis_hook(*this, around)),
      listener_(
          clock_, random_, around.time, subscriber_,
          [this](const PayerName& name) {
            worker::Payer* payer = payers_.find(name);
            return payer == nullptr ? nullptr : &payer->gate;
          },
          [this] { loop_.look_for_cancels(); }),
      loop_(around.executor,
            {clock_, random_, around.time, queue_, quota_, *tokens_, http_, sink_, around.vault,
             around.observer},
            payers_, around.config,
            {WorkerId::parse(this->name()).value(), around.config.worker.slots,
             around.config.worker.requests_in_flight_max, std::chrono::seconds(3)}) {}

void WorkerHost::start() {
  boost::asio::co_spawn(around_.executor, listener_.run(), rethrow);
  loop_.start();
}

SchedulerHost::SchedulerHost(Surroundings& around, std::uint64_t seed, std::string name)
    : Host(around, std::move(name), false),
      random_(seed),
      redis_(around.redis, redis_hook(*this, around), release_of(*this, around)),
      queue_(redis_, random_),
      upkeep_(redis_, random_),
      members_(redis_),
      audit_stream_(redis_),
      audit_store_(*this, around),
      audit_({clock_, around.time, audit_stream_, audit_store_, around.observer}),
      loop_({clock_, random_, around.time, queue_, upkeep_, members_, audit_, around.observer},
            around.config.scheduler,
            {this->name(), std::chrono::seconds(12), std::chrono::seconds(4)}) {}

void SchedulerHost::start() {
  boost::asio::co_spawn(around_.executor, loop_.run(), rethrow);
}

}  // namespace claimferry::world
