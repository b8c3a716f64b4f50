#include "scheduler/ctl/doctor/payer_diagnosis.hpp"

#include <algorithm>
#include <array>

#include <boost/json.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include "common/base/assert.hpp"
#include "common/base/ids.hpp"
#include "common/fhir/classify.hpp"

namespace claimferry::ctl {
namespace {

namespace json = boost::json;

constexpr std::string_view subscribe =
    "at the payer's developer portal, under the app's Products, see that every patient access "
    "product says APPROVED, and wait five minutes: a new subscription takes two to five to arrive";

// What a worker makes of a 401 that a fresh token meets.
constexpr std::string_view sign_of_no_product =
    "pulls that are put off as unauthorized (claimferry why MEMBER) say that they are not";

std::string link(const config::PayerConfig& payer, std::string_view what) {
  return payer.name.str() + ": " + std::string(what);
}

std::string status_of(const http::Response& response) {
  return std::to_string(response.status);
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
    return good(std::move(name), "it knows our client by both client secrets");
  }
  const bool by_first = takes_client(first);
  const Answered& other = by_first ? second : first;
  const std::string why_not = !other                  ? other.failure().detail
                              : refuses_client(other) ? "it is refused (" + status_of(*other) + ")"
                                                      : "it is answered " + status_of(*other);
  return doubtful(std::move(name),
                  std::string("it knows our client by the ") + (by_first ? "first" : "second") +
                      " of two client secrets; of the other: " + why_not,
                  "go on with both lines of client_secret_file while the payer replaces one, then "
                  "take out the one that it refuses");
}

// We send credentials in the Basic header alone. A document that names no methods means just that
// one (RFC 8414 section 2).
bool takes_basic(std::string_view document) {
  boost::system::error_code error;
  const auto value = json::parse(document, error);
  const auto* root = error ? nullptr : value.if_object();
  const auto* named =
      root == nullptr ? nullptr : root->if_contains("token_endpoint_auth_methods_supported");
  const auto* methods = named == nullptr ? nullptr : named->if_array();
  return methods == nullptr || std::ranges::any_of(*methods, [](const json::value& method) {
           return method.is_string() && method.get_string() == "client_secret_basic";
         });
}

std::string fix_of_discovery(const Failure& failure) {
  if (failure.code == "discovery_foreign") {
    return "add host and path to allow_hosts and allow_path_prefixes only if the payer's own page "
           "names them; else correct auth_root";
  }
  if (failure.code == "discovery_no_s256") {
    return "ask the payer: SMART App Launch wants S256 of every server";
  }
  return "correct auth_root; if it is right, set authorize_url and token_url as the payer "
         "publishes them";
}

// RFC 6749 section 4.1.2.1; empty where the member was not sent back with an error.
std::string error_in(const std::string& sent_to) {
  const auto url = boost::urls::parse_uri(sent_to);
  if (!url) {
    return "";
  }
  for (const auto& parameter : url->params()) {
    if (parameter.key == "error") {
      return is_plain_name(parameter.value, 64) ? parameter.value : "an error";
    }
  }
  return "";
}

std::string fix_of_error(const std::string& error) {
  if (error == "invalid_scope") {
    return "compare scopes with what the payer documents; Aetna's sign-in works with "
           "\"launch/patient patient/*.read\"";
  }
  if (error == "unauthorized_client") {
    return "compare client_id with the portal, then " + std::string(subscribe);
  }
  return "compare aud with what the payer documents (at Aetna it is auth_root, to the letter), "
         "then scopes";
}

// IBM API Connect's words for an app that it does not know or that has no plan for the API.
bool refuses_app(const http::Response& response) {
  std::string text(response.body.view());
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return response.status == 401 && text.find("client id") != std::string::npos;
}

}  // namespace

std::string without_slash(std::string url) {
  while (url.ends_with('/')) {
    url.pop_back();
  }
  return url;
}

