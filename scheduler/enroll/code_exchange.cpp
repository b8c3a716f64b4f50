#include "scheduler/enroll/code_exchange.hpp"

#include "common/base/limits.hpp"
#include "common/oauth/token_answer.hpp"
#include "common/oauth/token_request.hpp"

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

}  // namespace

void CodeExchange::add_payer(const config::PayerConfig& profile, std::vector<Secret> secrets) {
  clients_.insert_or_assign(profile.name,
                            std::make_shared<const Client>(Client{profile, std::move(secrets)}));
}

awaitable<Result<oauth::TokenAnswer>> CodeExchange::trade(Code code) {
  auto found = clients_.find(code.payer);
  if (found == clients_.end()) {
    co_return Failure{FailureKind::permanent, "unknown_payer", "no such payer is configured here"};
  }
  std::shared_ptr<const Client> client = found->second;
  const Secret form = oauth::code_form(code.code, code.redirect_uri, code.verifier);
  const SteadyTime give_up_at = clock_.steady() + limits::exchange_deadline;
  const quota::Departure::Way way{code.payer, fhir::Endpoint::token};
  // Only a client that is refused proves that the code was not looked at: our secret was.
  std::size_t at = 0;
  while (true) {
    http::Request request = request_for(client->profile, client->secrets[at], form);
    quota::Asked asked = co_await payers_.ask(way, std::move(request), give_up_at);
    if (!asked.failure) {
      co_return oauth::parse_token_answer(asked.response->body);
    }
    found = clients_.find(code.payer);
    const bool is_replaced = found->second != client;
    const bool is_last = at + 1 == client->secrets.size();
    if (asked.failure->code != "client_refused" || (is_last && !is_replaced)) {
      co_return oauth::failed_token_request(std::move(*asked.failure));
    }
    at = is_replaced ? 0 : at + 1;
    client = found->second;
  }
}

}  // namespace claimferry::enroll
