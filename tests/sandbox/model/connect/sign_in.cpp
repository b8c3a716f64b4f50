#include "tests/sandbox/model/connect/sign_in.hpp"

#include <string>

#include "tests/sandbox/model/answers.hpp"
#include "tests/sandbox/model/connect/html.hpp"
#include "tests/sandbox/model/connect/login_pages.hpp"
#include "tests/sandbox/model/connect/redirects.hpp"
#include "tests/sandbox/model/connect/test_users.hpp"

namespace claimferry::sandbox {
namespace {

constexpr std::string_view skin_of_pages = "skin13";
constexpr std::string_view ended = "This sign-in has ended. Go back to the app and begin again.";
constexpr std::string_view misplaced = "This form belongs to another sign-in.";

}  // namespace

Answer SignIn::handle(const PayerRequest& request, const Target& target) {
  if (target.path == login_path && request.method == "GET") {
    return show_login(value_of(target.parameters, "request"));
  }
  if (request.method != "POST") {
    return gateway_answer(405, "The method is not allowed for the requested URL");
  }
  const Form form = parse_form(request.body);
  PendingRequest* const pending = requests_.find(value_of(form, "request"));
  if (pending == nullptr) {
    return error_page(ended);
  }
  return target.path == login_path ? log_in(*pending, form) : decide(*pending, form, request.at);
}

Answer SignIn::show_login(std::string_view id) {
  const PendingRequest* const pending = requests_.find(id);
  if (pending == nullptr) {
    return error_page(ended);
  }
  if (modes_.subscription_propagating) {
    return html_answer(200, "null");
  }
  if (modes_.skin_required && pending->request.skin != skin_of_pages) {
    return html_answer(200, "");
  }
  return login_page(*pending, "", "");
}

Answer SignIn::log_in(PendingRequest& pending, const Form& form) {
  if (value_of(form, "form_token") != pending.login_token) {
    return error_page(misplaced);
  }
  const std::string_view username = value_of(form, "username");
  const auto member = member_of_user(username, value_of(form, "password"), members_.size());
  if (!member) {
    ++violations_.logins_failed;
    return login_page(pending, username, "The user name or the password is not right.");
  }
  if (pending.request.client_id != app_.id()) {
    requests_.remove(pending);
    return error_page("Invalid client ID, or client not subscribed to this API.");
  }
  requests_.sign_in(pending, *member);
  return consent_page(pending);
}

Answer SignIn::decide(const PendingRequest& pending, const Form& form, WallTime now) {
  if (!pending.member || value_of(form, "form_token") != pending.consent_token) {
    return error_page(misplaced);
  }
  const std::string_view decision = value_of(form, "decision");
  if (decision != "allow" && decision != "deny") {
    return error_page("Choose Allow or Deny.");
  }
  const std::size_t member = *pending.member;
  const AuthorizeRequest asked = requests_.remove(pending);
  if (decision == "deny") {
    ++violations_.consents_denied;
    const Told told = {{"error", "access_denied"},
                       {"error_description", "The member denied the request"}};
    return return_to_app(asked, told, modes_.state_returned);
  }
  ++violations_.codes_issued;
  const Told told = {{"code", codes_.issue(asked, member, now)}};
  return return_to_app(asked, told, modes_.state_returned);
}

}  // namespace claimferry::sandbox
