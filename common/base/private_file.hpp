// Whether a file of keys or secrets is for its reader alone.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

namespace claimferry {

// Of its owner alone; or, as Kubernetes mounts a Secret for a pod with an fsGroup, root's and read
// by a group: whoever is in it was let in by root.
inline bool is_private(const struct stat& status, uid_t reader) noexcept {
  const auto mode = status.st_mode;
  const bool is_owners = (mode & 0077U) == 0;
  const bool is_lent = status.st_uid == 0 && reader != 0 && (mode & 0037U) == 0;
  return is_owners || is_lent;
}
inline bool is_private(const struct stat& status) noexcept {
  return is_private(status, ::geteuid());
}

}  // namespace claimferry
