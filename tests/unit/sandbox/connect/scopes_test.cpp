#include "tests/sandbox/model/connect/scopes.hpp"

#include <gtest/gtest.h>

namespace claimferry::sandbox {
namespace {

TEST(Scopes, AreKnownAllOrRefusedTogether) {
  const std::pair<const char*, bool> scopes[] = {
      {"launch/patient patient/*.read", true},
      {"openid fhirUser profile launch/patient patient/*.read", true},
      {"patient/ExplanationOfBenefit.read", true},
      {"launch/patient offline_access", false},
      {"patient/*.write", false},
      {"launch/patient  patient/*.read", false},
      {" ", false},
      {"", false},
  };
  for (const auto& [scope, known] : scopes) {
    EXPECT_EQ(are_known(scope), known) << scope;
  }
}

TEST(Scopes, WhatDiscoveryTellsOfIsKnown) {
  for (const std::string_view scope : told_scopes) {
    EXPECT_TRUE(meaning_of(scope)) << scope;
  }
}

}  // namespace
}  // namespace claimferry::sandbox
