// A member's way through the payer's pages, step by step, as a browser and an app take it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "tests/sandbox/model/connect/login_pages.hpp"
#include "tests/sandbox/model/target.hpp"
#include "tests/unit/sandbox/payer_fixture.hpp"

namespace claimferry::sandbox {

using Fields = std::map<std::string, std::string>;

class ConnectTest : public PayerTest {
 protected:
  static constexpr const char* callback = "http://127.0.0.1:3000/api/auth/smart/callback";
  // RFC 7636 appendix B.
  static constexpr const char* verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  static constexpr const char* challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

  ConnectTest() { member = model.enrol({}, now); }

  // What an app that does everything right asks for; `changed` replaces, an empty value omits.
  static Fields asked(const Fields& changed = {}) {
    Fields fields = {{"response_type", "code"},
                     {"client_id", "sandbox-client"},
                     {"redirect_uri", callback},
                     {"scope", "launch/patient patient/*.read"},
                     {"state", "recon"},
                     {"aud", "http://payer.test/fhirdemo"},
                     {"code_challenge", challenge},
                     {"code_challenge_method", "S256"},
                     {"skin", "skin13"}};
    return replaced(std::move(fields), changed);
  }

  Answer authorize(const Fields& changed = {}) {
    return get(std::string(authorize_path) + "?" + encoded(asked(changed)), "");
  }

  Answer open_login(const Fields& changed = {}) {
    return get(path_of(header(authorize(changed), "Location")), "");
  }

  Answer post(std::string_view path, const Fields& fields) {
    PayerRequest request;
    request.method = "POST";
    request.target = path;
    request.content_type = "application/x-www-form-urlencoded";
    request.body = encoded(fields);
    return ask(std::move(request));
  }

  // The form on a page, filled in and sent.
  Answer submit(const Answer& page, std::string_view path, Fields fields) {
    fields.emplace("request", hidden(page, "request"));
    fields.emplace("form_token", hidden(page, "form_token"));
    return post(path, fields);
  }

  Answer log_in(const Answer& login, const std::string& username = "VTETestUser01",
                const std::string& password = "FHIRdemo2020") {
    return submit(login, login_path, {{"username", username}, {"password", password}});
  }

  Answer decide(const Answer& consent, const std::string& decision = "allow") {
    return submit(consent, consent_path, {{"decision", decision}});
  }

  std::string allowed_code(const Fields& changed = {},
                           const std::string& username = "VTETestUser01") {
    return told(decide(log_in(open_login(changed), username)), "code");
  }

  Answer exchange(const std::string& code, const Fields& changed = {},
                  const std::string& credentials = "sandbox-client:sandbox-secret") {
    PayerRequest request;
    request.method = "POST";
    request.target = token_path;
    request.authorization = credentials.empty() ? "" : "Basic " + to_base64(credentials);
    request.content_type = "application/x-www-form-urlencoded";
    request.body = encoded(replaced({{"grant_type", "authorization_code"},
                                     {"code", code},
                                     {"redirect_uri", callback},
                                     {"code_verifier", verifier}},
                                    changed));
    return ask(std::move(request));
  }

  void set_modes(std::string_view json) {
    const ControlAnswer answer = control("PATCH", "/v1/modes", json);
    ASSERT_EQ(answer.status, 200U) << answer.body;
  }

  // A parameter of the URL that an answer redirects to.
  static std::string told(const Answer& redirect, std::string_view name) {
    const std::string location = header(redirect, "Location");
    const std::size_t question = std::min(location.find('?'), location.size() - 1);
    return std::string(value_of(parse_form(location.substr(question + 1)), name));
  }

  static std::string hidden(const Answer& page, const std::string& name) {
    const std::string before = "name=\"" + name + "\" value=\"";
    const std::size_t at = page.body.find(before);
    EXPECT_NE(at, std::string::npos) << name << " is not in: " << page.body;
    const std::size_t begin = at + before.size();
    return at == std::string::npos ? ""
                                   : page.body.substr(begin, page.body.find('"', begin) - begin);
  }

  static bool has_id(const Answer& page, const std::string& id) {
    return page.body.find("id=\"" + id + "\"") != std::string::npos;
  }

  const Violations& counts() const { return model.violations(); }

 private:
  static Fields replaced(Fields fields, const Fields& changed) {
    for (const auto& [name, value] : changed) {
      fields[name] = value;
    }
    std::erase_if(fields, [](const auto& field) { return field.second.empty(); });
    return fields;
  }

  static std::string encoded(const Fields& fields) {
    std::string text;
    for (const auto& [name, value] : fields) {
      text += (text.empty() ? "" : "&") + form_encode(name) + "=" + form_encode(value);
    }
    return text;
  }
};

}  // namespace claimferry::sandbox
