#include "tests/sandbox/model/connect/authorize_requests.hpp"

#include <gtest/gtest.h>

namespace claimferry::sandbox {
namespace {

AuthorizeRequest with_state(std::string state) {
  AuthorizeRequest request;
  request.state = std::move(state);
  return request;
}

TEST(AuthorizeRequests, AreFoundByTheirIdUntilTheyAreDecided) {
  AuthorizeRequests requests(1);
  const std::string first = requests.add(with_state("one")).id;
  const std::string second = requests.add(with_state("two")).id;
  ASSERT_NE(requests.find(first), nullptr);
  EXPECT_EQ(requests.find("one"), nullptr);
  EXPECT_EQ(requests.remove(*requests.find(first)).state, "one");
  EXPECT_EQ(requests.find(first), nullptr);
  ASSERT_NE(requests.find(second), nullptr);
  EXPECT_EQ(requests.find(second)->request.state, "two");
}

TEST(AuthorizeRequests, TheOldestIsForgotten) {
  AuthorizeRequests requests(1);
  const std::string first = requests.add({}).id;
  const std::string second = requests.add({}).id;
  for (std::size_t added = 2; added < AuthorizeRequests::pending_max; ++added) {
    requests.add({});
  }
  EXPECT_NE(requests.find(first), nullptr);
  requests.add({});
  EXPECT_EQ(requests.find(first), nullptr);
  EXPECT_NE(requests.find(second), nullptr);
}

TEST(AuthorizeRequests, EachSignInHasAConsentTokenOfItsOwn) {
  AuthorizeRequests requests(1);
  PendingRequest& pending = *requests.find(requests.add({}).id);
  EXPECT_FALSE(pending.member);
  requests.sign_in(pending, 4);
  const std::string token = pending.consent_token;
  EXPECT_NE(token, pending.login_token);
  requests.sign_in(pending, 5);
  EXPECT_EQ(pending.member, 5U);
  EXPECT_NE(pending.consent_token, token);
}

TEST(AuthorizeRequests, BeginTheSeedAnewWhenCleared) {
  AuthorizeRequests requests(1);
  const std::string id = requests.add({}).id;
  requests.clear();
  EXPECT_EQ(requests.find(id), nullptr);
  EXPECT_EQ(requests.add({}).id, id);
}

}  // namespace
}  // namespace claimferry::sandbox
