// Children end with their test, and a command that hangs does not hang it.
#include "tests/integration/process.hpp"

#include <csignal>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace claimferry::integration {
namespace {

Streams log_in(const TemporaryDirectory& directory) {
  Streams streams;
  streams.out = directory.path() / "log";
  return streams;
}

TEST(Process, ChildrenDieWithATestThatIsKilled) {
  const TemporaryDirectory directory;
  const std::string name = directory.path() / "fifo";
  const pid_t doomed = ::fork();
  if (doomed == 0) {
    const Process child("child", {"tail", "-F", name}, log_in(directory));
    ::pause();
  }
  ASSERT_TRUE(eventually(10s, [&] { return processes_naming(name).size() == 1; }));
  ::kill(doomed, SIGKILL);
  ::waitpid(doomed, nullptr, 0);
  EXPECT_TRUE(eventually(10s, [&] { return processes_naming(name).empty(); }));
}

TEST(Process, ItsWholeGroupEndsWithIt) {
  const TemporaryDirectory directory;
  const std::string name = directory.path() / "fifo";
  {
    const Process child("child", {"sh", "-c", "tail -F " + name + " & wait"}, log_in(directory));
    ASSERT_TRUE(eventually(10s, [&] { return processes_naming(name).size() == 2; }));
  }
  EXPECT_TRUE(eventually(10s, [&] { return processes_naming(name).empty(); }));
}

TEST(Process, ACommandThatHangsIsEndedAndSaidSo) {
  const TemporaryDirectory directory;
  const std::string name = directory.path() / "fifo";
  EXPECT_THROW(run({"tail", "-F", name}, "", 300ms), std::runtime_error);
  EXPECT_TRUE(processes_naming(name).empty());
}

TEST(Process, OutputAndErrorsAreKeptApart) {
  const Output output = run({"sh", "-c", "cat; echo wrong >&2; exit 3"}, "words");
  EXPECT_EQ(output.status, 3);
  EXPECT_EQ(output.text, "words");
  EXPECT_EQ(output.errors, "wrong\n");
}

}  // namespace
}  // namespace claimferry::integration
