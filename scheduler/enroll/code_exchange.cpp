#include "scheduler/enroll/code_exchange.hpp"

#include <boost/asio/co_spawn.hpp>

#include "common/async/interruptible.hpp"
#include "common/base/limits.hpp"
#include "common/fhir/classify.hpp"
#include "common/oauth/token_answer.hpp"
#include "common/oauth/token_request.hpp"
#include "common/quota/rate_headers.hpp"

namespace claimferry::enroll {
namespace {

http::Request request_for(const config::PayerConfig& profile, const Secret& secret,
                          const Secret& form) {
  http::Request request{};
  request.method = http::Method::post;
  request.url = profile.token_url;
  request.authorization =
      oauth::basic_authorization(profile.client_id, secret, profile.basic_auth_raw);
  request.form = form;
  request.body_bytes_max = limits::token_body_bytes_max;
  return request;
}

void rethrow(std::exception_ptr error) {
  if (error) {
    std::rethrow_exception(error);
  }
}

// Stops what still goes on by then.
awaitable<void> stop_after(Sleeper& sleeper, std::weak_ptr<StopSource> source, Duration patience) {
  co_await sleeper.sleep(patience);
  if (const auto stop = source.lock()) {
    stop->request({FailureKind::rate_limited, "quota_wait",
                   "the payer's limit left no room for this sign-in"});
  }
}

}  // namespace

void CodeExchange::add_payer(const config::PayerConfig& profile, std::vector<Secret> secrets) {
  auto line = std::make_shared<Line>(profile, std::move(secrets));
  const quota::PayerQuota::Ports ports{ports_.executor, ports_.clock, ports_.random,
                                       ports_.sleeper,  ports_.quota, ports_.observer};
  quota::PayerQuota::Options options{profile.name,
                                     {profile.quota_rate, profile.quota_burst, profile.quota_floor,
                                      profile.quota_ceiling, profile.quota_backfill_share},
                                     shard_};
  line->quota =
      std::make_unique<quota::PayerQuota>(ports, std::move(options), line->gate, in_flight_);
  lines_.insert_or_assign(profile.name, std::move(line));
}

quota::PayerGate* CodeExchange::gate_of(const PayerName& payer) {
  const auto found = lines_.find(payer);
  return found == lines_.end() ? nullptr : &found->second->gate;
}

awaitable<Result<oauth::TokenAnswer>> CodeExchange::trade(Code code) {
  const auto found = lines_.find(code.payer);
  if (found == lines_.end()) {
    co_return Failure{FailureKind::permanent, "unknown_payer", "no such payer is configured here"};
  }
  const std::shared_ptr<Line> line = found->second;
  const Secret form = oauth::code_form(code.code, code.redirect_uri, code.verifier);
  const SteadyTime give_up_at = ports_.clock.steady() + limits::exchange_deadline;
  Result<http::Response> response = Failure{};
  // Only a 401 proves that the code was not looked at: our secret was.
  for (std::size_t at = 0; at < line->secrets.size(); ++at) {
    response = co_await ask(line, request_for(line->profile, line->secrets[at], form), give_up_at);
    if (response || response.failure().kind != FailureKind::payer_refused) {
      break;
    }
  }
  if (!response) {
    co_return std::move(response.failure());
  }
  co_return oauth::parse_token_answer(response->body);
}

// Whoever waits longer has left the page.
awaitable<Result<quota::PayerQuota::Turn>> CodeExchange::turn(std::shared_ptr<Line> line,
                                                              SteadyTime give_up_at) {
  const auto stop = std::make_shared<StopSource>();
  const auto left = std::chrono::floor<Duration>(give_up_at - ports_.clock.steady());
  boost::asio::co_spawn(ports_.executor, stop_after(ports_.sleeper, stop, left), rethrow);
  // Not among refreshes, of which thousands may wait.
  auto wait = line->quota->take(quota::Use::urgent);
  co_return co_await interruptible(*stop, std::move(wait));
}

awaitable<Result<http::Response>> CodeExchange::ask(std::shared_ptr<Line> line,
                                                    http::Request request, SteadyTime give_up_at) {
  quota::PayerQuota& limit = *line->quota;
  auto permit = co_await turn(line, give_up_at);
  if (!permit) {
    co_return std::move(permit.failure());
  }
  request.deadline = std::chrono::ceil<Duration>(give_up_at - ports_.clock.steady());
  // The payer may have asked for quiet while we dialled.
  request.last_look = [&limit, &permit] {
    auto why_not = limit.last_look(permit->epoch());
    if (!why_not) {
      permit->use();
    }
    return why_not;
  };
  auto response = co_await transmit(line->profile.name, std::move(request));
  auto failure = judge(*line, response);
  const bool is_refusal = response && failure && failure->kind == FailureKind::rate_limited;
  if (response && !is_refusal) {
    permit->served();
  }
  const std::uint64_t epoch = permit->epoch();
  permit->finish();
  if (is_refusal) {
    const bool is_limit = failure->code == "http_429";
    failure->retry_after = co_await limit.refused(epoch, failure->retry_after, is_limit);
  }
  if (failure) {
    co_return std::move(*failure);
  }
  co_return response;
}

awaitable<Result<http::Response>> CodeExchange::transmit(PayerName payer, http::Request request) {
  const SteadyTime sent = ports_.clock.steady();
  ports_.observer.on(telemetry::RequestStarted{payer});
  auto response = co_await ports_.http.send(std::move(request));
  const auto took = std::chrono::duration_cast<Duration>(ports_.clock.steady() - sent);
  telemetry::RequestDone done{payer, to_string(fhir::Endpoint::token), 0, "", took, 0};
  if (response) {
    done.status = response->status;
    done.received_bytes = response->wire_bytes;
  } else {
    done.code = response.failure().code;
  }
  ports_.observer.on(std::move(done));
  co_return response;
}

std::optional<Failure> CodeExchange::judge(Line& line,
                                           const Result<http::Response>& response) const {
  if (!response) {
    return response.failure();
  }
  if (const auto hint = quota::tightest_hint(response->headers)) {
    line.quota->hint(*hint);
  }
  const fhir::Context context{fhir::Endpoint::token, false, ports_.clock.wall()};
  return fhir::classify(*response, context);
}

}  // namespace claimferry::enroll
