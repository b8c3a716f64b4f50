// The real processes on segments of NDJSON: two workers share the directory, one is killed in the
// midst, and the judge reads what they left as the README tells readers to.
#include <csignal>
#include <cstdlib>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

using testing::HasSubstr;

constexpr unsigned members = 8;
constexpr unsigned eobs = 60;

class NdjsonFleet : public testing::Test {
 protected:
  static FleetOptions options(const std::string& lake) {
    FleetOptions options;
    options.worker = "shards = 1\nslots = 4\nrequests_in_flight_max = 4\ndrain = \"5s\"\n";
    options.sink = "kind = \"ndjson\"\npath = \"" + lake +
                   "\"\nsegment_bytes = \"1MiB\"\nsegment_age = \"1s\"\n";
    return options;
  }
  std::size_t files(std::string_view ending) const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(lake_)) {
      count += entry.path().extension() == ending ? 1 : 0;
    }
    return count;
  }
  std::size_t lines_with(const std::string& mark) const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(lake_)) {
      std::istringstream lines(read_file(entry.path()));
      for (std::string line; std::getline(lines, line);) {
        count += line.find(mark) != std::string::npos ? 1 : 0;
      }
    }
    return count;
  }
  // The block of the README that begins with this line.
  static std::string readme_block(const std::string& first_line) {
    const std::string readme =
        read_file(std::filesystem::path(std::getenv("CLAIMFERRY_SOURCE")) / "README.md");
    const auto begin = readme.find(first_line);
    return begin == std::string::npos ? ""
                                      : readme.substr(begin, readme.find("```", begin) - begin);
  }

  TemporaryDirectory directory_;
  std::filesystem::path lake_ = directory_.path() / "lake";
  std::string sink_ = "ndjson:" + lake_.string();
};

TEST_F(NdjsonFleet, AWorkerKilledInTheMidstCostsNoClaimAndNoneTwice) {
  Fleet fleet(options(lake_.string()));
  fleet.start_all_but_workers();
  fleet.set_faults(R"({"latency_ms":{"min":60,"max":90}})");
  fleet.start_worker("worker-1");
  fleet.start_worker("worker-2");
  fleet.add_members(members, eobs);
  ASSERT_TRUE(eventually(60s, [&] { return files(".ndjson") + files(".part") >= 2; }));
  fleet.stop("worker-1", SIGKILL);
  fleet.set_faults(R"({"latency_ms":{"min":0,"max":0}})");
  fleet.start_worker("worker-3");
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs();
  // The living end their segments by age, and one of them the dead one's.
  ASSERT_TRUE(eventually(20s, [&] { return files(".part") == 0; }));
  EXPECT_EQ(fleet.verdict(sink_), "") << fleet.logs();
  // What the README prints for readers, on these very segments.
  const std::string reader = readme_block("# current.py");
  ASSERT_NE(reader, "");
  write_file(directory_.path() / "current.py", reader);
  const Output read = run({"python3", (directory_.path() / "current.py").string(), lake_.string()});
  ASSERT_EQ(read.status, 0) << read.errors;
  std::size_t claims = 0;
  std::istringstream lines(read.text);
  for (std::string line; std::getline(lines, line);) {
    claims += line.find("\"ExplanationOfBenefit\"") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(claims, members * eobs);
  ASSERT_TRUE(eventually(20s, [&] {
    return fleet.redis({"FCALL", "cf_version", "0"}).find("library") != std::string::npos;
  }));
  const std::string mark = R"("member":"M000001")";
  EXPECT_GT(lines_with(mark), eobs);
  const Output erased = fleet.cli({"erase", "M000001", "--confirm", "M000001", "--wait"});
  EXPECT_EQ(erased.status, 0) << erased.errors << fleet.logs();
  EXPECT_EQ(lines_with(mark), 1U);  // that says so
  EXPECT_EQ(fleet.stop("worker-2", SIGTERM), 0);
  EXPECT_EQ(fleet.stop("worker-3", SIGTERM), 0);
  EXPECT_EQ(files(".part"), 0U);
}

TEST_F(NdjsonFleet, CommandsThatNeedTablesSayThatThereAreNone) {
  Fleet fleet(options(lake_.string()));
  fleet.start_redis();
  fleet.start_sandbox();
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"reprocess"},
        {"export", "csv", "--out", (directory_.path() / "out").string()}}) {
    const Output refused = fleet.cli(words);
    EXPECT_EQ(refused.status, 4) << words[0];
    EXPECT_THAT(refused.errors, HasSubstr("ndjson, which has none")) << words[0];
  }
  const Output migrate = fleet.cli({"db", "migrate"});
  EXPECT_EQ(migrate.status, 4);
  EXPECT_THAT(migrate.errors, HasSubstr("db migrate is for postgres"));
}

}  // namespace
}  // namespace claimferry::integration
