// A member's way to a connection over sockets: what the server passes on of it, in both directions.
#include <thread>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "common/base/encoding.hpp"
#include "tests/sandbox/model/connect/login_pages.hpp"
#include "tests/sandbox/model/site.hpp"
#include "tests/sandbox/server/server.hpp"
#include "tests/unit/sandbox/connection.hpp"

namespace claimferry::sandbox {
namespace {

constexpr const char* callback = "http://localhost:3000/api/auth/smart/callback";
// RFC 7636 appendix B.
constexpr const char* verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr const char* challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
constexpr const char* form_header = "Content-Type: application/x-www-form-urlencoded\r\n";

// What stands between two texts.
std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t at = text.find(before);
  EXPECT_NE(at, std::string::npos) << before << " is not in:\n" << text;
  const std::size_t begin = at + before.size();
  return at == std::string::npos ? "" : text.substr(begin, text.find(after, begin) - begin);
}

std::string location(const Reply& reply) {
  EXPECT_TRUE(reply.head.starts_with("HTTP/1.1 302 Found\r\n")) << reply.head;
  return between(reply.head, "Location: ", "\r\n");
}

std::string bound_form(const Reply& page) {
  return "request=" + between(page.body, R"(name="request" value=")", "\"") +
         "&form_token=" + between(page.body, R"(name="form_token" value=")", "\"");
}

class ServerConnect : public ::testing::Test {
 protected:
  ServerConnect() : thread_([this] { server_.run(false); }) {}
  ~ServerConnect() override {
    server_.stop();
    thread_.join();
  }

  Reply get(const std::string& target) { return Connection(url_).ask("GET", target); }
  Reply post(std::string_view path, const std::string& form, const std::string& headers = "") {
    return Connection(url_).ask("POST", std::string(path), form_header + headers, form);
  }

  Server server_{ServerOptions(), ModelOptions()};
  const std::string url_ = server_.listen_url();
  std::thread thread_;
};

TEST_F(ServerConnect, AMemberSignsInAndTheCodeBuysTheMembersTokens) {
  const Reply enrolled =
      Connection(server_.control_url()).ask("POST", "/v1/members", "", R"({"count":2})");
  const std::string second = enrolled.body.substr(enrolled.body.find('\n') + 1);
  const Reply asked =
      get(std::string(authorize_path) +
          "?response_type=code&client_id=sandbox-client&redirect_uri=" + form_encode(callback) +
          "&scope=launch%2Fpatient+patient%2F*.read&state=recon&aud=" +
          form_encode(url_ + "/fhirdemo") + "&code_challenge=" + challenge +
          "&code_challenge_method=S256&skin=skin13");
  const std::string login_url = location(asked);
  ASSERT_TRUE(login_url.starts_with(url_ + std::string(login_path))) << login_url;
  const Reply login = get(login_url.substr(url_.size()));
  EXPECT_NE(login.head.find("Content-Security-Policy: default-src 'none'"), std::string::npos);
  const Reply consent =
      post(login_path, bound_form(login) + "&username=VTETestUser02&password=FHIRdemo2020");
  const std::string back = location(post(consent_path, bound_form(consent) + "&decision=allow"));
  ASSERT_TRUE(back.starts_with(std::string(callback) + "?code=")) << back;
  EXPECT_TRUE(back.ends_with("&state=recon")) << back;
  const Reply tokens =
      post(token_path,
           "grant_type=authorization_code&code=" + between(back, "code=", "&") +
               "&redirect_uri=" + form_encode(callback) + "&code_verifier=" + verifier,
           "Authorization: Basic " + to_base64("sandbox-client:sandbox-secret") + "\r\n");
  ASSERT_EQ(tokens.status, 200U) << tokens.body;
  EXPECT_EQ(boost::json::parse(tokens.body).at("patient"),
            boost::json::parse(second).at("patient"));
}

TEST_F(ServerConnect, ABlankPageAndAnErrorPageArriveAsWhatTheyAre) {
  const Reply error = get(std::string(authorize_path) + "?redirect_uri=https%3A%2F%2Fevil.test");
  EXPECT_EQ(error.status, 400U);
  EXPECT_NE(error.head.find("Content-Type: text/html"), std::string::npos);
  EXPECT_NE(error.body.find(R"(id="error")"), std::string::npos);
  Connection(server_.control_url())
      .ask("PATCH", "/v1/modes", "", R"({"redirect_uris":["https://app.test/cb"]})");
  const Reply asked =
      get(std::string(authorize_path) +
          "?response_type=code&client_id=x&redirect_uri=https%3A%2F%2Fapp.test%2Fcb&scope=openid" +
          "&state=s&code_challenge_method=S256&code_challenge=" + challenge +
          "&aud=" + form_encode(url_ + "/fhirdemo"));
  const Reply blank = get(location(asked).substr(url_.size()));
  EXPECT_EQ(blank.status, 200U);
  EXPECT_EQ(blank.body, "");
}

}  // namespace
}  // namespace claimferry::sandbox
