#include "common/oauth/state.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "common/base/encoding.hpp"

namespace claimferry::oauth {
namespace {

TEST(State, IsLongPlainAndAnotherEachTime) {
  SystemRandom random;
  const Secret state = make_state(random);
  EXPECT_EQ(state.reveal().size(), 43U);  // 256 bits
  EXPECT_EQ(form_encode(state.reveal()), state.reveal());
  EXPECT_FALSE(state == make_state(random));
}

TEST(State, IsFoundAsItWasSentAndAsBase64OfIt) {
  SystemRandom random;
  for (int times = 0; times < 100; ++times) {
    const Secret state = make_state(random);
    const std::string hash = hash_of_state(state);
    const std::string text(state.reveal());
    std::string unpadded = to_base64(text);
    unpadded.resize(unpadded.find_last_not_of('=') + 1);
    for (const std::string& returned : {text, to_base64(text), unpadded, to_base64url(text)}) {
      const auto hashes = hashes_of_returned(returned);
      EXPECT_NE(std::ranges::find(hashes, hash), hashes.end()) << times;
    }
    EXPECT_EQ(hashes_of_returned(text).front(), hash);
  }
}

TEST(State, WhatCannotBeOursIsNotLookedFor) {
  const std::string almost(42, 'a');
  const std::string long_one(4'000'000, 'a');
  for (const std::string& returned :
       {std::string(), std::string("recon"), almost, almost + "é", almost + "\n", almost + "aa",
        to_base64(to_base64(almost + "a")), std::string(43, '='), long_one}) {
    EXPECT_TRUE(hashes_of_returned(returned).empty()) << returned.substr(0, 99);
  }
}

TEST(State, ItsHashTellsNothingOfIt) {
  const Secret state("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  EXPECT_EQ(hash_of_state(state).size(), 64U);
  EXPECT_EQ(hash_of_state(state).find(state.reveal()), std::string::npos);
}

}  // namespace
}  // namespace claimferry::oauth
