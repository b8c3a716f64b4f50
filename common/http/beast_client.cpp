#include "common/http/beast_client.hpp"

#include <algorithm>

#include "common/base/assert.hpp"

namespace claimferry::http {
namespace {

Failure no_turn(const std::string& origin, bool is_late) {
  if (is_late) {
    return {FailureKind::retryable, "connect_failed",
            origin + ": as many connections as are allowed stayed in use"};
  }
  return {FailureKind::retryable, "cancelled", "the request was given up"};
}

Failure stale(const std::string& origin) {
  return {FailureKind::retryable, "connection_stale", origin + " had closed an idle connection"};
}

}  // namespace

BeastClient::BeastClient(Executor executor, const Clock& clock, ClientOptions options)
    : executor_(executor),
      clock_(clock),
      options_(std::move(options)),
      budget_(executor, options_.body_bytes_in_flight_max) {
  CLAIMFERRY_ASSERT(options_.connections_per_origin_max > 0);
  tls_by_ca_file_.emplace("", std::make_unique<TlsContext>(""));
  for (const auto& [origin, ca_file] : options_.ca_files) {
    if (!tls_by_ca_file_.contains(ca_file)) {
      tls_by_ca_file_.emplace(ca_file, std::make_unique<TlsContext>(ca_file));
    }
  }
}

BeastClient::~BeastClient() = default;

void BeastClient::close() {
  idle_.clear();
  budget_.close();
}

awaitable<Result<Response>> BeastClient::send(Request request) {
  auto url = Url::parse(request.url);
  if (!url) {
    co_return Failure{FailureKind::permanent, "bad_url",
                      "not an http or https URL without credentials and fragment"};
  }
  const SteadyTime sent = clock_.steady();
  auto response = co_await send_to(std::move(request), std::move(*url));
  if (response) {
    response->took = std::chrono::duration_cast<Duration>(clock_.steady() - sent);
  }
  co_return response;
}

awaitable<Result<Response>> BeastClient::send_to(Request request, Url url) {
  const SteadyTime deadline = clock_.steady() + request.deadline;
  const std::string origin = url.origin();
  const auto turns = turns_at(origin);
  const auto turn = co_await turns->take(deadline);
  if (!turn) {
    co_return no_turn(origin, clock_.steady() >= deadline);
  }
  auto used = request.method == Method::get ? take_idle(origin) : std::nullopt;
  const bool was_idle = used.has_value();
  if (!was_idle) {
    drop_idle_beyond(turns->free(), origin);
    used = Idle{origin, clock_.steady(), make_connection(executor_, tls_for(url), budget_)};
    auto opened = co_await used->connection->open(url, deadline);
    if (!opened) {
      co_return std::move(opened.failure());
    }
  }
  auto exchanged =
      co_await used->connection->exchange(std::move(request), std::move(url), deadline);
  if (was_idle && exchanged.nothing_came) {
    drop_idle_not_after(*used);
    co_return stale(origin);
  }
  if (exchanged.reusable) {
    // One that was not used has been idle all the while.
    used->since = exchanged.response ? clock_.steady() : used->since;
    keep(std::move(*used));
  }
  co_return std::move(exchanged.response);
}

std::shared_ptr<Permits> BeastClient::turns_at(const std::string& origin) {
  std::shared_ptr<Permits>& turns = turns_[origin];
  if (!turns) {
    turns = std::make_shared<Permits>(options_.connections_per_origin_max);
  }
  return turns;
}

std::optional<BeastClient::Idle> BeastClient::take_idle(const std::string& origin) {
  const SteadyTime oldest = clock_.steady() - options_.idle_for_max;
  std::erase_if(idle_, [oldest](const Idle& idle) { return idle.since < oldest; });
  // The one used last is the likeliest to be alive.
  const auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                  [&](const Idle& idle) { return idle.origin == origin; });
  if (found == idle_.rend()) {
    return std::nullopt;
  }
  Idle taken = std::move(*found);
  idle_.erase(std::next(found).base());
  return taken;
}

void BeastClient::keep(Idle idle) {
  const auto place = std::ranges::upper_bound(idle_, idle.since, {}, &Idle::since);
  idle_.insert(place, std::move(idle));
  if (idle_.size() > options_.idle_connections_max) {
    idle_.erase(idle_.begin());
  }
}

void BeastClient::drop_idle_beyond(std::size_t count, const std::string& origin) {
  const auto is_of_origin = [&](const Idle& idle) { return idle.origin == origin; };
  auto left = static_cast<std::size_t>(std::ranges::count_if(idle_, is_of_origin));
  std::erase_if(idle_, [&](const Idle& idle) { return is_of_origin(idle) && left-- > count; });
}

// What was idle longer than a dead one is dead, too; a newer one has answered since.
void BeastClient::drop_idle_not_after(const Idle& stale) {
  std::erase_if(idle_, [&](const Idle& idle) {
    return idle.origin == stale.origin && idle.since <= stale.since;
  });
}

TlsContext* BeastClient::tls_for(const Url& url) {
  if (!url.tls) {
    return nullptr;
  }
  const auto ca_file = options_.ca_files.find(url.origin());
  const auto tls = tls_by_ca_file_.find(ca_file == options_.ca_files.end() ? "" : ca_file->second);
  return tls->second.get();
}

}  // namespace claimferry::http
