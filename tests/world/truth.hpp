// Truth: what the payer says about each member's resources, and what it said before: every version
// with the moment since when. Claims are adjusted and withdrawn through it, so that a sync is held
// to what was true while it ran.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/base/digest.hpp"
#include "tests/sandbox/model/members.hpp"

namespace claimferry::world {

class Truth {
 public:
  using Moment = std::uint64_t;  // grows with each change

  struct Version {
    Moment since;
    unsigned revision;
    std::vector<Sha256> hashes;  // of all that was sent of it, by stamps of volatile metadata
  };
  struct Resource {
    std::string type;
    std::string id;
    std::optional<std::chrono::sys_days> service_date;  // claims have one
    std::vector<Version> versions;
    std::optional<Moment> withdrawn;
  };

  explicit Truth(sandbox::MemberBook& members) : members_(members) {}

  Moment now() const noexcept { return now_; }
  // One claim of the member; false when it has none left.
  bool adjust(std::size_t member);
  bool withdraw(std::size_t member);
  const std::vector<Resource>& of(std::size_t member);

 private:
  void bring_up_to_date(std::size_t member);

  sandbox::MemberBook& members_;
  Moment now_ = 1;
  std::vector<std::vector<Resource>> resources_;  // by member
};

}  // namespace claimferry::world
