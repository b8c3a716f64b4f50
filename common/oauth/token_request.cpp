#include "common/oauth/token_request.hpp"

#include "common/base/encoding.hpp"

namespace claimferry::oauth {

Secret refresh_form(const Secret& refresh_token, std::string_view scopes) {
  const Secret encoded(form_encode(refresh_token.reveal()));
  std::string form = "grant_type=refresh_token&refresh_token=";
  form += encoded.reveal();
  if (!scopes.empty()) {
    form += "&scope=" + form_encode(scopes);
  }
  return Secret(std::move(form));
}

Secret code_form(const Secret& code, std::string_view redirect_uri, const Secret& verifier) {
  const Secret encoded(form_encode(code.reveal()));
  std::string form = "grant_type=authorization_code&code=";
  form += encoded.reveal();
  form += "&redirect_uri=" + form_encode(redirect_uri) + "&code_verifier=";
  form += verifier.reveal();
  return Secret(std::move(form));
}

Secret knock_form() {
  return Secret("grant_type=refresh_token");
}

Secret basic_authorization(std::string_view client_id, const Secret& client_secret, bool raw) {
  const Secret password(raw ? std::string(client_secret.reveal())
                            : form_encode(client_secret.reveal()));
  std::string pair = raw ? std::string(client_id) : form_encode(client_id);
  pair += ':';
  pair += password.reveal();
  const Secret joined(std::move(pair));
  return Secret("Basic " + to_base64(joined.reveal()));
}

}  // namespace claimferry::oauth
