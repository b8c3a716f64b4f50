#include "common/quota/breaker.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace claimferry::quota {
namespace {

using namespace std::chrono_literals;
using fhir::Endpoint;

constexpr SteadyTime now{1h};

TEST(Breaker, BarsThePayerOrOneEndpoint) {
  const Endpoint all[] = {Endpoint::token, Endpoint::patient, Endpoint::coverage, Endpoint::eob};
  for (const Endpoint endpoint : all) {
    EXPECT_FALSE(bars(Barred::nothing, endpoint));
    EXPECT_TRUE(bars(Barred::everything, endpoint));
    for (const Endpoint other : all) {
      EXPECT_EQ(bars(barred_at(endpoint), other), endpoint == other);
    }
  }
}

TEST(BreakerNews, BarNothingAtFirst) {
  const BreakerNews news;
  EXPECT_EQ(news.last().barred, Barred::nothing);
  EXPECT_EQ(news.last().change, 0U);
}

TEST(BreakerNews, KeepTheLaterOfTwo) {
  BreakerNews news;
  news.note({5, Barred::token, 3s}, now);
  EXPECT_EQ(news.last().barred, Barred::token);
  EXPECT_EQ(news.last().next_probe, now + 3s);
  news.note({4, Barred::nothing, 0s}, now);
  EXPECT_EQ(news.last().change, 5U);
  EXPECT_EQ(news.last().barred, Barred::token);
  news.note({6, Barred::nothing, 0s}, now);
  EXPECT_EQ(news.last().barred, Barred::nothing);
}

TEST(BreakerNews, AreWhatRedisAnswersAlsoWhereItForgotLaterChanges) {
  BreakerNews news;
  news.note({6, Barred::nothing, 0s}, now);
  news.renew({5, Barred::everything, 3s}, now);
  EXPECT_EQ(news.last().barred, Barred::everything);
  EXPECT_EQ(news.last().next_probe, now + 3s);
  news.renew({5, Barred::everything, 3s}, now + 1s);
  EXPECT_EQ(news.last().next_probe, now + 3s);
}

TEST(BreakerNews, ReckonTheSameChangeOnce) {
  BreakerNews news;
  news.note({5, Barred::everything, 3s}, now);
  news.note({5, Barred::everything, 3s}, now + 2s);
  EXPECT_EQ(news.last().next_probe, now + 3s);
}

TEST(BreakerNews, GoOnWhereTheCountOfChangesIsCut) {
  constexpr std::uint64_t kept = 1U << 20U;
  BreakerNews news;
  news.note({kept / 2, Barred::everything, 0s}, now);
  news.note({kept - 1, Barred::everything, 0s}, now);
  news.note({kept + 1, Barred::nothing, 0s}, now);
  EXPECT_EQ(news.last().change, 1U);
  EXPECT_EQ(news.last().barred, Barred::nothing);
}

TEST(BreakerNews, AreOfOnePieceHoweverManyTell) {
  BreakerNews news;
  std::vector<std::thread> tellers;
  for (unsigned teller = 0; teller < 4; ++teller) {
    tellers.emplace_back([&news, teller] {
      for (std::uint64_t change = 1 + teller; change < 4'000; change += 4) {
        const auto barred = static_cast<Barred>(change % 6);
        news.note({change, barred, Duration(change)}, now);
        const auto last = news.last();
        EXPECT_EQ(static_cast<std::uint64_t>(last.barred), last.change % 6);
        EXPECT_GE(last.change, change);
      }
    });
  }
  for (auto& teller : tellers) {
    teller.join();
  }
  EXPECT_EQ(news.last().change, 3'999U);
}

}  // namespace
}  // namespace claimferry::quota
