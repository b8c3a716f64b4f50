#include "common/queue/adapter/queue_counts.hpp"

#include <deque>

#include <gtest/gtest.h>

#include "tests/contract/run_coroutine.hpp"

namespace claimferry::queue {
namespace {

using Numbers = std::map<std::string, std::string>;

// A queue of which each walk tells other numbers.
class FakeCheck final : public QueueCheck {
 public:
  awaitable<Result<CheckReply>> check(CheckRequest request) override {
    CheckReply reply;
    if (request.kind == "count" && request.items.front() == "live") {
      reply.numbers = counted;
      reply.numbers[""] = "stamp" + std::to_string(moves_at_each_look ? ++looks : 0);
    } else if (request.kind == "count") {
      reply.numbers = {{"", "states"}};
    } else if (request.kind == "set_count") {
      set_to = std::move(request.items);
      set_under = std::move(request.context);
      reply.numbers = is_still_so ? Numbers{{"set", "1"}} : Numbers{};
    } else if (request.kind == "tally_jobs" && !walks.empty()) {
      reply.numbers = walks.front();
      walks.pop_front();
    }
    co_return reply;
  }
  awaitable<Result<Page>> keys(std::string) override {
    Page page;
    page.items = {"job:j1"};
    page.next = "0";
    co_return page;
  }
  awaitable<Result<Page>> members(std::string, std::string) override { co_return Page(); }
  awaitable<Result<Page>> pairs(std::string, std::string) override { co_return Page(); }

  Numbers counted;
  std::deque<Numbers> walks;
  bool moves_at_each_look = false;
  bool is_still_so = true;
  int looks = 0;
  std::vector<std::string> set_to;
  std::string set_under;
};

FsckReport judged(FakeCheck& check, bool repair = false) {
  boost::asio::io_context io;
  FsckReport report;
  report.begin_walk();
  QueueCounts counts(check, repair, report);
  EXPECT_TRUE(contract::run(io, counts.judge(false)).ok());
  return report;
}

const Numbers two{{"live aetna urgent", "2"}};
const Numbers three{{"live aetna urgent", "3"}};

TEST(QueueCounts, AreSoundWhenAWalkCountsTheSame) {
  FakeCheck check;
  check.counted = {{"aetna urgent", "2"}, {"aetna routine", "0"}};
  check.walks = {two};
  const auto report = judged(check);
  EXPECT_EQ(report.found(), 0U);
  EXPECT_TRUE(report.unjudged().empty());
}

TEST(QueueCounts, AreWrongWhenTwoWalksSaySo) {
  FakeCheck check;
  check.counted = {{"aetna urgent", "5"}, {"gone routine", "1"}};
  check.walks = {two, two};
  const auto report = judged(check);
  EXPECT_EQ(report.count("counts").found, 2U);
  EXPECT_EQ(report.examples().front().what, "says 5 and there are 2");
  EXPECT_TRUE(check.set_to.empty());
}

TEST(QueueCounts, OneWalkThatMetAKeyTwiceProvesNothing) {
  FakeCheck check;
  check.counted = {{"aetna urgent", "2"}};
  check.walks = {three, two};
  EXPECT_EQ(judged(check).found(), 0U);
}

TEST(QueueCounts, AreNotJudgedWhileTheyMove) {
  FakeCheck check;
  check.counted = {{"aetna urgent", "2"}};
  check.walks = std::deque<Numbers>(20, three);
  check.moves_at_each_look = true;
  const auto report = judged(check, true);
  EXPECT_EQ(report.found(), 0U);
  EXPECT_EQ(report.unjudged(), std::vector<std::string>{"live"});
  EXPECT_TRUE(check.set_to.empty());
}

TEST(QueueCounts, AreSetToWhatWasCountedIfTheyAreStillAsTheyWere) {
  FakeCheck check;
  check.counted = {{"aetna urgent", "2"}};
  check.walks = {three, three};
  const auto report = judged(check, true);
  EXPECT_EQ(report.count("counts").repaired, 1U);
  EXPECT_EQ(check.set_to, (std::vector<std::string>{"aetna urgent", "3"}));
  EXPECT_EQ(check.set_under, "live stamp0");
}

TEST(QueueCounts, AreLeftAloneWhenTheyMovedAtTheLastMoment) {
  FakeCheck check;
  check.counted = {{"aetna urgent", "2"}};
  check.walks = std::deque<Numbers>(20, three);
  check.is_still_so = false;
  const auto report = judged(check, true);
  EXPECT_EQ(report.found(), 0U);
  EXPECT_EQ(report.unjudged(), std::vector<std::string>{"live"});
}

}  // namespace
}  // namespace claimferry::queue
