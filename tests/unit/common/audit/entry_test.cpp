#include "common/audit/entry.hpp"

#include <gtest/gtest.h>

namespace claimferry::audit {
namespace {

TEST(Entry, IsWhatTheScriptNoted) {
  const Entry entry =
      stream_entry("1795789970340-2", {"event", "consent_given", "member", "M1", "by", "ada"});
  EXPECT_EQ(entry.id, "1795789970340-2");
  EXPECT_EQ(entry.at, WallTime(Duration(1795789970340)));
  EXPECT_EQ(entry.event, "consent_given");
  EXPECT_EQ(entry.fields, (Fields{{"member", "M1"}, {"by", "ada"}}));
  EXPECT_EQ(entry.field("by"), "ada");
  EXPECT_EQ(entry.field("absent"), "");
}

TEST(Entry, NamesWhatAnOlderReleaseOrAHandWrote) {
  EXPECT_EQ(stream_entry("1-0", {"cmd", "pause"}).event, "operator");
  EXPECT_EQ(stream_entry("1-0", {"a", "b"}).event, "foreign");
  EXPECT_EQ(stream_entry("1-0", {}).event, "foreign");
  const Entry odd = stream_entry("1-0", {"event", "x", "event", "y", "left"});
  EXPECT_EQ(odd.event, "x");
  EXPECT_EQ(odd.fields, (Fields{{"event", "y"}}));
}

TEST(Entry, ReplacesWhatIsNoUtf8) {
  const std::pair<std::string, std::string> cases[] = {
      {"Grüße, €, 😀", "Grüße, €, 😀"},
      {"a\xFFz", "a\uFFFDz"},
      {"\xC3", "\uFFFD"},                                // cut within a character
      {"\xC0\xAF", "\uFFFD\uFFFD"},                      // overlong
      {"\xE0\x80\x80", "\uFFFD\uFFFD\uFFFD"},            // likewise
      {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},            // a surrogate
      {"\xF5\x80\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // beyond Unicode
  };
  for (const auto& [raw, clean] : cases) {
    EXPECT_EQ(stream_entry("1-0", {"f", raw}).field("f"), clean);
  }
}

TEST(Entry, OfLossesIsAnothersForEachTotal) {
  const Entry entry = losses(3, 10, WallTime(Duration(5)));
  EXPECT_EQ(entry.event, "entries_lost");
  EXPECT_EQ(entry.field("entries"), "3");
  EXPECT_EQ(entry.field("in_all"), "10");
  EXPECT_NE(entry.id, losses(3, 13, WallTime(Duration(5))).id);
}

}  // namespace
}  // namespace claimferry::audit
