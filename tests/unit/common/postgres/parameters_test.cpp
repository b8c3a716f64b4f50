#include "common/postgres/parameters.hpp"

#include <gtest/gtest.h>

namespace claimferry::postgres {
namespace {

using namespace std::string_literals;

TEST(Parameters, AnArraySaysItsTypeItsSizeAndEachLength) {
  Array array(Element::text);
  array.text("ab");
  array.null();
  array.text("");
  EXPECT_EQ(array.size(), 3U);
  EXPECT_EQ(std::move(array).finish(),
            "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\3\0\0\0\1"
            "\0\0\0\2ab\xff\xff\xff\xff\0\0\0\0"s);
}

TEST(Parameters, AnEmptyArrayHasNoDimension) {
  EXPECT_EQ(Array(Element::bytes).finish(), "\0\0\0\0\0\0\0\0\0\0\0\x11"s);
}

TEST(Parameters, AWholeNumberIsEightBytesTheLargestFirst) {
  Parameters parameters;
  parameters.integer(-2).null();
  EXPECT_EQ(parameters.at(0), "\xff\xff\xff\xff\xff\xff\xff\xfe"s);
  EXPECT_EQ(parameters.at(1), std::nullopt);
  EXPECT_EQ(parameters.size(), 2U);
}

TEST(Parameters, ATextKeepsNoNulAndBytesDo) {
  Parameters parameters;
  parameters.text("a\0b"s).bytes("a\0b"s);
  EXPECT_EQ(parameters.at(0), "a\xEF\xBF\xBD"s + "b");
  EXPECT_EQ(parameters.at(1), "a\0b"s);
}

}  // namespace
}  // namespace claimferry::postgres
