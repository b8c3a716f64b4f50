// The chaos as people run it: a minute of it ends clean, and a loss that is planted does not.
#include <csignal>
#include <cstdlib>
#include <sstream>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/process.hpp"

namespace claimferry::integration {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Chaos : public ::testing::Test {
 protected:
  using Words = std::vector<std::string>;

  void SetUp() override {
    if (run({"sh", "-c", "command -v redis-server"}).status != 0) {
      GTEST_SKIP() << "no redis-server on the PATH: deploy/install-deps.sh brings it";
    }
  }
  // What it makes is below our directory, so that we find what it leaves.
  Words command(const std::string& program, const Words& words) const {
    Words all{"env", "TMPDIR=" + directory_.path().string(), program};
    all.insert(all.end(), words.begin(), words.end());
    return all;
  }
  static std::string script() {
    const char* source = std::getenv("CLAIMFERRY_SOURCE");
    return std::string(source == nullptr ? "." : source) + "/tests/chaos/run.sh";
  }
  static std::string program() {
    const char* folder = std::getenv("CLAIMFERRY_BIN");
    return std::string(folder == nullptr ? "." : folder) + "/claimferry-chaos";
  }
  std::vector<pid_t> left() const { return processes_naming(directory_.path().string()); }

  TemporaryDirectory directory_;
};

TEST_F(Chaos, AMinuteOfItLosesNothingAndLeavesNothingBehind) {
  const Output output = run(command(script(), {"--minutes", "1", "--seed", "1"}), "", 600s);
  EXPECT_EQ(output.status, 0) << output.text << output.errors;
  EXPECT_THAT(output.text, EndsWith("\nverdict  clean\n"));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(Chaos, AClaimThatIsTakenOutOfTheSinkIsFound) {
  const Words words{"--minutes", "0.05", "--plant-loss", "--json"};
  const Output output = run(command(program(), words), "", 300s);
  EXPECT_EQ(output.status, 1) << output.text << output.errors;
  const auto said = boost::json::parse(output.text);
  EXPECT_FALSE(said.at("ok").as_bool());
  EXPECT_THAT(std::string(said.at("reason").as_string()), StartsWith("lost 1; "));
  EXPECT_TRUE(std::filesystem::exists(std::string(said.at("directory").as_string())));
}

TEST_F(Chaos, EndsAtOnceWhenItIsInterruptedAndSaysWhereItWas) {
  Streams streams;
  streams.out = directory_.path() / "out";
  streams.errors = directory_.path() / "errors";
  Process chaos("chaos", command(program(), {"--minutes", "5"}), streams);
  const auto is_under_way = [&] {
    return processes_naming(directory_.path().string() + "/claimferry-").size() >= 9;
  };
  ASSERT_TRUE(eventually(60s, is_under_way)) << chaos.log_text();
  chaos.signal(SIGINT);
  EXPECT_EQ(chaos.wait(5s), 128 + SIGINT);
  EXPECT_THAT(read_file(streams.out), EndsWith("\nverdict  NOT clean: interrupted\n"));
  EXPECT_TRUE(eventually(
      10s, [&] { return processes_naming(directory_.path().string() + "/claimferry-").empty(); }));
}

TEST_F(Chaos, OptionsThatAreWrongAreRefusedWithWhatToType) {
  struct Mistake {
    Words words;
    const char* says;
  };
  const Mistake mistakes[] = {
      {{"--minutes", "soon"}, "--minutes takes a number, such as --minutes 10"},
      {{"--seed"}, "--seed takes a whole number, such as --seed 7"},
      {{"--preset", "debug"}, "--preset takes dev, release, asan or tsan"},
      {{"--hours", "1"}, "no such option: --hours; write --minutes M"},
      {{"--minutes", "0"}, "--minutes"},
  };
  for (const Mistake& mistake : mistakes) {
    const Output output = run(command(script(), mistake.words));
    EXPECT_EQ(output.status, 2) << output.errors;
    EXPECT_THAT(output.errors, HasSubstr(mistake.says));
  }
  EXPECT_THAT(run(command(script(), {"--help"})).text, StartsWith("usage: tests/chaos/run.sh"));
}

}  // namespace
}  // namespace claimferry::integration
