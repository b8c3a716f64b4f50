#include "tests/chaos/fsck.hpp"

namespace claimferry::chaos {

Fsck check_queue(integration::Fleet& fleet) {
  const integration::Output said = fleet.cli({"fsck"});
  Fsck fsck;
  fsck.checked = true;
  if (said.status != 0) {
    fsck.broken = said.text + said.errors;
    if (fsck.broken.empty()) {
      fsck.broken = "fsck ended with status " + std::to_string(said.status);
    }
  }
  return fsck;
}

}  // namespace claimferry::chaos
