// deploy/demo.sh as people type it: what it prints, and that it leaves nothing running, however it
// ends. With CLAIMFERRY_BIN in the environment it takes the programs under test and builds nothing.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <sstream>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/process.hpp"

namespace claimferry::integration {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::IsEmpty;

std::string source(const std::string& path) {
  const char* folder = std::getenv("CLAIMFERRY_SOURCE");
  return std::string(folder == nullptr ? "." : folder) + "/" + path;
}

class Demo : public ::testing::Test {
 protected:
  using Words = std::vector<std::string>;

  // Everything that it makes is below our directory, so that we find it again.
  Words command(const Words& words, const Words& environment = {}) const {
    Words all{"env", "TMPDIR=" + directory_.path().string()};
    all.insert(all.end(), environment.begin(), environment.end());
    all.push_back(source("deploy/demo.sh"));
    all.insert(all.end(), words.begin(), words.end());
    return all;
  }
  Output run_to_end(const Words& words, const Words& environment = {}) const {
    return run(command(words, environment), "", 120s);
  }
  void start(const Words& words, const Words& environment = {}) {
    Streams streams;
    streams.out = directory_.path() / "out";
    streams.errors = directory_.path() / "errors";
    demo_ = std::make_unique<Process>("demo.sh", command(words, environment), streams);
  }
  bool says(const std::string& text) const {
    return eventually(60s, [&] { return demo_->log_text().find(text) != std::string::npos; });
  }
  // Far too much to do for so small a limit: it stands in the middle of the sync.
  void start_a_long_one() {
    start({"--members", "50", "--eobs", "40", "--limit", "5", "--json"});
    ASSERT_TRUE(says(" requests ")) << demo_->log_text();
  }
  std::filesystem::path home() const {
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      if (entry.path().filename().string().starts_with("claimferry-demo-")) {
        return entry.path();
      }
    }
    return {};
  }
  pid_t child(const std::string& its_file) const {
    const auto found = processes_naming((home() / its_file).string());
    return found.empty() ? 0 : found.front();
  }
  std::vector<pid_t> left() const { return processes_naming(directory_.path().string()); }
  std::string printed() const { return read_file(directory_.path() / "out"); }

  TemporaryDirectory directory_;
  std::unique_ptr<Process> demo_;
};

std::vector<std::string> keys_of(const json::value& value) {
  std::vector<std::string> keys;
  for (const auto& field : value.as_object()) {
    keys.emplace_back(field.key());
  }
  return keys;
}

// The keys that others read, all there, in success and in failure.
json::value summary_in(const std::string& text) {
  std::string last;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    last = line;
  }
  boost::system::error_code ec;
  json::value summary = json::parse(last, ec);
  EXPECT_FALSE(ec) << "no JSON: " << text;
  if (ec) {
    return {};
  }
  EXPECT_THAT(keys_of(summary),
              testing::UnorderedElementsAre("schema", "ok", "reason", "members", "resources",
                                            "claims_by_type", "billed_total", "paid_total", "pages",
                                            "requests", "status_429", "elapsed_seconds",
                                            "eobs_per_second", "megabytes_per_second", "verdict",
                                            "violations", "data", "addresses"));
  EXPECT_EQ(summary.at("schema").as_int64(), 1);
  EXPECT_THAT(keys_of(summary.at("members")), testing::UnorderedElementsAre("requested", "synced"));
  EXPECT_THAT(keys_of(summary.at("verdict")),
              testing::UnorderedElementsAre("lost", "duplicated", "wrong"));
  EXPECT_THAT(keys_of(summary.at("violations")),
              testing::IsSupersetOf({"requests_during_retry_after", "refresh_reused",
                                     "tokens_elsewhere", "unknown_parameters", "concurrency_max"}));
  EXPECT_THAT(keys_of(summary.at("data")), testing::UnorderedElementsAre("kind", "path"));
  EXPECT_TRUE(summary.at("billed_total").is_string());
  EXPECT_TRUE(summary.at("addresses").is_object());
  return summary;
}

std::string reason_in(const json::value& summary) {
  return std::string(summary.at("reason").as_string());
}

