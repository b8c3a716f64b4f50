#include "common/vault/key_ring.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/base/encoding.hpp"

namespace claimferry::vault {
namespace {

using testing::HasSubstr;
using testing::Not;

class Directory {
 public:
  Directory() {
    std::string pattern = testing::TempDir() + "claimferry-keys-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

std::string key_text(char fill) {
  return to_base64(std::string(key_bytes, fill));
}

std::string refusal(const std::string& text) {
  const auto ring = KeyRing::parse(Secret(text), "keys");
  EXPECT_FALSE(ring.ok());
  return ring.ok() ? "" : ring.failure().detail;
}

TEST(KeyRing, TakesTheFirstKeyAsActive) {
  const auto ring =
      KeyRing::parse(Secret("# ours\n\none:" + key_text('a') + "\ntwo:" + key_text('b')), "keys");
  ASSERT_TRUE(ring.ok());
  EXPECT_EQ(ring->active().id, "one");
  EXPECT_EQ(ring->active().bytes.reveal(), std::string(key_bytes, 'a'));
  ASSERT_NE(ring->find("two"), nullptr);
  EXPECT_EQ(ring->find("two")->bytes.reveal(), std::string(key_bytes, 'b'));
  EXPECT_EQ(ring->find("three"), nullptr);
}

TEST(KeyRing, TakesTheMarkedKeyAsActive) {
  const auto ring =
      KeyRing::parse(Secret("one:" + key_text('a') + "\r\n * two:" + key_text('b') + "\n"), "keys");
  ASSERT_TRUE(ring.ok());
  EXPECT_EQ(ring->active().id, "two");
  EXPECT_EQ(ring->keys().size(), 2);
}

TEST(KeyRing, NamesTheLineThatIsWrongAndNeverItsContent) {
  const std::string good = "one:" + key_text('a') + "\n";
  const std::string short_key = to_base64("short");
  EXPECT_THAT(refusal(good + "two:" + short_key), HasSubstr("keys:2: not a key"));
  EXPECT_THAT(refusal(good + "two:" + short_key), Not(HasSubstr(short_key)));
  EXPECT_THAT(refusal("no colon"), HasSubstr("keys:1: not a key"));
  EXPECT_THAT(refusal("a b:" + key_text('a')), HasSubstr("keys:1: not a key"));
  EXPECT_THAT(refusal("one:!!!"), HasSubstr("keys:1: not a key"));
  EXPECT_THAT(refusal(good + good), HasSubstr("stands twice"));
  EXPECT_THAT(refusal("*" + good + "*two:" + key_text('b')), HasSubstr("keys:2: a second key"));
  EXPECT_THAT(refusal("# nothing\n"), HasSubstr("holds no key"));
  EXPECT_THAT(refusal(""), HasSubstr("holds no key"));
}

TEST(KeyRing, LoadsTheFileThatItWrote) {
  const Directory directory;
  const std::string path = directory.file("keys");
  const auto id = write_new_key_file(path);
  ASSERT_TRUE(id.ok());
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const auto ring = KeyRing::load(path);
  ASSERT_TRUE(ring.ok());
  EXPECT_EQ(ring->active().id, *id);
}

TEST(KeyRing, NeverOverwritesAKeyFile) {
  const Directory directory;
  const std::string path = directory.file("keys");
  ASSERT_TRUE(write_new_key_file(path).ok());
  const auto before = KeyRing::load(path);
  const auto again = write_new_key_file(path);
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.failure().detail, HasSubstr("exists and is left as it is"));
  EXPECT_EQ(KeyRing::load(path)->active().id, before->active().id);
}

TEST(KeyRing, RefusesAFileThatOthersMayRead) {
  const Directory directory;
  const std::string path = directory.file("keys");
  ASSERT_TRUE(write_new_key_file(path).ok());
  for (const mode_t mode : {0640U, 0604U, 0620U, 0700U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    const auto ring = KeyRing::load(path);
    ASSERT_FALSE(ring.ok()) << mode;
    EXPECT_THAT(ring.failure().detail, HasSubstr("chmod 600 " + path));
  }
  ASSERT_EQ(::chmod(path.c_str(), 0400), 0);
  EXPECT_TRUE(KeyRing::load(path).ok());
}

TEST(KeyRing, SaysWhatIsWrongWithAPath) {
  const Directory directory;
  EXPECT_THAT(KeyRing::load(directory.file("none")).failure().detail, HasSubstr("No such file"));
  EXPECT_THAT(KeyRing::load(directory.file("")).failure().detail, HasSubstr("not a regular file"));
}

TEST(KeyRing, RefusesAFileAboveItsBound) {
  const Directory directory;
  const std::string path = directory.file("keys");
  ASSERT_TRUE(write_new_key_file(path).ok());
  const auto used = std::filesystem::file_size(path);
  std::ofstream(path, std::ios::app) << std::string(64 * 1024 - used, '\n');
  EXPECT_TRUE(KeyRing::load(path).ok());
  std::ofstream(path, std::ios::app) << '\n';
  EXPECT_THAT(KeyRing::load(path).failure().detail, HasSubstr("larger than 64 KiB"));
}

}  // namespace
}  // namespace claimferry::vault
