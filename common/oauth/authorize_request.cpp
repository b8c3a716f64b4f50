#include "common/oauth/authorize_request.hpp"

#include "common/base/encoding.hpp"

namespace claimferry::oauth {

Secret authorize_location(const AuthorizeRequest& request, const Secret& state) {
  std::string url = request.authorize_url;
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += "response_type=code";
  const auto add = [&url](std::string_view name, std::string_view value) {
    url += '&';
    url += name;
    url += '=';
    url += form_encode(value);
  };
  add("client_id", request.client_id);
  add("redirect_uri", request.redirect_uri);
  add("scope", request.scopes);
  add("state", state.reveal());
  add("aud", request.aud);
  add("code_challenge", request.challenge);
  add("code_challenge_method", "S256");
  if (!request.skin.empty()) {
    add("skin", request.skin);
  }
  return Secret(std::move(url));
}

}  // namespace claimferry::oauth
