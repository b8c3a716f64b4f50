#include "scheduler/ctl/doctor/payer_diagnosis.hpp"

#include <algorithm>

#include "common/base/assert.hpp"
#include "common/fhir/classify.hpp"

namespace claimferry::ctl {
namespace {

constexpr std::string_view subscribe =
    "at the payer's developer portal, under the app's Products, see that every patient access "
    "product says APPROVED, and wait five minutes: a new subscription takes two to five to arrive";

std::string link(const config::PayerConfig& payer, std::string_view what) {
  return payer.name.str() + ": " + std::string(what);
}

std::string status_of(const http::Response& response) {
  return std::to_string(response.status);
}

// What can be wrong on the way to any of its addresses.
Finding unreachable(std::string name, const Failure& failure, const std::string& setting) {
  std::string fix = "correct " + setting + ", or let this host reach the payer";
  if (failure.code == "dns_failed") {
    fix = "correct the host in " + setting + ", or this host's name server";
  } else if (failure.code == "tls_failed") {
    fix =
        "the payer's certificate is not trusted here: install ca-certificates, or name the "
        "payer's own anchors in ca_file";
  }
  return {Health::bad, std::move(name), failure.detail, std::move(fix)};
}

Finding busy(std::string name) {
  return {Health::doubtful, std::move(name), "the payer asks for quiet (429)",
          "ask again in a few minutes; claimferry quota shows what the fleet makes of its limit"};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const auto first = text.find_first_not_of(space);
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(space) - first + 1);
}

bool refuses_client(const Answered& answered) {
  if (!answered) {
    return false;
  }
  const auto failure = fhir::classify(*answered, {fhir::Endpoint::token, false, WallTime{}});
  return failure && failure->code == "client_refused";
}
// It refuses the request that names no token, and not the client who sent it.
bool takes_client(const Answered& answered) {
  return answered && answered->status == 400 && !refuses_client(answered);
}

// Of two secrets, one of which at least is taken.
Finding of_two_secrets(std::string name, const Answered& first, const Answered& second) {
  if (takes_client(first) && takes_client(second)) {
    return {Health::good, std::move(name), "it knows our client by both client secrets", ""};
  }
  const bool by_first = takes_client(first);
  const Answered& other = by_first ? second : first;
  const std::string why_not = !other                  ? other.failure().detail
                              : refuses_client(other) ? "it is refused (" + status_of(*other) + ")"
                                                      : "it is answered " + status_of(*other);
  return {Health::doubtful, std::move(name),
          std::string("it knows our client by the ") + (by_first ? "first" : "second") +
              " of two client secrets; of the other: " + why_not,
          "go on with both lines of client_secret_file while the payer replaces one, then take out "
          "the one that it refuses"};
}

}  // namespace

Finding of_discovery(const Answered& answered, const config::PayerConfig& payer,
                     const oauth::TrustedPlaces& trusted) {
  std::string name = link(payer, "discovery");
  if (!answered) {
    return unreachable(std::move(name), answered.failure(), "auth_root");
  }
  if (answered->status == 429) {
    return busy(std::move(name));
  }
  const Health without = payer.authorize_url.empty() ? Health::bad : Health::doubtful;
  if (answered->status != 200) {
    return {without, std::move(name),
            "the smart-configuration at auth_root answers " + status_of(*answered),
            "auth_root is where /.well-known/smart-configuration lies, which at Aetna is not the "
            "resource base"};
  }
  const auto found = oauth::parse_discovery(answered->body.view(), trusted);
  if (!found) {
    return {without, std::move(name), found.failure().detail, ""};
  }
  if (found->token_url != payer.token_url) {
    return {Health::doubtful, std::move(name),
            "the payer names the token endpoint " + found->token_url,
            "set token_url to it, or "
            "leave it where refreshes work: the payer publishes two"};
  }
  if (!payer.authorize_url.empty() && found->authorize_url != payer.authorize_url) {
    return {Health::doubtful, std::move(name),
            "the payer names the authorization page " + found->authorize_url,
            "leave authorize_url out, and it is found by itself"};
  }
  return {Health::good, std::move(name), "the payer names the endpoints that are used", ""};
}

Finding of_audience(const config::PayerConfig& payer) {
  if (payer.aud == payer.resource_base) {
    return {Health::doubtful, link(payer, "aud"), "aud is the resource base",
            "Aetna wants its auth root there; leave aud out, and it is auth_root"};
  }
  return {Health::good, link(payer, "aud"), "aud is " + payer.aud, ""};
}

