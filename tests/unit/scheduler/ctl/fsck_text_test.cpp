#include "scheduler/ctl/fsck_text.hpp"

#include <gmock/gmock.h>

namespace claimferry::ctl {
namespace {

using queue::FsckReport;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

FsckReport report_of(std::vector<queue::Finding> findings) {
  FsckReport report;
  report.begin_walk();
  for (queue::Finding& finding : findings) {
    report.add(std::move(finding));
  }
  return report;
}
const queue::Finding nowhere{"I3", "job j1", "stands in no place and says ready", "made ready"};

TEST(FsckText, ASoundQueueIsARowAnInvariant) {
  const std::string text = fsck_table(report_of({}));
  EXPECT_THAT(text, HasSubstr("CHECK      FOUND  REPAIRED  WHAT HOLDS\n"
                              "I1             0         0  a member stands in its ready set"));
  EXPECT_THAT(text, HasSubstr("\nI7             0         0  "));
  EXPECT_THAT(text, EndsWith("\nthe queue is sound\n"));
}

TEST(FsckText, SaysWhatWasFoundAndWhatToType) {
  const std::string text = fsck_table(report_of({nowhere}));
  EXPECT_THAT(text, HasSubstr("\nI3             1         0  "));
  EXPECT_THAT(text, HasSubstr("\nI3  job j1 stands in no place and says ready; --repair: made "
                              "ready\n"));
  EXPECT_THAT(text, EndsWith("mend it while it works: claimferry fsck --repair\n"));
}

TEST(FsckText, SaysWhatWasMended) {
  queue::Finding mended = nowhere;
  mended.mended = true;
  const std::string text = fsck_table(report_of({mended}));
  EXPECT_THAT(text, HasSubstr("\nI3             1         1  "));
  EXPECT_THAT(text, HasSubstr("says ready; made ready\n"));
  EXPECT_THAT(text, EndsWith("the queue is sound again\n"));
}

TEST(FsckText, SaysWhatIsLeftToAPerson) {
  const std::string text =
      fsck_table(report_of({{"keys", "key k", "is not ours", "rename it away", false, false}}));
  EXPECT_THAT(text, HasSubstr("key k is not ours; rename it away\n"));
  EXPECT_THAT(text, EndsWith("what is left needs a person; each line says what to do\n"));
}

TEST(FsckText, TellsOfWhatItCouldNotJudge) {
  FsckReport report = report_of(std::vector(30, nowhere));
  report.add_aside("cf:{0}:aside:wake");
  report.add_hidden(2);
  report.add_unjudged("live");
  const std::string text = fsck_table(report);
  EXPECT_THAT(text, HasSubstr("and 10 more\n"));
  EXPECT_THAT(text, HasSubstr("put aside: cf:{0}:aside:wake; look at it, then delete it\n"));
  EXPECT_THAT(text, HasSubstr("2 items could not be looked at"));
  EXPECT_THAT(text, HasSubstr("not judged: live, which changes too fast"));
  EXPECT_THAT(text, Not(HasSubstr("sound")));
}

TEST(FsckText, IsOneObjectAsJson) {
  const std::string text = fsck_json(report_of({nowhere}));
  EXPECT_THAT(text, HasSubstr(R"({"clean":false,"found":1,"repaired":0,"left":1,"checks":[{)"));
  EXPECT_THAT(text, HasSubstr(R"({"check":"I3","found":1,"repaired":0})"));
  EXPECT_THAT(text, HasSubstr(R"("examples":[{"check":"I3","about":"job j1",)"));
  EXPECT_THAT(text, EndsWith(R"("hidden":0,"aside":[],"unjudged":[]})"));
}

}  // namespace
}  // namespace claimferry::ctl
