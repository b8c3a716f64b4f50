#include "common/base/digest.hpp"

#include <gtest/gtest.h>

namespace claimferry {
namespace {

constexpr std::string_view abc_digest =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Digest, Sha256OfAbcIsTheStandardsVector) {
  EXPECT_EQ(to_hex(sha256("abc")), abc_digest);
}

TEST(Digest, PiecesGiveTheSameAsTheWhole) {
  Sha256Builder builder;
  builder.update("a");
  builder.update("");
  builder.update("bc");
  EXPECT_EQ(to_hex(builder.finish()), abc_digest);
  builder.reset();
  builder.update("abc");
  EXPECT_EQ(to_hex(builder.finish()), abc_digest);
}

}  // namespace
}  // namespace claimferry
