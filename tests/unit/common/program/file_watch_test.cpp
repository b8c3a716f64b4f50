#include "common/program/file_watch.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/worker/outside.hpp"

namespace claimferry::program {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Told final : public telemetry::Observer {
 public:
  void on(const telemetry::Event& event) noexcept override {
    const auto& reloaded = std::get<telemetry::FilesReloaded>(event);
    said.push_back(reloaded.what + ": " + (reloaded.detail.empty() ? "ok" : reloaded.detail) +
                   ", " + std::to_string(reloaded.failing));
  }
  std::vector<std::string> said;
};

// A folder as a pod has it mounted: files are links to ..data, a link to a folder of a moment.
class FileWatchTest : public testing::Test {
 protected:
  FileWatchTest() {
    put("first", "one");
    fs::create_directory_symlink("first", mount / "..data");
    fs::create_symlink("..data/secret", mount / "secret");
    watch.add("payer.client_secret_file", mount / "secret", [this] { return reload(); });
    reloads = 0;
  }
  ~FileWatchTest() override { fs::remove_all(mount); }
  void put(const std::string& moment, const std::string& secret) const {
    fs::create_directory(mount / moment);
    std::ofstream(mount / moment / "secret") << secret;
  }
  // As kubelet does: a new link beside the old one, put in its place in one step.
  void swap(const std::string& moment, const std::string& secret) const {
    put(moment, secret);
    fs::create_directory_symlink(moment, mount / "..data_tmp");
    fs::rename(mount / "..data_tmp", mount / "..data");
  }
  Result<void> reload() {
    ++reloads;
    std::ifstream file(mount / "secret");
    std::string text;
    if (!std::getline(file, text)) {
      return Failure{FailureKind::permanent, "secret_file", "holds nothing"};
    }
    if (text == "throw") {
      throw std::runtime_error("no key");
    }
    in_force = text;
    return {};
  }

  std::string name = "/tmp/claimferry-watch-XXXXXX";
  fs::path mount = ::mkdtemp(name.data());
  std::string in_force = "one";
  int reloads = 0;
  worker::StandingClock clock;
  worker::QuickSleeper sleeper{clock};
  Told told;
  FileWatch watch{sleeper, told};
};

TEST_F(FileWatchTest, WhatDidNotChangeIsNotReadAgain) {
  watch.look();
  watch.look();
  EXPECT_EQ(reloads, 0);
  EXPECT_THAT(told.said, IsEmpty());
}

// A program reads at its start, and may wait for Redis for an hour before it watches.
TEST_F(FileWatchTest, WhatChangedBeforeItIsWatchedIsInForceAtOnce) {
  swap("second", "two");
  FileWatch late{sleeper, told};
  late.add("payer.client_secret_file", mount / "secret", [this] { return reload(); });
  EXPECT_EQ(in_force, "two");
  EXPECT_THAT(told.said, IsEmpty());
  swap("third", "");
  FileWatch later{sleeper, told};
  later.add("payer.client_secret_file", mount / "secret", [this] { return reload(); });
  EXPECT_THAT(told.said, ElementsAre("payer.client_secret_file: holds nothing, 1"));
  swap("fourth", "four");
  later.look();
  EXPECT_EQ(in_force, "four");
}

TEST_F(FileWatchTest, ASwappedFolderIsReadAnewOnce) {
  swap("second", "two");
  watch.look();
  watch.look();
  EXPECT_EQ(in_force, "two");
  EXPECT_EQ(reloads, 1);
  EXPECT_THAT(told.said, ElementsAre("payer.client_secret_file: ok, 0"));
}

TEST_F(FileWatchTest, AFileThatIsWrittenOverIsReadAnewToo) {
  std::ofstream(mount / "first" / "secret") << "longer than before";
  watch.look();
  EXPECT_EQ(in_force, "longer than before");
}

TEST_F(FileWatchTest, WhatCannotBeUsedLeavesTheOneBeforeAndIsToldOnce) {
  swap("second", "");
  watch.look();
  watch.look();
  EXPECT_EQ(in_force, "one");
  EXPECT_EQ(reloads, 2) << "it is tried again";
  EXPECT_THAT(told.said, ElementsAre("payer.client_secret_file: holds nothing, 1"));
  swap("third", "throw");
  watch.look();
  EXPECT_EQ(in_force, "one");
  swap("fourth", "four");
  watch.look();
  EXPECT_EQ(in_force, "four");
  EXPECT_THAT(told.said, ElementsAre("payer.client_secret_file: holds nothing, 1",
                                     "payer.client_secret_file: no key, 1",
                                     "payer.client_secret_file: ok, 0"));
}

TEST_F(FileWatchTest, AFileThatIsGoneForAMomentIsTroubleUntilItIsBack) {
  fs::rename(mount / "..data", mount / "away");
  watch.look();
  EXPECT_EQ(in_force, "one");
  fs::rename(mount / "away", mount / "..data");
  watch.look();
  EXPECT_THAT(told.said, ElementsAre("payer.client_secret_file: holds nothing, 1",
                                     "payer.client_secret_file: ok, 0"));
}

TEST_F(FileWatchTest, OneThatFailsHidesNoOther) {
  std::ofstream(mount / "other") << "x";
  bool is_good = true;
  watch.add("vault.key_file", mount / "other", [&is_good]() -> Result<void> {
    if (!is_good) {
      return Failure{FailureKind::permanent, "key_file", "no key"};
    }
    return {};
  });
  is_good = false;
  std::ofstream(mount / "other") << "xx";
  swap("second", "two");
  watch.look();
  EXPECT_THAT(told.said,
              ElementsAre("payer.client_secret_file: ok, 0", "vault.key_file: no key, 1"));
  is_good = true;
  watch.look();
  EXPECT_EQ(told.said.back(), "vault.key_file: ok, 0");
}

TEST_F(FileWatchTest, LooksUntilItIsStopped) {
  swap("second", "two");
  sleeper.on_sleep = [this] {
    if (sleeper.slept.size() == 3) {
      watch.stop();
    }
  };
  boost::asio::io_context io;
  contract::run_all(io, [this] {
    std::vector<awaitable<void>> operations;
    operations.push_back(watch.run());
    return operations;
  }());
  EXPECT_EQ(in_force, "two");
  EXPECT_EQ(sleeper.slept.size(), 3U);
}

}  // namespace
}  // namespace claimferry::program
