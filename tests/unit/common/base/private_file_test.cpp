#include "common/base/private_file.hpp"

#include <gtest/gtest.h>

namespace claimferry {
namespace {

constexpr uid_t us = 65532;

bool holds(mode_t mode, uid_t owner, uid_t reader = us) {
  struct stat status{};
  status.st_mode = S_IFREG | mode;
  status.st_uid = owner;
  return is_private(status, reader);
}

TEST(PrivateFile, IsItsOwnersAlone) {
  EXPECT_TRUE(holds(0600, us));
  EXPECT_TRUE(holds(0400, us));
  for (const mode_t mode : {0640U, 0604U, 0660U, 0644U, 0610U}) {
    EXPECT_FALSE(holds(mode, us)) << mode;
  }
}

// What kubelet makes of `defaultMode: 0400` with an fsGroup.
TEST(PrivateFile, OrLentByRootToAGroup) {
  EXPECT_TRUE(holds(0440, 0));
  EXPECT_TRUE(holds(0640, 0));
  EXPECT_FALSE(holds(0660, 0)) << "others of the group could write it";
  EXPECT_FALSE(holds(0444, 0));
  EXPECT_FALSE(holds(0440, 1'000)) << "not by just anybody";
  EXPECT_FALSE(holds(0440, 0, 0)) << "root needs no group";
}

}  // namespace
}  // namespace claimferry
