#include "common/redis/codec.hpp"

#include <gtest/gtest.h>

namespace claimferry::redis {
namespace {

Reply text(std::string value) {
  return Reply{std::move(value)};
}
Reply number(std::int64_t value) {
  return Reply{value};
}

TEST(Codec, WritesACommandAsAnArrayOfBulkStrings) {
  std::string out = "before";
  append_encoded({"SET", "key", std::string("\0\r\n", 3), ""}, out);
  const std::string binary("$3\r\n\0\r\n\r\n", 9);
  EXPECT_EQ(out, "before*4\r\n$3\r\nSET\r\n$3\r\nkey\r\n" + binary + "$0\r\n\r\n");
}

TEST(Codec, ReadsEachKindOfReply) {
  ReplyReader reader;
  reader.feed("+OK\r\n:-7\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n-ERR no\r\n*0\r\n");
  EXPECT_EQ(**reader.next(), text("OK"));
  EXPECT_EQ(**reader.next(), number(-7));
  EXPECT_EQ(**reader.next(), text("a\r\n"));
  EXPECT_EQ(**reader.next(), Reply{});
  EXPECT_EQ(**reader.next(), Reply{});
  EXPECT_EQ(**reader.next(), Reply{Error{"ERR no"}});
  EXPECT_EQ(**reader.next(), Reply{Reply::Array{}});
  EXPECT_FALSE(reader.next()->has_value());
}

TEST(Codec, ReadsNestedArraysWhicheverWayTheBytesAreCut) {
  const std::string bytes =
      "*4\r\n:1\r\n*3\r\n$3\r\ntwo\r\n*1\r\n:3\r\n+four\r\n$-1\r\n-ERR five\r\n:6\r\n";
  const Reply three{Reply::Array{number(3)}};
  const Reply inner{Reply::Array{text("two"), three, text("four")}};
  const Reply expected{Reply::Array{number(1), inner, Reply{}, Reply{Error{"ERR five"}}}};
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    ReplyReader reader;
    reader.feed(std::string_view(bytes).substr(0, cut));
    auto first = *reader.next();
    reader.feed(std::string_view(bytes).substr(cut));
    if (!first) {
      first = *reader.next();
    }
    EXPECT_EQ(*first, expected) << cut;
    EXPECT_EQ(**reader.next(), number(6)) << cut;
  }
}

TEST(Codec, RefusesWhatIsNotTheProtocolAndStaysRefusing) {
  ReplyReader reader;
  reader.feed("HTTP/1.1 400 Bad Request\r\n");
  const auto refused = reader.next();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().kind, FailureKind::local);
  EXPECT_EQ(refused.failure().code, "redis_protocol");
  reader.feed("+OK\r\n");
  EXPECT_FALSE(reader.next().ok());
}

TEST(Codec, TakesAReplyAtTheLimitOfBytesAndRefusesALargerOneBeforeItIsWhole) {
  const ReplyReader::Limits limits{.reply_bytes_max = 100, .array_items_max = 10};
  const std::string reply = "$92\r\n" + std::string(92, 'x') + "\r\n";
  ASSERT_EQ(reply.size(), 99U);
  ReplyReader at_the_limit(limits);
  for (int round = 0; round < 50; ++round) {
    at_the_limit.feed(reply);
    EXPECT_EQ(**at_the_limit.next(), text(std::string(92, 'x')));
  }
  ReplyReader beyond(limits);
  beyond.feed("$1000\r\n" + std::string(93, 'x'));
  EXPECT_FALSE(beyond.next()->has_value());
  beyond.feed("x");
  const auto refused = beyond.next();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().code, "redis_protocol");
  EXPECT_EQ(refused.failure().detail, "received a reply of more than 100 bytes");
}

TEST(Codec, CountsTheItemsOfAWholeReplyAndRefusesAnArrayByItsHeader) {
  const ReplyReader::Limits limits{.reply_bytes_max = 1'000, .array_items_max = 5};
  ReplyReader reader(limits);
  for (int round = 0; round < 3; ++round) {
    reader.feed("*2\r\n*3\r\n:1\r\n:2\r\n:3\r\n:4\r\n");
    EXPECT_TRUE(reader.next()->has_value());
  }
  reader.feed("*2\r\n*4\r\n");
  const auto refused = reader.next();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().detail, "received a reply of more than 5 items");

  ReplyReader huge;
  huge.feed("*2000000000\r\n");
  EXPECT_FALSE(huge.next().ok());
}

}  // namespace
}  // namespace claimferry::redis
