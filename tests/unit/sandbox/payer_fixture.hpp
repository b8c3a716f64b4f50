// A payer to ask in tests: the model, a clock that the test moves, and the few requests that
// every test makes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "common/base/encoding.hpp"
#include "tests/sandbox/model/control.hpp"
#include "tests/sandbox/model/model.hpp"

namespace claimferry::sandbox {

inline constexpr std::string_view base = "/fhirdemo/v2/patientaccess";

class PayerTest : public ::testing::Test {
 protected:
  Answer ask(PayerRequest request) {
    request.at = now;
    Answer answer = model.handle(request);
    model.finished(answer, answer.body.size(), now);
    return answer;
  }

  Answer get(std::string_view target, const std::string& access_token) {
    PayerRequest request;
    request.target = target;
    request.authorization = access_token.empty() ? "" : "Bearer " + access_token;
    return ask(std::move(request));
  }

  Answer refresh(const std::string& refresh_token,
                 const std::string& credentials = "sandbox-client:sandbox-secret") {
    PayerRequest request;
    request.method = "POST";
    request.target = "/fhirdemo/v1/fhirserver_auth/oauth2/token";
    request.authorization = "Basic " + to_base64(credentials);
    request.content_type = "application/x-www-form-urlencoded";
    request.body = "grant_type=refresh_token&refresh_token=" + refresh_token;
    return ask(std::move(request));
  }

  // Enrols a member and answers with an access token, the member being `member`.
  std::string enrol(unsigned eobs = 45) {
    MemberSpec spec;
    spec.eobs = eobs;
    member = model.enrol(spec, now);
    return text(refresh(member.refresh_token), "access_token");
  }

  std::string eob_search(std::string_view more = "") const {
    return std::string(base) + "/ExplanationOfBenefit?patient=" + member.patient +
           std::string(more);
  }

  ControlAnswer control(std::string_view method, std::string_view target,
                        std::string_view body = "") {
    return Control(model).handle(method, target, body, now);
  }

  static boost::json::value json(const Answer& answer) { return boost::json::parse(answer.body); }
  static std::string text(const Answer& answer, std::string_view key) {
    return std::string(json(answer).at(key).as_string());
  }
  static std::string header(const Answer& answer, std::string_view name) {
    for (const auto& [key, value] : answer.headers) {
      if (key == name) {
        return value;
      }
    }
    return "";
  }
  // The url of a Bundle's link; empty when there is none.
  static std::string link(const Answer& answer, std::string_view relation) {
    const boost::json::value bundle = json(answer);
    for (const boost::json::value& item : bundle.at("link").as_array()) {
      if (item.at("relation").as_string() == relation) {
        return std::string(item.at("url").as_string());
      }
    }
    return "";
  }
  // The ids of a Bundle's entries, in their order; "" for an entry without.
  static std::vector<std::string> ids(const Answer& answer) {
    std::vector<std::string> found;
    const boost::json::value bundle = json(answer);
    const boost::json::value* entries = bundle.as_object().if_contains("entry");
    if (entries == nullptr) {
      return found;
    }
    for (const boost::json::value& entry : entries->as_array()) {
      const boost::json::value* id = entry.at("resource").as_object().if_contains("id");
      found.push_back(id == nullptr     ? ""
                      : id->is_string() ? std::string(id->as_string())
                                        : boost::json::serialize(*id));
    }
    return found;
  }
  static std::string path_of(std::string_view url) {
    const std::string_view origin = "http://payer.test";
    EXPECT_TRUE(url.starts_with(origin)) << url;
    return std::string(url.substr(origin.size()));
  }

  static ModelOptions options() {
    ModelOptions options;
    options.seed = 7;
    options.site.origin = "http://payer.test";
    options.site.foreign_origin = "http://elsewhere.test";
    return options;
  }

  WallTime now{std::chrono::sys_days{std::chrono::year(2026) / 6 / 1}};
  Model model{options()};
  EnrolledMember member;
};

}  // namespace claimferry::sandbox
