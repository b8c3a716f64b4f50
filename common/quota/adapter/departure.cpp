#include "common/quota/adapter/departure.hpp"

#include "common/quota/rate_headers.hpp"

namespace claimferry::quota {

awaitable<Asked> Departure::leave(Way way, PayerQuota* quota, PayerQuota::Turn turn,
                                  http::Request request, StopSource* stop) {
  Asked asked{Failure{}, std::nullopt, turn.epoch()};
  // The payer may have asked for quiet while we dialled.
  request.last_look = [quota, &turn] {
    auto why_not = quota->last_look(turn.epoch());
    if (!why_not) {
      turn.use();
    }
    return why_not;
  };
  auto work = transmit(way, std::move(request));
  if (stop != nullptr) {
    asked.response = co_await interruptible(*stop, std::move(work));
  } else {
    asked.response = co_await std::move(work);
  }
  if (asked.response) {
    turn.use();
    const fhir::Context context{way.endpoint, way.is_next_link, ports_.clock.wall()};
    asked.failure = fhir::classify(*asked.response, context);
    if (const auto hint = tightest_hint(asked.response->headers)) {
      quota->hint(*hint);
    }
    if (!asked.is_refusal()) {
      turn.served();
    }
  } else {
    asked.failure = asked.response.failure();
  }
  turn.finish();
  co_return asked;
}

// A Date is cut to its second, and was written some time between sending and now.
void Departure::tell_clock(const PayerName& payer, const http::Response& response, Duration took) {
  constexpr Duration half_a_second(500);
  const auto date = response.headers.find("date");
  const auto at = date ? fhir::parse_http_date(*date) : std::nullopt;
  if (at) {
    const auto ours = std::chrono::floor<Duration>(ports_.clock.wall()) - took / 2;
    ports_.observer.on(telemetry::PayerClock{payer, *at + half_a_second - ours});
  }
}

awaitable<Result<http::Response>> Departure::transmit(Way way, http::Request request) {
  const SteadyTime sent = ports_.clock.steady();
  ports_.observer.on(telemetry::RequestStarted{way.payer});
  auto response = co_await ports_.http.send(std::move(request));
  const auto took = std::chrono::duration_cast<Duration>(ports_.clock.steady() - sent);
  telemetry::RequestDone done{way.payer, way.counted_as, 0, "", took, 0};
  if (response) {
    done.status = response->status;
    done.received_bytes = response->wire_bytes;
    tell_clock(way.payer, *response, took);
  } else {
    done.code = response.failure().code;
  }
  ports_.observer.on(std::move(done));
  co_return response;
}

}  // namespace claimferry::quota