Finding of_discovery(const Answered& answered, const config::PayerConfig& payer,
                     const oauth::TrustedPlaces& trusted) {
  std::string name = link(payer, "discovery");
  if (auto trouble = of_trouble(name, answered, "auth_root")) {
    return *std::move(trouble);
  }
  // Who names the sign-in page in the profile can do without.
  const auto lacking = payer.authorize_url.empty() ? bad : doubtful;
  if (answered->status != 200) {
    return lacking(
        std::move(name), "the smart-configuration at auth_root answers " + status_of(*answered),
        "auth_root is where /.well-known/smart-configuration lies, which at Aetna is not "
        "the resource base");
  }
  const auto found = oauth::parse_discovery(answered->body.view(), trusted);
  if (!found) {
    return lacking(std::move(name), found.failure().detail, fix_of_discovery(found.failure()));
  }
  if (!takes_basic(answered->body.view())) {
    return bad(std::move(name), "the payer's token endpoint takes no client_secret_basic",
               "ask the payer for an app of that method: claimferry sends a secret in no other "
               "place than the Basic header");
  }
  if (found->token_url != payer.token_url) {
    return doubtful(std::move(name), "the payer names the token endpoint " + found->token_url,
                    "set token_url to it, or leave it where refreshes work: the payer publishes "
                    "two");
  }
  if (!payer.authorize_url.empty() && found->authorize_url != payer.authorize_url) {
    return doubtful(std::move(name),
                    "the payer names the authorization page " + found->authorize_url,
                    "leave authorize_url out, and it is found by itself");
  }
  return good(std::move(name), "the payer names the endpoints that are used");
}

Finding of_audience(const config::PayerConfig& payer) {
  std::string name = link(payer, "aud");
  constexpr auto fix = "leave aud out, and it is auth_root";
  const std::string root = without_slash(payer.auth_root);
  if (payer.aud == payer.auth_root) {
    return good(std::move(name), "aud is auth_root, " + payer.aud);
  }
  if (without_slash(payer.aud) == without_slash(payer.resource_base)) {
    return doubtful(std::move(name), "aud is the resource base",
                    std::string("Aetna wants its auth root there; ") + fix);
  }
  if (without_slash(payer.aud) == root) {
    return doubtful(std::move(name),
                    "aud and auth_root differ by a slash at the end, and payers compare it to the "
                    "letter",
                    fix);
  }
  if (payer.aud.starts_with(root + "/")) {
    return doubtful(
        std::move(name), "aud is " + payer.aud + ", below auth_root",
        std::string("it must be auth_root, unless the payer documents this one; ") + fix);
  }
  return bad(std::move(name),
             "aud is " + payer.aud +
                 ", which is neither auth_root nor below it: a token for "
                 "somebody else is refused",
             fix);
}

Finding of_login_page(const Answered& answered, const config::PayerConfig& payer,
                      const std::string& sent_to) {
  std::string name = link(payer, "sign-in page");
  if (auto trouble = of_trouble(name, answered, "authorize_url")) {
    return *std::move(trouble);
  }
  if (const std::string error = error_in(sent_to); !error.empty()) {
    return bad(std::move(name), "the payer sends the member back at once: " + error,
               fix_of_error(error));
  }
  if (answered->status == 404 || answered->status == 405) {
    return bad(std::move(name), "nothing is there (" + status_of(*answered) + ")",
               "leave authorize_url out, and it is found by discovery, or take "
               "authorization_endpoint of the smart-configuration");
  }
  if (answered->status != 200) {
    return bad(std::move(name), "it answers " + status_of(*answered),
               "compare authorize_url, and the redirect URI that is registered at the payer, with "
               "enroll.public_url and enroll.callback_path");
  }
  const std::string_view body = trimmed(answered->body.view());
  if (body == "null") {
    return bad(std::move(name), "it says null: the app has no active product subscription yet",
               std::string(subscribe));
  }
  if (body.empty()) {
    return bad(
        std::move(name), "it is blank",
        payer.skin.empty() ? "set skin, which at Aetna is \"skin13\"" : std::string(subscribe));
  }
  return good(std::move(name), "it asks the member to sign in");
}

