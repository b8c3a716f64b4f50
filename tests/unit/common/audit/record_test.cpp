#include "common/audit/record.hpp"

#include <gtest/gtest.h>

#include "common/base/digest.hpp"

namespace claimferry::audit {
namespace {

const Entry entry{"7-0", WallTime(Duration(7)), "consent_given", {{"member", "M1"}, {"by", ""}}};

TEST(Record, IsOneLineWhoseHashAnybodyCanComputeAgain) {
  const std::string line = line_after({}, entry);
  const std::string sealed = R"({"seq":1,"at":7,"id":"7-0","event":"consent_given",)"
                             R"("fields":{"member":"M1","by":""},"prev":")" +
                             std::string(genesis) + "\"";
  EXPECT_EQ(line, sealed + ",\"hash\":\"" + to_hex(sha256(sealed)) + "\"}");
}

TEST(Record, ComesBackAsItWasWritten) {
  const Head before{41, to_hex(sha256("before"))};
  const Entry odd{"a\"b", WallTime(Duration(-1)), "e", {{"\n\t\\", "Grüße \x7F\x01"}, {"", ""}}};
  const std::string line = line_after(before, odd);
  EXPECT_EQ(line.find_first_of("\n\t\x7F"), std::string::npos);
  const auto record = parse_line(line);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->seq, 42U);
  EXPECT_EQ(record->entry, odd);
  EXPECT_EQ(record->prev, before.hash);
  EXPECT_TRUE(is_sealed(line));
  EXPECT_EQ(line_after({42, record->hash}, entry).find(record->hash) != std::string::npos, true);
}

TEST(Record, OfEachByteChangedIsSealedNoMoreOrNone) {
  const std::string line = line_after({}, entry);
  for (std::size_t at = 0; at < line.size(); ++at) {
    std::string changed = line;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(parse_line(changed) && is_sealed(changed)) << at;
  }
}

TEST(Record, OfWhatIsNoLineIsNothing) {
  const std::string line = line_after({}, entry);
  for (const std::string& text :
       {std::string(), std::string("{}"), line.substr(0, line.size() - 1), line + " ", " " + line,
        std::string(R"({"seq":0)") + line.substr(8), std::string(R"({"seq":01)") + line.substr(8),
        std::string(R"({"seq":-1)") + line.substr(8)}) {
    EXPECT_FALSE(parse_line(text)) << text;
  }
  EXPECT_FALSE(is_sealed(""));
}

}  // namespace
}  // namespace claimferry::audit
