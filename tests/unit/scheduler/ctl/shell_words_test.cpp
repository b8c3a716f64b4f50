#include "scheduler/ctl/shell_words.hpp"

#include <gtest/gtest.h>

namespace claimferry::ctl {
namespace {

TEST(ShellWords, AreTheCommandLinesOwn) {
  const std::pair<const char*, const char*> table[] = {
      {"next: FCALL cf_backfill 1 'cf:{0}' M1", "next: claimferry backfill add M1"},
      {"a\nFCALL cf_dead_replay 1 'cf:{0}' code=payer_5xx dry=1\nb",
       "a\nclaimferry dead replay --code payer_5xx --dry-run\nb"},
      {"to erase it: FCALL cf_erase 1 'cf:{0}' M1 confirm=M1",
       "to erase it: claimferry erase M1 --confirm M1"},
      {"redis-cli -e -x FCALL cf_backfill_many 1 'cf:{0}' since=2023-01-01 < members.txt",
       "claimferry backfill many --since 2023-01-01 --from members.txt"},
      {"see what is: FCALL cf_status 1 'cf:{0}'; or FCALL cf_dead 1 'cf:{0}'",
       "see what is: claimferry status; or claimferry dead count"},
      {"FCALL cf_unheard 1 'cf:{0}' x", "FCALL cf_unheard 1 'cf:{0}' x"},
      {"FCALL cf_", "FCALL cf_"},
      {"nothing of the kind", "nothing of the kind"},
  };
  for (const auto& [functions, shell] : table) {
    EXPECT_EQ(in_shell_words(functions), shell);
  }
}

}  // namespace
}  // namespace claimferry::ctl
