#include "common/quota/rate_headers.hpp"

#include <gtest/gtest.h>

#include "common/base/random.hpp"

namespace claimferry::quota {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

http::Headers headers_of(const Fields& fields) {
  http::Headers headers;
  for (const auto& [name, value] : fields) {
    headers.add(name, value);
  }
  return headers;
}

// "remaining/limit", or "none".
std::string hint_of(const Fields& fields) {
  const auto hint = tightest_hint(headers_of(fields));
  return hint ? std::to_string(hint->remaining) + "/" + std::to_string(hint->limit) : "none";
}
std::string hint_of(const std::string& limit, const std::string& remaining) {
  return hint_of({{"x-ratelimit-limit", limit}, {"x-ratelimit-remaining", remaining}});
}

TEST(RateHeaders, ReadsWhatGatewaysSend) {
  struct Row {
    std::string limit;
    std::string remaining;
    std::string hint;
  };
  const Row table[] = {
      {"name=default,10000;", "name=default,9999;", "9999/10000"},
      {"name=rate-limit-1,1;", "name=rate-limit-1,0;", "0/1"},
      {"name=default,100", "name=default,7", "7/100"},
      {"100", "7", "7/100"},
      {" 100 ; ", "\t7", "7/100"},
      {"name = default , 100 ;", " name=default,\t7 ; ", "7/100"},
      {"name=a plan (1.0),100;", "name=a plan (1.0),7;", "7/100"},
      {"name=a,100;name=b,10;", "name=a,50;name=b,2;", "2/10"},
      {"name=a,100;name=b,10;", "name=b,9;name=a,50;", "50/100"},
      {"name=a,100;, name=b,10;", "name=a,50;,name=b,2;", "2/10"},
      {"name=a,100;;;name=b,10;", ";name=a,50;name=b,2", "2/10"},
      {"name=a,100;50;", "name=a,80;1;", "1/50"},
      {"name=a,2;name=b,4;", "name=a,1;name=b,2;", "1/2"},
      {"name=a,100;", "name=a,200;", "200/100"},
      {"name=a,100;name=a,90;", "name=a,50;", "50/100"},
  };
  for (const Row& row : table) {
    EXPECT_EQ(hint_of(row.limit, row.remaining), row.hint) << row.limit << " | " << row.remaining;
  }
}

TEST(RateHeaders, SkipsWhatIsOfNoFormAndKeepsTheRest) {
  for (const std::string bad : {"",
                                ";",
                                ",",
                                "=",
                                "name",
                                "name=",
                                "name=,",
                                "name=,5",
                                "name=a",
                                "name=a,",
                                "name=a,-5",
                                "name=a,+5",
                                "name=a,5.0",
                                "name=a,0x5",
                                "name=a,5 5",
                                "name=a,5,",
                                "name=a,5,6",
                                "name=a,five",
                                "nam=a,5",
                                "names=a,5",
                                "=a,5",
                                "name==a,5",
                                "name=\"a\",5",
                                "5%",
                                "-5",
                                "name=a\x01,5",
                                "name=\xc3\xa4,5",
                                "5;5 5",
                                "1e3",
                                "name=a,5, name=b,6",
                                "5;w=1"}) {
    const bool has_number = bad.starts_with("5;");
    EXPECT_EQ(hint_of(bad, bad), has_number ? "5/5" : "none") << bad;
    EXPECT_EQ(hint_of(bad + ";name=ok,10;", "name=ok,3;" + bad), "3/10") << bad;
  }
  const std::string with_zero("name=a\0,5", 9);
  EXPECT_EQ(hint_of(with_zero, with_zero), "none");
}

TEST(RateHeaders, NeedsBothNumbersOfOneNameAndALimit) {
  EXPECT_EQ(hint_of({}), "none");
  EXPECT_EQ(hint_of({{"x-ratelimit-limit", "10"}}), "none");
  EXPECT_EQ(hint_of({{"x-ratelimit-remaining", "10"}}), "none");
  EXPECT_EQ(hint_of({{"x-ratelimit-limit", "10"}, {"x-countlimit-remaining", "1"}}), "none");
  EXPECT_EQ(hint_of("name=a,10;", "name=b,1;"), "none");
  EXPECT_EQ(hint_of("name=a,10;", "name=A,1;"), "none");
  EXPECT_EQ(hint_of("name=a,10;", "1"), "none");
  EXPECT_EQ(hint_of("0", "0"), "none");
  EXPECT_EQ(hint_of("name=a,0;name=b,8;", "name=a,0;name=b,4;"), "4/8");
}

TEST(RateHeaders, FindsTheTightestOfAllFamiliesWhateverTheirCase) {
  Fields fields = {{"X-RateLimit-Limit", "name=a,100;"}, {"X-RATELIMIT-REMAINING", "name=a,90;"}};
  EXPECT_EQ(hint_of(fields), "90/100");
  fields.insert(fields.end(),
                {{"x-countlimit-limit", "name=a,50"}, {"x-countlimit-remaining", "name=a,40"}});
  EXPECT_EQ(hint_of(fields), "40/50");
  fields.insert(fields.end(), {{"X-Burstlimit-Limit", "10"}, {"X-Burstlimit-Remaining", "7"}});
  EXPECT_EQ(hint_of(fields), "7/10");
  fields.insert(fields.end(), {{"RateLimit-Limit", "5"}, {"RateLimit-Remaining", "3"}});
  EXPECT_EQ(hint_of(fields), "3/5");
}

TEST(RateHeaders, ReadsTheDraftsNumbersWithoutItsPolicies) {
  for (const std::string limit : {"100", " 100 ", "100, 100;w=10", "100,1000;w=3600;burst=5"}) {
    EXPECT_EQ(hint_of({{"RateLimit-Limit", limit}, {"RateLimit-Remaining", "7"}}), "7/100");
  }
  for (const std::string limit : {"", "\"default\";r=50;t=30", "limit=100", "0", ",100"}) {
    EXPECT_EQ(hint_of({{"RateLimit-Limit", limit}, {"RateLimit-Remaining", "7"}}), "none");
  }
}

TEST(RateHeaders, CapsNumbersHoweverLong) {
  const std::string nines(30'000, '9');
  EXPECT_EQ(hint_of(nines, nines), "1000000000/1000000000");
  EXPECT_EQ(hint_of("1000000001", "1000000000"), "1000000000/1000000000");
  EXPECT_EQ(hint_of("18446744073709551617", "1"), "1/1000000000");
  EXPECT_EQ(hint_of(std::string(30'000, '0') + "5", "1"), "1/5");
  EXPECT_EQ(hint_of("name=a," + nines + ";name=b,3;", "name=a," + nines + ";name=b,2;"), "2/3");
}

TEST(RateHeaders, ReadsSixteenItemsAndNoMore) {
  const auto items = [](unsigned count, unsigned step) {
    std::string text;
    for (unsigned number = 1; number <= count; ++number) {
      text += "name=n" + std::to_string(number) + "," + std::to_string(100 - step * number) + ";";
    }
    return text;
  };
  EXPECT_EQ(hint_of(items(15, 0), items(15, 1)), "85/100");
  EXPECT_EQ(hint_of(items(16, 0), items(16, 1)), "84/100");
  EXPECT_EQ(hint_of(items(17, 0), items(17, 1)), "84/100");
  std::string nothings;
  for (unsigned number = 0; number < 16; ++number) {
    nothings += "x;";
  }
  EXPECT_EQ(hint_of(nothings + "10", "1"), "none");
  EXPECT_EQ(hint_of(std::string(32'000, ';') + "10", "1"), "1/10");
}

TEST(RateHeaders, NamesAreNoLongerThanADefinitionIs) {
  const std::string longest(128, 'a');
  EXPECT_EQ(hint_of("name=" + longest + ",10", "name=" + longest + ",1"), "1/10");
  EXPECT_EQ(hint_of("name=a" + longest + ",10", "name=a" + longest + ",1"), "none");
}

// Whatever comes, an answer is a limit that can be divided by.
TEST(RateHeaders, HoldAgainstAnything) {
  constexpr std::string_view pieces[] = {"name", "=",  ",", ";", " ",  "\t",   "0",    "7",
                                         "99",   "-1", "a", "b", "\"", "\xff", "w=10", "name=a,5;"};
  SeededRandom random(7);
  unsigned hints = 0;
  for (unsigned run = 0; run < 20'000; ++run) {
    Fields fields;
    for (const auto* name : {"x-ratelimit-limit", "x-ratelimit-remaining", "x-countlimit-limit",
                             "x-countlimit-remaining", "ratelimit-limit", "ratelimit-remaining"}) {
      std::string value;
      for (auto length = random.below(12); length > 0; --length) {
        value += pieces[random.below(std::size(pieces))];
      }
      fields.emplace_back(name, value);
    }
    if (const auto hint = tightest_hint(headers_of(fields))) {
      ++hints;
      ASSERT_GE(hint->limit, 1U);
      ASSERT_LE(hint->limit, 1'000'000'000U);
      ASSERT_LE(hint->remaining, 1'000'000'000U);
    }
  }
  EXPECT_GT(hints, 100U);
}

}  // namespace
}  // namespace claimferry::quota
