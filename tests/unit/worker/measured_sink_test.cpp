#include "worker/measured_sink.hpp"

#include <map>

#include <gtest/gtest.h>

#include "tests/contract/put_row.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/worker/pull_outside.hpp"

namespace claimferry::worker {
namespace {

using claims::TableId;

class Told final : public telemetry::Observer {
 public:
  void on(const telemetry::Event& event) noexcept override {
    if (const auto* wrote = std::get_if<telemetry::SinkWrote>(&event)) {
      commits.push_back(*wrote);
    } else if (const auto* stored = std::get_if<telemetry::ClaimsStored>(&event)) {
      claims[std::string(stored->type)] += stored->claims;
    }
  }
  std::vector<telemetry::SinkWrote> commits;
  std::map<std::string, unsigned> claims;
};

class MeasuredSinkTest : public testing::Test {
 protected:
  MeasuredSinkTest() {
    inner->on_commit = [this] { clock.now += Duration(40); };
  }
  Result<claims::CommitReport> commit() {
    const queue::JobRef job{*JobId::parse("0123456789abcdef01234567"), *MemberId::parse("M1"),
                            Fence{1}};
    claims::PageCommit page{{*PayerName::parse("aetna"), job},
                            queue::Resource::eob,
                            false,
                            WallTime(),
                            claims::ParsedPage(),
                            queue::Cursor()};
    for (const auto& [type, sub_type] :
         std::initializer_list<std::pair<const char*, const char*>>{{"pharmacy", ""},
                                                                    {"institutional", "inpatient"},
                                                                    {"institutional", "outpatient"},
                                                                    {"institutional", ""},
                                                                    {"pharmacy", "anything"}}) {
      claims::put(page.page, TableId::claim, 0, {{"claim_type", type}, {"sub_type", sub_type}});
    }
    boost::asio::io_context io;
    return contract::run(io, sink.commit(std::move(page)));
  }

  StandingClock clock;
  std::shared_ptr<SinkStub> inner = std::make_shared<SinkStub>();
  Told told;
  MeasuredSink sink{inner, clock, told};
};

TEST_F(MeasuredSinkTest, TellsHowLongACommitTookAndOfWhichTypesItsClaimsWere) {
  ASSERT_TRUE(commit().ok());
  ASSERT_EQ(told.commits.size(), 1U);
  EXPECT_EQ(told.commits[0].took, Duration(40));
  EXPECT_EQ(told.commits[0].code, "");
  EXPECT_EQ(told.claims, (std::map<std::string, unsigned>{{"pharmacy", 2},
                                                          {"inpatient-institutional", 1},
                                                          {"outpatient-institutional", 1},
                                                          {"institutional", 1}}));
}

TEST_F(MeasuredSinkTest, ACommitThatFailedStoredNoClaims) {
  inner->commits.emplace_back(Failure{FailureKind::local, "disk_full", "no space"});
  EXPECT_EQ(commit().failure().code, "disk_full");
  ASSERT_EQ(told.commits.size(), 1U);
  EXPECT_EQ(told.commits[0].code, "disk_full");
  EXPECT_TRUE(told.claims.empty());
}

TEST_F(MeasuredSinkTest, AStaleFenceIsNoFailureOfTheSink) {
  inner->commits.emplace_back(Failure{FailureKind::lease_lost, "sink_fenced", "2"});
  EXPECT_FALSE(commit().ok());
  EXPECT_TRUE(told.commits.empty());
}

}  // namespace
}  // namespace claimferry::worker
