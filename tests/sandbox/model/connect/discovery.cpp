#include "tests/sandbox/model/connect/discovery.hpp"

#include <boost/json.hpp>

#include "tests/sandbox/model/answers.hpp"
#include "tests/sandbox/model/connect/scopes.hpp"

namespace claimferry::sandbox {

namespace json = boost::json;

Answer smart_configuration(const Site& site, const ConnectModes& modes) {
  if (modes.discovery_missing) {
    return gateway_answer(404, "No resources match requested URI");
  }
  const std::string& origin = modes.discovery_foreign_host ? site.foreign_origin : site.origin;
  json::object body;
  body["authorization_endpoint"] = origin + std::string(authorize_path);
  body["token_endpoint"] = origin + std::string(token_path);
  body["token_endpoint_auth_methods_supported"] = json::array{"client_secret_basic"};
  body["response_types_supported"] = json::array{"code"};
  body["scopes_supported"] = json::array(told_scopes.begin(), told_scopes.end());
  body["code_challenge_methods_supported"] = json::array{"S256"};
  body["capabilities"] = json::array{"client-public", "client-confidential-symmetric",
                                     "sso-openid-connect", "launch-standalone"};
  return json_answer(200, json::serialize(body));
}

}  // namespace claimferry::sandbox
