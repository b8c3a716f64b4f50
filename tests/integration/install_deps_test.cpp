// deploy/install-deps.sh knows one system; on another it says what it would need, and touches
// nothing.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/process.hpp"

namespace claimferry::integration {
namespace {

using testing::HasSubstr;

struct System {
  const char* name;
  const char* release;
};

void PrintTo(const System& system, std::ostream* out) {
  *out << system.name;
}

class InstallDeps : public ::testing::TestWithParam<System> {};

TEST_P(InstallDeps, ElsewhereItSaysWhatItWouldNeed) {
  const TemporaryDirectory directory;
  const std::string release = directory.path() / "os-release";
  write_file(release, GetParam().release);
  const char* source = std::getenv("CLAIMFERRY_SOURCE");
  ASSERT_NE(source, nullptr);
  const Output output = run(
      {"env", "CLAIMFERRY_OS_RELEASE=" + release, std::string(source) + "/deploy/install-deps.sh"});
  EXPECT_EQ(output.status, 1);
  EXPECT_EQ(output.text, "");
  for (const char* said :
       {"Debian 12", "clang-19", "libboost1.81-dev", "redis-server", "sqlite3"}) {
    EXPECT_THAT(output.errors, HasSubstr(said));
  }
  EXPECT_THAT(output.errors, HasSubstr(std::string("'") + GetParam().name + "'"));
}

INSTANTIATE_TEST_SUITE_P(
    Systems, InstallDeps,
    ::testing::Values(System{"Trixie", "ID=debian\nVERSION_ID=\"13\"\nPRETTY_NAME=Trixie\n"},
                      System{"Bullseye", "ID=debian\nVERSION_ID=\"11\"\nPRETTY_NAME=Bullseye\n"},
                      System{"Ubuntu", "ID=ubuntu\nVERSION_ID=\"24.04\"\nPRETTY_NAME=Ubuntu\n"},
                      System{"unknown", ""}),
    [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace claimferry::integration
