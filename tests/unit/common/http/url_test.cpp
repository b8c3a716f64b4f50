#include "common/http/url.hpp"

#include <gtest/gtest.h>

namespace claimferry::http {
namespace {

TEST(Url, SplitsWithoutTouchingTheTarget) {
  const auto url = Url::parse("HTTPS://Host.Example:8443/a%2Fb?x=%zz|y");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "host.example");
  EXPECT_EQ(url->port, "8443");
  EXPECT_EQ(url->target, "/a%2Fb?x=%zz|y");
  EXPECT_EQ(url->origin(), "https://host.example:8443");
  EXPECT_EQ(Url::parse("http://h?x=1")->target, "/?x=1");
  EXPECT_EQ(Url::parse("http://h")->port, "80");
  EXPECT_EQ(Url::parse("https://[::1]/")->host, "::1");
  EXPECT_EQ(Url::parse("https://[::1]:9/")->port, "9");
}

TEST(Url, RefusesWhatMustNotBeSent) {
  for (const auto* text :
       {"", "h/x", "ftp://h/", "http://", "http:///x", "http://u@h/", "http://u:p@h/",
        "http://h:0/", "http://h:65536/", "http://h:x/", "http://h:/", "http://h/a b",
        "http://h/a\nb", "http://h/#f", "http://[::1/", "http://h\\evil/", "http://[::1]x/"}) {
    EXPECT_FALSE(Url::parse(text)) << text;
  }
}

TEST(Url, KnowsLoopback) {
  for (const auto* text :
       {"http://127.0.0.1:1/", "http://127.9.9.9/", "http://localhost/", "http://[::1]/"}) {
    EXPECT_TRUE(Url::parse(text)->is_loopback()) << text;
  }
  for (const auto* text :
       {"http://128.0.0.1/", "http://127.evil.example/", "http://localhost.x/"}) {
    EXPECT_FALSE(Url::parse(text)->is_loopback()) << text;
  }
}

}  // namespace
}  // namespace claimferry::http
