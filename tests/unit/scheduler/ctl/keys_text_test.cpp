#include "scheduler/ctl/keys_text.hpp"

#include <gmock/gmock.h>

#include "tests/unit/common/vault/keys_fixture.hpp"

namespace claimferry::ctl {
namespace {

using queue::RotationReport;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using vault::KeyCensus;

vault::KeyRing ring(const std::string& lines) {
  return vault::KeyRing::parse(Secret(lines), "keys").value();
}
const vault::KeyRing k1_and_k2 =
    ring(vault::key_line("k1", 'a') + "*" + vault::key_line("k2", 'b'));

void count(KeyCensus& census, const std::string& key) {
  const vault::Vault vault = vault::vault_of(vault::key_line(key, 'a'));
  census.count(vault.new_data_key(vault::owner_of("aetna", "M1")).wrapped);
}

TEST(KeysText, SaysOfEachKeyWhatFollows) {
  KeyCensus census;
  count(census, "k1");
  count(census, "k2");
  count(census, "gone");
  census.count("");
  const std::string text = census_table(census, k1_and_k2);
  EXPECT_THAT(text, HasSubstr("KEY            MEMBERS  STANDING  WHAT FOLLOWS\n"
                              "k1                   1  needed    stays until they are under k2: "
                              "claimferry keys rotate\n"
                              "k2                   1  active    wraps new data keys\n"
                              "gone                 1  missing   not in the key file"));
  EXPECT_THAT(text, HasSubstr("\n-                    1  none      no data key"));
  EXPECT_THAT(text, Not(HasSubstr("before a key goes")));
}

TEST(KeysText, SaysThatBackupsNeedAKeyThatMayGo) {
  KeyCensus census;
  count(census, "k2");
  const std::string text = census_table(census, k1_and_k2);
  EXPECT_THAT(text,
              HasSubstr("k1                   0  may go    not needed here; backups of Redis"));
  EXPECT_THAT(text, EndsWith("see that every process was started with k2 active\n"));
}

TEST(KeysText, TheCensusIsOneLineOfJson) {
  KeyCensus census;
  count(census, "k2");
  census.count("");
  EXPECT_EQ(census_json(census, k1_and_k2),
            R"({"active":"k2","members":2,"without_data_key":1,"keys":[)"
            R"({"key":"k1","members":0,"standing":"may_go"},)"
            R"({"key":"k2","members":1,"standing":"active"}]})");
}

TEST(KeysText, ARotationEndsWithWhatToTypeNext) {
  RotationReport report;
  report.rewrapped = 4;
  report.already = 2;
  EXPECT_EQ(rotation_table(report, "k2"),
            "active key         k2\n"
            "members            6\n"
            "rewrapped          4\n"
            "already under it   2\n"
            "changing           0\n"
            "do not open        0\n"
            "all are under k2; which keys may go: claimferry keys status\n");
  report.changing = 1;
  EXPECT_THAT(rotation_table(report, "k2"), EndsWith("run it again: claimferry keys rotate\n"));
}

TEST(KeysText, NamesWhoseKeyDoesNotOpen) {
  RotationReport report;
  report.closed = 3;
  report.examples = {{*MemberId::parse("M7"), "a data key is wrapped with key k0"}};
  const std::string text = rotation_table(report, "k2");
  EXPECT_THAT(text, HasSubstr("\nM7: a data key is wrapped with key k0\nand 2 more\n"));
  EXPECT_THAT(text, EndsWith("which key they need: claimferry keys status\n"));
  EXPECT_EQ(rotation_json(report, "k2"),
            R"({"complete":false,"active":"k2","members":3,"rewrapped":0,"already":0,)"
            R"("changing":0,"closed":3,"examples":[)"
            R"({"member":"M7","why":"a data key is wrapped with key k0"}]})");
}

}  // namespace
}  // namespace claimferry::ctl
