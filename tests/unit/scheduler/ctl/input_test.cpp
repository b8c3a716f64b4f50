#include "scheduler/ctl/input.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class InputTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path); }
  void write(const std::string& text, std::filesystem::perms mode) const {
    std::ofstream(path) << text;
    std::filesystem::permissions(path, mode);
  }
  static std::string refusal(const std::string& path) {
    try {
      Input("--from", path);
    } catch (const CommandFailed& failed) {
      EXPECT_EQ(failed.status, program::usage);
      return failed.text;
    }
    return "";
  }

  static constexpr auto mine =
      std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
  std::string path = testing::TempDir() + "claimferry-input-" + std::to_string(getpid());
};

TEST_F(InputTest, ReadsAFileOfItsOwner) {
  write("token \t\r\nmore\n", mine);
  EXPECT_EQ(config::first_line(Input("--from", path).stream()), "token");
  write(" \n", mine);
  EXPECT_EQ(config::first_line(Input("--from", path).stream()), "");
}

TEST_F(InputTest, SaysWhichFileItCannotReadAndWhy) {
  EXPECT_THAT(refusal(path), AllOf(StartsWith("--from " + path), HasSubstr("No such file")));
  EXPECT_THAT(refusal(testing::TempDir()), HasSubstr("is a folder"));
}

TEST_F(InputTest, RefusesTokensThatOthersMayRead) {
  write("token", mine | std::filesystem::perms::group_read);
  EXPECT_THAT(refusal(path), HasSubstr("chmod 600"));
}

}  // namespace
}  // namespace claimferry::ctl