TEST_F(Demo, SyncsIsJudgedAndLeavesNothingRunning) {
  const Output output = run_to_end({"--members", "3", "--json"});
  ASSERT_EQ(output.status, 0) << output.errors;
  EXPECT_EQ(std::ranges::count(output.text, '\n'), 1) << "one line, for programs";
  const json::value summary = summary_in(output.text);
  EXPECT_TRUE(summary.at("ok").as_bool());
  EXPECT_EQ(reason_in(summary), "");
  EXPECT_EQ(summary.at("members").at("synced").as_int64(), 3);
  EXPECT_EQ(summary.at("resources").at("ExplanationOfBenefit").as_int64(), 90);
  EXPECT_EQ(keys_of(summary.at("addresses")).size(), 6U);
  EXPECT_THAT(left(), IsEmpty());
}

// The three to try are run as printed.
TEST_F(Demo, ItsQueriesAnswerExactDecimals) {
  const Output output = run_to_end({"--members", "2"});
  ASSERT_EQ(output.status, 0) << output.errors;
  EXPECT_THAT(output.text, HasSubstr("verdict                clean"));
  std::istringstream stream(output.text);
  int queries = 0;
  for (std::string line; std::getline(stream, line);) {
    if (line.find("  sqlite3 ") == 0) {
      ++queries;
      const Output answered = run({"sh", "-c", line});
      EXPECT_EQ(answered.status, 0) << line << answered.errors;
      EXPECT_NE(answered.text, "");
      EXPECT_EQ(line.find("10000.0"), std::string::npos) << "a float holds no amount";
    }
  }
  EXPECT_EQ(queries, 3);
}

TEST_F(Demo, ALimitMakesThePayerAnswer429AndIsHeeded) {
  const Output output = run_to_end({"--members", "6", "--limit", "8", "--json"});
  ASSERT_EQ(output.status, 0) << output.errors;
  EXPECT_GT(summary_in(output.text).at("status_429").as_int64(), 0);
}

