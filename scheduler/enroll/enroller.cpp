#include "scheduler/enroll/enroller.hpp"

#include <tuple>

#include "common/base/form.hpp"
#include "common/base/limits.hpp"
#include "common/oauth/authorize_request.hpp"
#include "common/oauth/pkce.hpp"
#include "common/oauth/state.hpp"
#include "scheduler/enroll/settings.hpp"

namespace claimferry::enroll {
namespace {

using Stood = queue::TakenEnrolment::Stood;
using telemetry::CallbackEnd;

// What a callback is told whose enrolment somebody else has finished, or is finishing.
const Outcome& outcome_of_taken(const queue::TakenEnrolment& taken) {
  switch (taken.stood) {
    case Stood::connected:
      return outcome::connected;
    case Stood::failed:
      return outcome_named(taken.reason);
    case Stood::waiting:
    case Stood::taken:
      return outcome::under_way;
  }
  return outcome::under_way;
}

}  // namespace

awaitable<Result<Secret>> Enroller::begin(Wanted wanted) {
  const config::PayerConfig* const payer = config_.payer(wanted.payer);
  if (payer == nullptr) {
    co_return Failure{FailureKind::permanent, "unknown_payer", "no such payer is configured here"};
  }
  auto authorize_url = co_await ports_.discovery.authorize_url(*payer);
  if (!authorize_url) {
    co_return std::move(authorize_url.failure());
  }
  const Secret state = oauth::make_state(ports_.random);
  const oauth::Pkce pkce = oauth::make_pkce(ports_.random);
  const vault::NewDataKey key = ports_.vault.new_data_key({wanted.payer, wanted.member});
  queue::PendingEnrolment pending{wanted.member, wanted.payer, std::move(wanted.return_to),
                                  key.key.seal(vault::Field::code_verifier, pkce.verifier),
                                  key.wrapped};
  auto begun = co_await ports_.pending.begin(oauth::hash_of_state(state), std::move(pending),
                                             std::move(wanted.by));
  if (!begun) {
    co_return std::move(begun.failure());
  }
  const oauth::AuthorizeRequest request{std::move(*authorize_url),
                                        payer->client_id,
                                        redirect_uri(config_.enroll),
                                        payer->scopes,
                                        payer->aud,
                                        payer->skin,
                                        pkce.challenge};
  co_return oauth::authorize_location(request, state);
}

// Nothing: the query is not what RFC 6749 section 4.1.2 says of a response.
std::optional<Enroller::Returned> Enroller::read(const Secret& query) {
  const auto form = Form::parse(query.reveal());
  if (!form) {
    return std::nullopt;
  }
  const auto state = form->find("state");
  const auto code = form->find("code");
  const auto error = form->find("error");
  const auto is_empty = [](const auto& value) { return value && value->empty(); };
  if (!state || code.has_value() == error.has_value() || is_empty(code) || is_empty(error)) {
    return std::nullopt;
  }
  return Returned{Secret(std::string(code.value_or(""))), std::string(error.value_or("")),
                  oauth::hashes_of_returned(*state)};
}

void Enroller::tell(CallbackEnd end) {
  ports_.observer.on(telemetry::CallbackAnswered{end});
}

awaitable<Enroller::Ending> Enroller::finish(Secret query) {
  auto returned = read(query);
  if (!returned) {
    tell(CallbackEnd::bad_request);
    co_return Ending{&outcome::bad_request, ""};
  }
  auto taken = co_await ports_.pending.take(returned->state_hashes);
  if (!taken) {
    tell(CallbackEnd::store_away);
    co_return Ending{&outcome::our_fault, ""};
  }
  if (!*taken) {
    tell(CallbackEnd::unknown_state);
    co_return Ending{&outcome::unknown_state, ""};
  }
  std::string return_to = (*taken)->pending.return_to;
  if ((*taken)->stood != Stood::waiting) {
    tell(CallbackEnd::replayed);
    co_return Ending{&outcome_of_taken(**taken), std::move(return_to)};
  }
  const MemberId member = (*taken)->pending.member;
  const PayerName payer = (*taken)->pending.payer;
  const std::string state_hash = (*taken)->state_hash;
  const auto settled = co_await settle(std::move(*returned), std::move(**taken));
  const Outcome* const outcome = settled ? *settled : &outcome_of(settled.failure());
  telemetry::EnrolmentEnded ended{payer, outcome->name, "", ""};
  if (!settled) {
    ended.code = settled.failure().code;
    ended.detail = settled.failure().detail;
  }
  ports_.observer.on(std::move(ended));
  tell(CallbackEnd::settled);
  // Where this is lost the enrolment stays taken until its time is over: nobody finishes it twice.
  std::ignore = co_await ports_.pending.end(state_hash, member, payer, std::string(outcome->name));
  co_return Ending{outcome, std::move(return_to)};
}

awaitable<Result<const Outcome*>> Enroller::settle(Returned returned, queue::TakenEnrolment taken) {
  if (!returned.error.empty()) {
    co_return &outcome_of_error(returned.error);
  }
  co_return co_await connect(std::move(returned.code), std::move(taken));
}

awaitable<Result<const Outcome*>> Enroller::connect(Secret code, queue::TakenEnrolment taken) {
  const queue::PendingEnrolment& pending = taken.pending;
  const auto key = ports_.vault.unwrap({pending.payer, pending.member}, pending.data_key);
  if (!key) {
    co_return key.failure();
  }
  auto verifier = key->open(vault::Field::code_verifier, pending.sealed_verifier);
  if (!verifier) {
    co_return std::move(verifier.failure());
  }
  CodeExchange::Code wanted{pending.payer, std::move(code), redirect_uri(config_.enroll),
                            std::move(*verifier)};
  auto answer = co_await ports_.exchange.trade(std::move(wanted));
  if (!answer) {
    co_return std::move(answer.failure());
  }
  co_return co_await keep(std::move(taken), std::move(*answer));
}

awaitable<Result<const Outcome*>> Enroller::keep(queue::TakenEnrolment taken,
                                                 oauth::TokenAnswer answer) {
  const config::PayerConfig* const payer = config_.payer(taken.pending.payer);
  if (payer == nullptr) {
    co_return &outcome::our_fault;
  }
  if (!answer.patient) {
    co_return &outcome::no_patient;
  }
  oauth::Consent consent = consent_to(*payer, answer);
  if (!oauth::missing_classes(consent.data_classes).empty()) {
    co_return &outcome::scopes_narrow;
  }
  // Without a refresh token it would be over within the hour.
  if (!answer.refresh_token || answer.scope_is_unusable) {
    co_return &outcome::answer_unusable;
  }
  MemberRegistry::NewMember member{taken.pending.member, taken.pending.payer, taken.begun_at,
                                   std::move(answer), std::move(consent)};
  auto registered = co_await ports_.members.connect(std::move(member));
  if (!registered) {
    co_return std::move(registered.failure());
  }
  co_return &outcome::connected;
}

oauth::Consent Enroller::consent_to(const config::PayerConfig& payer,
                                    const oauth::TokenAnswer& answer) const {
  oauth::Consent consent;
  consent.scopes = answer.scope.value_or(payer.scopes);
  consent.data_classes = oauth::data_classes_of(consent.scopes);
  consent.given_at = oauth::consent_began(answer.consented_on, ports_.clock.wall());
  consent.expires_at = consent.given_at + config_.enroll.consent_lasts;
  consent.app = config_.enroll.app;
  consent.organisation = config_.enroll.organisation;
  consent.policy_version = config_.enroll.policy_version;
  return consent;
}

}  // namespace claimferry::enroll
