#include "worker/token_keeper.hpp"

#include <algorithm>

#include "common/base/backoff.hpp"
#include "common/base/limits.hpp"
#include "common/oauth/refresh_policy.hpp"
#include "common/oauth/token_answer.hpp"
#include "common/oauth/token_request.hpp"
#include "worker/refresh_outcome.hpp"

namespace claimferry::worker {
namespace {

using vault::Field;

constexpr Backoff store_patience{std::chrono::milliseconds(50), std::chrono::seconds(1)};
// So long a successor's late retry may stand in the way: its intent, its request, its word of it.
constexpr Duration successor_sends_for = Duration(limits::refresh_leaves_within) +
                                         Duration(limits::refresh_deadline) +
                                         std::chrono::seconds(5);

// The request never reached the payer, or was answered in a way that proves the refresh token
// unused.
bool left_unused(const Failure& failure) noexcept {
  return http::never_sent(failure) || fhir::proves_token_unused(failure);
}

// New tokens stand in the store: the job comes again at once and takes them.
Failure renewed_meanwhile(Failure failure) {
  if (failure.code != "token_version") {
    return failure;
  }
  return {FailureKind::local, "tokens_renewed", "the member's tokens were renewed meanwhile",
          std::chrono::seconds(1)};
}

// Counts a refresh from its intent until its answer is stored.
class InFlight {
 public:
  explicit InFlight(unsigned& count) : count_(count) { ++count_; }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  ~InFlight() { --count_; }

