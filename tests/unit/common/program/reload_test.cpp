#include "common/program/reload.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/common/vault/keys_fixture.hpp"
#include "tests/unit/worker/outside.hpp"

namespace claimferry::program {
namespace {

class ReloadTest : public testing::Test {
 protected:
  ~ReloadTest() override { std::filesystem::remove_all(folder); }
  std::string write(const std::string& file, const std::string& text) const {
    const std::string path = folder / file;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), 0600);
    return path;
  }

  std::string name = "/tmp/claimferry-reload-XXXXXX";
  std::filesystem::path folder = ::mkdtemp(name.data());
};

TEST_F(ReloadTest, KeysThatCannotBeReadLeaveThoseThatServe) {
  vault::Vault vault = vault::vault_of(vault::key_line("one", 'a'));
  const std::string active = vault.keys()->active().id;
  EXPECT_EQ(reload_keys(vault, write("keys", "no key\n")).failure().code, "key_file");
  EXPECT_EQ(vault.keys()->active().id, active);
  EXPECT_TRUE(reload_keys(vault, write("keys", vault::key_line("two", 'b') + "\n")));
  EXPECT_NE(vault.keys()->active().id, active);
}

TEST_F(ReloadTest, APasswordServesInEveryCopy) {
  const std::string path = write("password", "one\n");
  const LiveSecret password(Secret("one"));
  worker::StandingClock clock;
  worker::QuickSleeper sleeper(clock);
  worker::Events events;
  FileWatch files(sleeper, events);
  watch_password(files, "redis.password_file", path, password);
  write("password", "the next one\n");
  files.look();
  EXPECT_EQ(password.get().reveal(), "the next one");
  write("password", "");
  files.look();
  EXPECT_EQ(password.get().reveal(), "the next one");
}

}  // namespace
}  // namespace claimferry::program