Finding of_login_page(const Answered& answered, const config::PayerConfig& payer,
                      const std::string& sent_to) {
  std::string name = link(payer, "sign-in page");
  if (!answered) {
    return unreachable(std::move(name), answered.failure(), "authorize_url");
  }
  if (answered->status == 429) {
    return busy(std::move(name));
  }
  if (sent_to.find("error=") != std::string::npos) {
    return {Health::bad, std::move(name), "the payer sends the member back with an error at once",
            "compare scopes and aud with what the payer documents"};
  }
  if (answered->status != 200) {
    return {Health::bad, std::move(name), "it answers " + status_of(*answered),
            "compare authorize_url, and the redirect URI that is registered at the payer, with "
            "enroll.public_url and enroll.callback_path"};
  }
  const std::string_view body = trimmed(answered->body.view());
  if (body == "null") {
    return {Health::bad, std::move(name),
            "it says null: the app has no active product subscription yet", std::string(subscribe)};
  }
  if (body.empty()) {
    return {Health::bad, std::move(name), "it is blank",
            payer.skin.empty() ? "set skin, which at Aetna is \"skin13\"" : std::string(subscribe)};
  }
  return {Health::good, std::move(name), "it asks the member to sign in", ""};
}

Finding of_token_endpoint(std::span<const Answered> answers, const config::PayerConfig& payer) {
  CLAIMFERRY_ASSERT(!answers.empty());
  std::string name = link(payer, "token endpoint");
  const bool has_two = answers.size() > 1;
  if (has_two && std::ranges::any_of(answers, takes_client)) {
    return of_two_secrets(std::move(name), answers[0], answers[1]);
  }
  // What says more than a refusal.
  const auto other = std::ranges::find_if_not(answers, refuses_client);
  const Answered& answered = other == answers.end() ? answers.front() : *other;
  if (!answered) {
    return unreachable(std::move(name), answered.failure(), "token_url");
  }
  if (refuses_client(answered)) {
    return {
        Health::bad, std::move(name),
        "it refuses our client (" + status_of(*answered) + ")" +
            (has_two ? ", by either client secret" : "") +
            ": a wrong id or secret, or no active subscription; the payer says the same to "
            "all three",
        "compare client_id and client_secret_file with the portal, then " + std::string(subscribe)};
  }
  switch (answered->status) {
    case 400:
      return {Health::good, std::move(name), "it knows our client", ""};
    case 404:
    case 405:
      return {Health::bad, std::move(name),
              "there is none at token_url (" + status_of(*answered) + ")",
              "take token_endpoint of the smart-configuration"};
    case 429:
      return busy(std::move(name));
    default:
      return {answered->status >= 500 ? Health::doubtful : Health::bad, std::move(name),
              "it answers " + status_of(*answered),
              answered->status >= 500 ? "the payer is down; ask again later"
                                      : "compare token_url with the smart-configuration"};
  }
}

Finding of_resource_base(const Answered& answered, const config::PayerConfig& payer) {
  std::string name = link(payer, "resource base");
  if (!answered) {
    return unreachable(std::move(name), answered.failure(), "resource_base");
  }
  switch (answered->status) {
    case 200:
      return {Health::good, std::move(name), "it describes itself", ""};
    case 401:
    case 403:
      return {Health::doubtful, std::move(name), "it wants a token even for its description", ""};
    case 404:
      return {Health::bad, std::move(name), "nothing is there (404)",
              "at Aetna resources lie under /v2/patientaccess of the auth root; set resource_base "
              "to it"};
    case 429:
      return busy(std::move(name));
    default:
      return {Health::doubtful, std::move(name), "it answers " + status_of(*answered),
              "ask again later"};
  }
}

std::optional<Finding> of_clock(const Answered& answered, WallTime now,
                                const config::PayerConfig& payer) {
  constexpr auto tolerable = std::chrono::seconds(60);
  const auto date = answered ? answered->headers.find("Date") : std::nullopt;
  if (!date) {
    return std::nullopt;
  }
  const auto theirs = fhir::parse_http_date(*date);
  if (!theirs) {
    return std::nullopt;
  }
  const auto apart = std::chrono::duration_cast<std::chrono::seconds>(now - *theirs);
  const auto size = apart < std::chrono::seconds(0) ? -apart : apart;
  const std::string seconds = std::to_string(size.count()) + " s";
  if (size > tolerable) {
    return Finding{Health::bad, link(payer, "clock"),
                   "this host's clock is " + seconds +
                       (apart > std::chrono::seconds(0) ? " ahead of" : " behind") + " the payer's",
                   "set it by NTP: codes and tokens end by it"};
  }
  return Finding{Health::good, link(payer, "clock"), "within " + seconds + " of the payer's", ""};
}

}  // namespace claimferry::ctl