 private:
  unsigned& count_;
};

}  // namespace

awaitable<Result<AccessToken>> TokenKeeper::access(std::shared_ptr<RunningJob> job, Payer& payer,
                                                   bool must_refresh) {
  auto loaded = co_await load(job);
  if (!loaded) {
    co_return std::move(loaded.failure());
  }
  if (!must_refresh && oauth::access_token_usable(loaded->sealed, ports_.clock.wall())) {
    co_return open(*loaded);
  }
  co_return co_await refresh(job, payer, std::move(*loaded));
}

awaitable<Result<TokenKeeper::Loaded>> TokenKeeper::load(std::shared_ptr<RunningJob> job) {
  auto sealed = co_await ports_.store.load(job->lease.ref.member);
  if (!sealed) {
    co_return std::move(sealed.failure());
  }
  if (!*sealed) {
    co_return Failure{FailureKind::permanent, "no_tokens",
                      "the member has no tokens; add the member again with a refresh token"};
  }
  const vault::Owner owner{job->lease.payer, job->lease.ref.member};
  auto key = ports_.vault.unwrap(owner, (*sealed)->data_key);
  if (!key) {
    co_return std::move(key.failure());
  }
  const bool is_active =
      vault::Vault::key_id((*sealed)->data_key) == ports_.vault.keys()->active().id;
  ports_.observer.on(telemetry::DataKeyOpened{is_active});
  auto patient = key->open(Field::patient, (*sealed)->patient);
  if (!patient) {
    co_return std::move(patient.failure());
  }
  Loaded loaded{std::move(**sealed), std::move(*key), std::string(patient->reveal())};
  co_return loaded;
}

Result<AccessToken> TokenKeeper::open(const Loaded& loaded) {
  auto token = loaded.key.open(Field::access_token, loaded.sealed.access_token);
  if (!token) {
    return std::move(token.failure());
  }
  return AccessToken{std::move(*token), loaded.patient, oauth::refresh_due_at(loaded.sealed)};
}

awaitable<Result<AccessToken>> TokenKeeper::refresh(std::shared_ptr<RunningJob> job, Payer& payer,
                                                    Loaded loaded) {
  const oauth::RefreshStep step = oauth::next_refresh(loaded.sealed);
  if (step.what == oauth::RefreshStep::What::wait) {
    observe(*job, payer, "uncertain");
    co_return Failure{FailureKind::local, "refresh_uncertain",
                      "an earlier refresh got no answer; tried once more after a pause", step.wait};
  }
  if (step.what == oauth::RefreshStep::What::give_up) {
    observe(*job, payer, "lost");
    co_return Failure{FailureKind::permanent, "refresh_lost",
                      "two refreshes got no answer, so the refresh token may be spent and is left "
                      "alone; have the member consent again: claimferry member add"};
  }
  if (step.sends > 1) {
    observe(*job, payer, "uncertain");
  }
  auto response = co_await send_with_either_secret(job, payer, loaded, step.sends);
  if (!response) {
    Failure failure = oauth::failed_token_request(std::move(response.failure()));
    if (failure.kind == FailureKind::reconsent_required) {
      failure =
          co_await told_refusal(job, payer, loaded.sealed.version, step.sends, std::move(failure));
    }
    observe(*job, payer, refresh_outcome(failure));
    co_return failure;
  }
  auto answer = oauth::parse_token_answer(response->body);
  if (answer) {
    co_return co_await keep(job, payer, std::move(loaded), std::move(*answer), std::nullopt);
  }
  auto rescued = oauth::rescue_refresh_token(response->body);
  if (!rescued) {
    observe(*job, payer, "failed");
    co_return std::move(answer.failure());
  }
  std::optional<Failure> unusable = std::move(answer.failure());
  co_return co_await keep(job, payer, std::move(loaded), std::move(*rescued), std::move(unusable));
}

// One consent that ended parks its member; too many at once are the payer's trouble. A late retry's
// refusal is what the lost answer cost: it says nothing of the payer, and has a name of its own.
awaitable<Failure> TokenKeeper::told_refusal(std::shared_ptr<RunningJob> job, Payer& payer,
                                             std::uint64_t version, unsigned sends,
                                             Failure failure) {
  const double share = sends > 1 ? 0 : payer.config.invalid_grant_surge;
  auto refusal = co_await ports_.store.refused(job->lease.ref, version, share);
  if (!refusal) {
    co_return renewed_meanwhile(std::move(refusal.failure()));
  }
  if (refusal->stopped_now) {
    ports_.observer.on(telemetry::GrantsStopped{payer.config.name});
  }
  if (refusal->is_stopped) {
    co_return oauth::refreshing_stopped(refusal->asks_in);
  }
  if (sends > 1) {
    failure.code = refresh_lost_consent;
    failure.detail =
        "the answer to an earlier refresh was lost, and the payer refuses the token that it spent; "
        "the member must consent again: claimferry member add";
  }
  co_return failure;
}

// A 401 spends no refresh token. While a secret is being replaced at the payer the other one
// serves, and goes on to: the breaker hears only of a client that is refused with both.
awaitable<Result<http::Response>> TokenKeeper::send_with_either_secret(
    std::shared_ptr<RunningJob> job, Payer& payer, Loaded loaded, unsigned sends) {
  const unsigned first = payer.client_secrets.serving();
  const auto other = payer.client_secrets.other_than(first);
  const Attempt attempt{sends, first, other.has_value()};
  auto response = co_await send_under_intent(job, payer, loaded, attempt);
  if (!other || response || response.failure().code != "client_refused") {
    co_return response;
  }
  const Attempt again{sends, *other, false};
  response = co_await send_under_intent(job, payer, std::move(loaded), again);
  if (response || response.failure().kind == FailureKind::reconsent_required) {
    payer.client_secrets.serve(*other);
  }
  co_return response;
}

// The turn comes first, so that nothing waits between the intent and the request: a successor
// reckons the payer's grace from the intent.
awaitable<Result<http::Response>> TokenKeeper::send_under_intent(std::shared_ptr<RunningJob> job,
                                                                 Payer& payer, Loaded loaded,
                                                                 Attempt attempt) {
  PayerRequests::Way way{job, payer, fhir::Endpoint::token};
  const unsigned sends = attempt.sends;
  way.is_last_send = sends > 1;
  way.has_other_secret = attempt.has_other_secret;
  auto serves = co_await knock_if_in_doubt(way, attempt.secret);
  if (!serves) {
    co_return std::move(serves.failure());
  }
  auto turn = co_await ports_.requests.turn(way);
  if (!turn) {
    co_return std::move(turn.failure());
  }
  auto request = this->request(payer, attempt.secret, loaded);
  if (!request) {
    turn->drop();
    co_return std::move(request.failure());
  }
  const InFlight in_flight(refreshing_);
  const SteadyTime asked = ports_.clock.steady();
  auto intent = co_await ports_.store.record_intent(job->lease.ref, loaded.sealed.version, sends);
  if (!intent) {
    turn->drop();
    if (intent.failure().kind == FailureKind::local) {
      co_await take_intent_back(job, loaded.sealed.version, sends);  // it may stand all the same
    }
    co_return renewed_meanwhile(std::move(intent.failure()));
  }
  // A process that stood still between the two must not send beside its successor.
  const SteadyTime now = ports_.clock.steady();
  const bool too_late = now - asked > limits::refresh_leaves_within || now >= job->lease_until;
  if (too_late || job->stop.requested()) {
    turn->drop();
    co_await take_intent_back(job, loaded.sealed.version, sends);
    if (job->stop.requested()) {
      co_return job->stop.why();
    }
    co_return Failure{FailureKind::local, "refresh_late",
                      "this worker stood still; it begins again"};
  }
  auto response = co_await ports_.requests.send(way, std::move(*turn), std::move(*request));
  if (!response && left_unused(response.failure())) {
    co_await take_intent_back(job, loaded.sealed.version, sends);
  }
  co_return response;
}

Result<http::Request> TokenKeeper::request(const Payer& payer, unsigned secret,
                                           const Loaded& loaded) {
  auto refresh_token = loaded.key.open(Field::refresh_token, loaded.sealed.refresh_token);
  if (!refresh_token) {
    return std::move(refresh_token.failure());
  }
  const config::PayerConfig& profile = payer.config;
  return request_to(
      payer, secret,
      oauth::refresh_form(*refresh_token, profile.send_scope_on_refresh ? profile.scopes : ""));
}

// An endpoint that fails must not eat a refresh token's two sends, member by member. That the first
// got no answer is doubt enough, whichever process sent it.
awaitable<Result<void>> TokenKeeper::knock_if_in_doubt(PayerRequests::Way way, unsigned secret) {
  const PayerHealth& health = ports_.requests.health_of(way.payer);
  const SteadyTime now = ports_.clock.steady();
  const bool unknown = way.is_last_send && !health.served_lately(way.endpoint, now);
  if (!unknown && !health.in_doubt(way.endpoint, now)) {
    co_return Result<void>();
  }
  way.is_last_send = false;
  way.is_knock = true;
  auto request = request_to(way.payer, secret, oauth::knock_form());
  auto answered = co_await ports_.requests.knock(way, std::move(request));
  if (answered || answered.failure().kind != FailureKind::retryable) {
    co_return answered;
  }
  Failure failure = std::move(answered.failure());
  failure.code = "payer_down";  // nothing of the job's was tried
  co_return failure;
}

http::Request TokenKeeper::request_to(const Payer& payer, unsigned secret, Secret form) {
  const config::PayerConfig& profile = payer.config;
  http::Request request{};
  request.method = http::Method::post;
  request.url = profile.token_url;
  request.authorization = oauth::basic_authorization(
      profile.client_id, payer.client_secrets.at(secret), profile.basic_auth_raw);
  request.form = std::move(form);
  request.body_bytes_max = limits::token_body_bytes_max;
  request.deadline = std::min<Duration>(profile.request_timeout, limits::refresh_deadline);
  return request;
}

// By now the old refresh token is spent: what the payer answered is stored whatever else it says.
// unusable: of an answer that holds no access token, which the next refresh brings.
awaitable<Result<AccessToken>> TokenKeeper::keep(std::shared_ptr<RunningJob> job, Payer& payer,
                                                 Loaded loaded, oauth::TokenAnswer answer,
                                                 std::optional<Failure> unusable) {
  const InFlight in_flight(refreshing_);
  const bool is_of_other = answer.patient && *answer.patient != loaded.patient;
  oauth::SealedTokens next = loaded.sealed;
  next.version += 1;
  next.intent.reset();
  next.access_token.clear();
  if (!is_of_other && !unusable) {
    next.access_token = loaded.key.seal(Field::access_token, answer.access_token);
  }
  if (answer.refresh_token) {
    next.refresh_token = loaded.key.seal(Field::refresh_token, *answer.refresh_token);
  }
  next.refresh_token_life = answer.refresh_token_expires_in;
  next.access_issued_at = ports_.clock.wall();
  next.access_expires_at.reset();
  if (answer.expires_in) {
    next.access_expires_at = *next.access_issued_at + *answer.expires_in;
  }
  auto stored = co_await store(job, loaded.sealed.version, next);
  observe(*job, payer, stored && !unusable ? "refreshed" : "failed");
  if (!stored) {
    if (stored.failure().code != "tokens_renewed") {
      ports_.observer.on(telemetry::TokenUnpersisted{job->lease.ref.job, payer.config.name});
    }
    co_return std::move(stored.failure());
  }
  if (is_of_other) {
    co_return Failure{FailureKind::permanent, "token_of_other_patient",
                      "the payer answered a refresh with another patient's token; ask the payer"};
  }
  if (unusable) {
    co_return std::move(*unusable);
  }
  AccessToken access{std::move(answer.access_token), std::move(loaded.patient),
                     oauth::refresh_due_at(next)};
  co_return access;
}

// Until the answer is stored, the member hangs by this coroutine. So it is stored through Redis'
// absences and refusals, until somebody else's tokens stand there; and through a successor's late
// retry, which may turn out not to have been taken.
awaitable<Result<void>> TokenKeeper::store(std::shared_ptr<RunningJob> job, std::uint64_t expected,
                                           oauth::SealedTokens next) {
  const SteadyTime give_up_at = ports_.clock.steady() + limits::token_store_patience;
  std::optional<SteadyTime> barred_until;
  for (unsigned failures = 1;; ++failures) {
    auto stored = co_await ports_.store.store(job->lease.ref, expected, next);
    if (stored) {
      co_return stored;
    }
    if (stored.failure().kind == FailureKind::lease_lost) {
      const SteadyTime now = ports_.clock.steady();
      barred_until = barred_until.value_or(now + successor_sends_for);
      if (now >= *barred_until) {
        co_return stored;
      }
    }
    if (stored.failure().code == "token_version") {
      co_return co_await stored_by_whom(job, std::move(next), std::move(stored.failure()));
    }
    if (ports_.clock.steady() >= give_up_at) {
      co_return stored;
    }
    co_await ports_.sleeper.sleep(store_patience.delay(failures, ports_.random) + Duration(1));
  }
}

// An earlier try may have been carried out and its answer lost; or new tokens were handed in.
awaitable<Result<void>> TokenKeeper::stored_by_whom(std::shared_ptr<RunningJob> job,
                                                    oauth::SealedTokens ours, Failure refused) {
  auto found = co_await ports_.store.load(job->lease.ref.member);
  if (!found) {
    co_return std::move(found.failure());
  }
  const bool is_ours = *found && (*found)->version == ours.version &&
                       (*found)->refresh_token == ours.refresh_token &&
                       (*found)->access_token == ours.access_token;
  if (is_ours) {
    co_return Result<void>();
  }
  co_return renewed_meanwhile(std::move(refused));
}

// What did not leave is not counted: 0 where it was the first, 1 where it was the late retry.
awaitable<void> TokenKeeper::take_intent_back(std::shared_ptr<RunningJob> job,
                                              std::uint64_t version, unsigned sends) {
  // Left in place, the first costs the member a pause, and the second its consent.
  const SteadyTime give_up_at = ports_.clock.steady() + limits::intent_return_patience;
  for (unsigned failures = 1;; ++failures) {
    auto taken = co_await ports_.store.record_intent(job->lease.ref, version, sends - 1);
    if (taken || taken.failure().kind != FailureKind::local ||
        ports_.clock.steady() >= give_up_at) {
      co_return;
    }
    co_await ports_.sleeper.sleep(store_patience.delay(failures, ports_.random) + Duration(1));
  }
}

void TokenKeeper::observe(const RunningJob& job, const Payer& payer,
                          std::string_view outcome) const {
  ports_.observer.on(telemetry::TokenRefreshed{job.lease.ref.job, payer.config.name, outcome});
}

}  // namespace claimferry::worker