TEST_F(Demo, WatchingShowsTheSyncAsItGoes) {
  const Output output = run_to_end({"--members", "6", "--limit", "8", "--watch"});
  ASSERT_EQ(output.status, 0) << output.errors;
  EXPECT_THAT(output.text, HasSubstr("6 active"));
  EXPECT_THAT(output.text, HasSubstr("within two days"));
  if (run({"sh", "-c", "command -v prometheus && command -v chromium"}).status == 0) {
    EXPECT_THAT(output.text, HasSubstr("as we draw them out of 3 programs' numbers"));
  }
  EXPECT_THAT(output.text, HasSubstr("verdict                clean"));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(Demo, MistakesAreSaidInJsonToo) {
  for (const Words& words :
       {Words{"--json", "--members", "0"}, Words{"--members", "1000001", "--json"},
        Words{"--eobs", "100001", "--json"}, Words{"--json", "--limit"},
        Words{"--nonsense", "--json"}}) {
    const Output output = run_to_end(words);
    EXPECT_EQ(output.status, 2);
    const json::value summary = summary_in(output.text);
    EXPECT_FALSE(summary.at("ok").as_bool());
    EXPECT_NE(reason_in(summary), "");
    EXPECT_THAT(output.errors, HasSubstr("usage: deploy/demo.sh"));
  }
}

TEST_F(Demo, ABuildThatFailsIsSaidInJsonToo) {
  write_file(directory_.path() / "cmake", "#!/bin/sh\necho 'no compiler'\nexit 3\n");
  std::filesystem::permissions(directory_.path() / "cmake", std::filesystem::perms::owner_all);
  const Output output = run_to_end(
      {"--json"},
      {"CLAIMFERRY_BIN=", "PATH=" + directory_.path().string() + ":" + std::getenv("PATH")});
  EXPECT_EQ(output.status, 1);
  EXPECT_THAT(output.errors, HasSubstr("no compiler"));
  EXPECT_THAT(reason_in(summary_in(output.text)), HasSubstr("the build failed"));
}

TEST_F(Demo, ASignalEndsABuildAtOnce) {
  const std::string fifo = directory_.path() / "never";
  write_file(directory_.path() / "cmake", "#!/bin/sh\ntail -F " + fifo + " & wait\n");
  std::filesystem::permissions(directory_.path() / "cmake", std::filesystem::perms::owner_all);
  start({"--json"},
        {"CLAIMFERRY_BIN=", "PATH=" + directory_.path().string() + ":" + std::getenv("PATH")});
  ASSERT_TRUE(eventually(30s, [&] { return !processes_naming(fifo).empty(); }))
      << demo_->log_text();
  demo_->signal(SIGTERM);
  EXPECT_EQ(demo_->wait(5s), 128 + SIGTERM);
  EXPECT_FALSE(summary_in(printed()).at("ok").as_bool());
  EXPECT_TRUE(eventually(5s, [&] { return left().empty(); }));
}

TEST_F(Demo, CtrlCEndsEverythingWithTheReason) {
  ASSERT_NO_FATAL_FAILURE(start_a_long_one());
  EXPECT_EQ(left().size(), 5U) << "Redis, sandbox, scheduler and two workers";
  demo_->signal_group(SIGINT);
  EXPECT_EQ(demo_->wait(12s), 128 + SIGINT);
  const json::value summary = summary_in(printed());
  EXPECT_FALSE(summary.at("ok").as_bool());
  EXPECT_EQ(reason_in(summary), "interrupted");
  EXPECT_EQ(summary.at("members").at("requested").as_int64(), 50);
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(Demo, AChildThatHangsDoesNotHoldTheEndUp) {
  for (const char* file : {"sandbox.ready", "worker-1.ready"}) {
    ASSERT_NO_FATAL_FAILURE(start_a_long_one());
    ::kill(child(file), SIGSTOP);
    demo_->signal_group(SIGINT);
    EXPECT_EQ(demo_->wait(25s), 128 + SIGINT) << file;
    EXPECT_FALSE(summary_in(printed()).at("ok").as_bool());
    EXPECT_THAT(left(), IsEmpty());
    std::filesystem::remove_all(home());
    std::filesystem::remove(directory_.path() / "out");
    std::filesystem::remove(directory_.path() / "errors");
  }
}

TEST_F(Demo, ASecondCtrlCKillsWhatIsLeft) {
  ASSERT_NO_FATAL_FAILURE(start_a_long_one());
  ::kill(child("worker-1.ready"), SIGSTOP);
  demo_->signal_group(SIGINT);
  ASSERT_TRUE(says("demo: interrupted"));
  demo_->signal_group(SIGINT);
  EXPECT_EQ(demo_->wait(3s), 128 + SIGINT);
  EXPECT_TRUE(eventually(5s, [&] { return left().empty(); }));
}

struct Victim {
  const char* name;
  const char* file;  // that its command line names
};
void PrintTo(const Victim& victim, std::ostream* out) {
  *out << victim.name;
}

class DemosChild : public Demo, public ::testing::WithParamInterface<Victim> {};

TEST_P(DemosChild, EndsEverythingWhenItDies) {
  ASSERT_NO_FATAL_FAILURE(start_a_long_one());
  ::kill(child(GetParam().file), SIGKILL);
  EXPECT_EQ(demo_->wait(20s), 1);
  const json::value summary = summary_in(printed());
  EXPECT_FALSE(summary.at("ok").as_bool());
  EXPECT_THAT(reason_in(summary),
              HasSubstr(std::string(GetParam().name) + " ended with status 137"));
  EXPECT_THAT(left(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Children, DemosChild,
                         ::testing::Values(Victim{"sandbox", "sandbox.ready"},
                                           Victim{"redis", "redis.sock"},
                                           Victim{"scheduler", "scheduler.ready"},
                                           Victim{"worker-2", "worker-2.ready"}),
                         [](const auto& instance) {
                           std::string name = instance.param.name;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

// A pipe ends when the script does, not when the kept programs do.
TEST_F(Demo, KeepLeavesEverythingRunningAndHoldsNoPipe) {
  std::string line;
  for (const std::string& word : command({"--members", "2", "--keep"})) {
    line += word + " ";
  }
  const Output output = run({"sh", "-c", line + "2>&1 | tail -n 1"}, "", 60s);
  ASSERT_THAT(output.text, HasSubstr("End:  kill "));
  EXPECT_EQ(left().size(), 5U);
  EXPECT_EQ(run({"sh", "-c", output.text.substr(output.text.find("kill "))}).status, 0);
  EXPECT_TRUE(eventually(30s, [&] { return left().empty(); }));
}

}  // namespace
}  // namespace claimferry::integration
