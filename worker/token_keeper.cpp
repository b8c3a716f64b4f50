#include "worker/token_keeper.hpp"

#include "common/base/limits.hpp"
#include "common/fhir/classify.hpp"
#include "common/oauth/refresh_policy.hpp"
#include "common/oauth/token_answer.hpp"
#include "common/oauth/token_request.hpp"

namespace claimferry::worker {
namespace {

constexpr Backoff store_patience{std::chrono::milliseconds(50), std::chrono::seconds(1)};

vault::Context context_of(const RunningJob& job, std::string_view field) {
  return {job.lease.payer, job.lease.ref.member, std::string(field)};
}

// The payer answered in a way that proves the refresh token is still unused.
bool proves_unused(const Failure& failure) noexcept {
  return failure.kind == FailureKind::rate_limited || failure.kind == FailureKind::payer_refused;
}

std::string_view outcome_of(const Failure& failure) noexcept {
  switch (failure.kind) {
    case FailureKind::reconsent_required:
      return "invalid_grant";
    case FailureKind::payer_refused:
      return "refused";
    default:
      return "failed";
  }
}

}  // namespace

awaitable<Result<AccessToken>> TokenKeeper::access(std::shared_ptr<RunningJob> job, Payer& payer,
                                                   bool must_refresh) {
  auto loaded = co_await load(job, payer);
  if (!loaded) {
    co_return std::move(loaded.failure());
  }
  if (!must_refresh && oauth::access_token_usable(loaded->sealed, ports_.clock.wall())) {
    co_return open(*job, payer, *loaded);
  }
  co_return co_await refresh(job, payer, std::move(*loaded));
}

awaitable<Result<TokenKeeper::Loaded>> TokenKeeper::load(std::shared_ptr<RunningJob> job, Payer&) {
  auto sealed = co_await ports_.store.load(job->lease.ref.member);
  if (!sealed) {
    co_return std::move(sealed.failure());
  }
  if (!*sealed) {
    co_return Failure{FailureKind::permanent, "no_tokens",
                      "the member has no tokens; add the member again with a refresh token"};
  }
  auto patient = ports_.vault.open(context_of(*job, "patient"), (*sealed)->patient);
  if (!patient) {
    co_return std::move(patient.failure());
  }
  Loaded loaded{std::move(**sealed), std::string(patient->reveal())};
  co_return loaded;
}

Result<AccessToken> TokenKeeper::open(const RunningJob& job, const Payer&,
                                      const Loaded& loaded) const {
  auto token = ports_.vault.open(context_of(job, "access_token"), loaded.sealed.access_token);
  if (!token) {
    return std::move(token.failure());
  }
  return AccessToken{std::move(*token), loaded.patient, oauth::refresh_due_at(loaded.sealed)};
}

awaitable<Result<AccessToken>> TokenKeeper::refresh(std::shared_ptr<RunningJob> job, Payer& payer,
                                                    Loaded loaded) {
  const oauth::RefreshStep step = oauth::next_refresh(loaded.sealed, ports_.clock.wall());
  if (step.wait > Duration::zero()) {
    observe(*job, payer, "uncertain");
    co_return Failure{FailureKind::local, "refresh_uncertain",
                      "an earlier refresh got no answer; tried once more after a pause", step.wait};
  }
  auto refresh_token =
      ports_.vault.open(context_of(*job, "refresh_token"), loaded.sealed.refresh_token);
  if (!refresh_token) {
    co_return std::move(refresh_token.failure());
  }
  const std::uint64_t version = loaded.sealed.version;
  auto intent = co_await ports_.store.record_intent(job->lease.ref, version, step.sends);
  if (!intent) {
    co_return std::move(intent.failure());
  }
  auto response = co_await send(job, payer, std::move(*refresh_token));
  if (!response) {
    observe(*job, payer, "failed");
    if (http::never_sent(response.failure())) {
      co_await take_intent_back(job, version);
    }
    co_return std::move(response.failure());
  }
  const fhir::Context context{fhir::Endpoint::token, false, ports_.clock.wall()};
  if (auto refused = fhir::classify(*response, context)) {
    observe(*job, payer, outcome_of(*refused));
    if (proves_unused(*refused)) {
      co_await take_intent_back(job, version);
    }
    co_return std::move(*refused);
  }
  auto answer = oauth::parse_token_answer(response->body);
  if (!answer) {
    observe(*job, payer, "failed");
    co_return std::move(answer.failure());
  }
  co_return co_await keep(job, payer, std::move(loaded), std::move(*answer));
}

awaitable<Result<http::Response>> TokenKeeper::send(std::shared_ptr<RunningJob> job, Payer& payer,
                                                    Secret refresh_token) {
  const config::PayerConfig& profile = payer.config;
  http::Request request{};
  request.method = http::Method::post;
  request.url = profile.token_url;
  request.authorization =
      oauth::basic_authorization(profile.client_id, payer.client_secret, profile.basic_auth_raw);
  request.form =
      oauth::refresh_form(refresh_token, profile.send_scope_on_refresh ? profile.scopes : "");
  request.body_bytes_max = limits::token_body_bytes_max;
  request.deadline = profile.request_timeout;
  const SteadyTime sent = ports_.clock.steady();
  ports_.observer.on(telemetry::RequestStarted{profile.name});
  auto response = co_await ports_.http.send(std::move(request));
  const auto took = std::chrono::duration_cast<Duration>(ports_.clock.steady() - sent);
  telemetry::RequestDone done{profile.name, "token", 0, "", took, 0};
  if (response) {
    done.status = response->status;
    done.received_bytes = response->wire_bytes;
  } else {
    done.code = response.failure().code;
  }
  ports_.observer.on(std::move(done));
  static_cast<void>(job);
  co_return response;
}

// The old refresh token is gone at the payer: until the new one is stored, the member hangs by this
// coroutine. So it is stored through Redis' absences, until the fence says that another took over.
awaitable<Result<AccessToken>> TokenKeeper::keep(std::shared_ptr<RunningJob> job, Payer& payer,
                                                 Loaded loaded, oauth::TokenAnswer answer) {
  if (answer.patient && *answer.patient != loaded.patient) {
    co_return Failure{FailureKind::permanent, "token_of_other_patient",
                      "the payer answered a refresh with another patient's token; ask the payer"};
  }
  oauth::SealedTokens next = loaded.sealed;
  next.version += 1;
  next.intent.reset();
  next.access_token = ports_.vault.seal(context_of(*job, "access_token"), answer.access_token);
  if (answer.refresh_token) {
    next.refresh_token =
        ports_.vault.seal(context_of(*job, "refresh_token"), *answer.refresh_token);
  }
  next.access_issued_at = ports_.clock.wall();
  next.access_expires_at.reset();
  if (answer.expires_in) {
    next.access_expires_at = *next.access_issued_at + *answer.expires_in;
  }
  for (unsigned failures = 1;; ++failures) {
    auto stored = co_await ports_.store.store(job->lease.ref, loaded.sealed.version, next);
    if (stored) {
      break;
    }
    if (stored.failure().kind != FailureKind::local) {
      observe(*job, payer, "failed");
      co_return std::move(stored.failure());
    }
    co_await ports_.sleeper.sleep(store_patience.delay(failures, ports_.random) + Duration(1));
  }
  observe(*job, payer, "refreshed");
  AccessToken access{std::move(answer.access_token), std::move(loaded.patient),
                     oauth::refresh_due_at(next)};
  co_return access;
}

awaitable<void> TokenKeeper::take_intent_back(std::shared_ptr<RunningJob> job,
                                              std::uint64_t version) {
  // Best effort: left in place, it costs the member one pause.
  auto taken = co_await ports_.store.record_intent(job->lease.ref, version, 0);
  static_cast<void>(taken);
}

void TokenKeeper::observe(const RunningJob& job, const Payer& payer,
                          std::string_view outcome) const {
  ports_.observer.on(telemetry::TokenRefreshed{job.lease.ref.job, payer.config.name, outcome});
}

}  // namespace claimferry::worker
