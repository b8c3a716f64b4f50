#include "tests/chaos/fsck.hpp"

namespace claimferry::chaos {

Fsck check_queue(integration::Fleet& fleet) {
  const integration::Output said = fleet.cli({"fsck"});
  // A `claimferry` without this command calls it an argument that it did not expect.
  constexpr int usage = 2;
  if (said.status == usage && said.errors.find("fsck") != std::string::npos) {
    return {};
  }
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