Finding of_unseen_login_page(const config::PayerConfig& payer, bool has_public_url) {
  std::string name = link(payer, "sign-in page");
  if (!has_public_url) {
    return doubtful(std::move(name), "not looked at, because enroll.public_url is not set",
                    "set it to what browsers call claimferry-enroll; with enroll.callback_path "
                    "behind it, it is the redirect URI that is registered at the payer");
  }
  return doubtful(std::move(name), "not looked at, because neither profile nor discovery names one",
                  "mend discovery, or set authorize_url");
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
  if (auto trouble = of_trouble(name, answered, "token_url")) {
    return *std::move(trouble);
  }
  if (refuses_client(answered)) {
    return bad(
        std::move(name),
        "it refuses our client (" + status_of(*answered) + ")" +
            (has_two ? ", by either client secret" : "") +
            ": a wrong id or secret, or no active subscription; the payer says the same to "
            "all three",
        "compare client_id and client_secret_file with the portal, then " + std::string(subscribe));
  }
  switch (answered->status) {
    case 400:
      return good(std::move(name), "it knows our client");
    case 404:
    case 405:
      return bad(std::move(name), "there is none at token_url (" + status_of(*answered) + ")",
                 "take token_endpoint of the smart-configuration");
    default:
      return bad(std::move(name), "it answers " + status_of(*answered),
                 "compare token_url with the smart-configuration");
  }
}

std::vector<Finding> of_missing_secret(const Failure& failure, const config::PayerConfig& payer) {
  return {bad(link(payer, "client secret"), failure.detail,
              "write the secret that the payer's portal showed into the first line of "
              "client_secret_file, a file of this user's alone"),
          doubtful(link(payer, "token endpoint"),
                   "not looked at, because there is no client secret to ask with",
                   "give it one, and ask again")};
}

Finding of_resource_base(const Answered& answered, const config::PayerConfig& payer) {
  std::string name = link(payer, "resource base");
  if (auto trouble = of_trouble(name, answered, "resource_base")) {
    return *std::move(trouble);
  }
  switch (answered->status) {
    case 200:
      return good(std::move(name), "it describes itself");
    case 401:
    case 403:
      return doubtful(std::move(name), "it wants a token even for its description",
                      "at Aetna it wants none: compare resource_base; elsewhere a pull will show");
    case 404:
      return bad(std::move(name), "nothing is there (404)",
                 "at Aetna resources lie under /v2/patientaccess of the auth root; set "
                 "resource_base to it");
    default:
      return doubtful(std::move(name), "it answers " + status_of(*answered),
                      "compare resource_base with what the payer documents");
  }
}

Finding of_products(const Answered& answered, const config::PayerConfig& payer) {
  std::string name = link(payer, "products");
  if (auto trouble = of_trouble(name, answered, "resource_base")) {
    return *std::move(trouble);
  }
  if (refuses_app(*answered)) {
    return doubtful(std::move(name),
                    "resources refuse the app before they look at a token (401, client id): it is "
                    "subscribed to no product that holds them",
                    std::string(subscribe) +
                        "; where pulls work, this payer says so to whoever brings no token");
  }
  switch (answered->status) {
    case 401:
    case 403:
      return good(std::move(name),
                  "resources want a token (" + status_of(*answered) +
                      "), as they should; whether products are subscribed shows with a member's "
                      "alone: " +
                      std::string(sign_of_no_product));
    case 404:
      return doubtful(std::move(name), "there is no Patient (404)",
                      "compare resource_base with the API Library of the payer's portal");
    default:
      return doubtful(std::move(name),
                      "not seen: without a token resources answer " + status_of(*answered),
                      "pull one member: " + std::string(sign_of_no_product));
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
    return bad(link(payer, "clock"),
               "this host's clock is " + seconds +
                   (apart > std::chrono::seconds(0) ? " ahead of" : " behind") + " the payer's",
               "set it by NTP: codes and tokens end by it");
  }
  return good(link(payer, "clock"), "within " + seconds + " of the payer's");
}

}  // namespace claimferry::ctl
