// Patient, Coverage and ExplanationOfBenefit as this payer serves them: which parameters it takes,
// whose records a token opens, and how claims come in pages. The token was checked before.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/model/dice.hpp"
#include "tests/sandbox/model/members.hpp"
#include "tests/sandbox/model/payer_request.hpp"
#include "tests/sandbox/model/settings.hpp"
#include "tests/sandbox/model/site.hpp"
#include "tests/sandbox/model/target.hpp"
#include "tests/sandbox/model/violations.hpp"

namespace claimferry::sandbox {

class ResourceEndpoints {
 public:
  ResourceEndpoints(MemberBook& members, const Modes& modes, const Faults& faults, const Dice& dice,
                    Violations& violations, const Site& site)
      : members_(members),
        modes_(modes),
        faults_(faults),
        dice_(dice),
        violations_(violations),
        site_(site) {}

  // relative_path is what follows the resource base: "/Patient/123". nullopt: no such resource.
  std::optional<Answer> handle(std::string_view relative_path, const Target& target,
                               std::size_t member);

 private:
  struct Match {
    const GeneratedResource* resource;
    ResourceState* state;
  };
  struct ClaimFilter {
    std::chrono::sys_days from = std::chrono::sys_days::min();
    std::chrono::sys_days to = std::chrono::sys_days::max();
    std::string id;
    std::string profile;
  };

  Answer read_answer(std::string body) const;
  Answer read(std::string_view type, std::string_view id, const Target& target, std::size_t member);
  Answer search_patient(const Target& target, std::size_t member);
  Answer search_coverage(const Target& target, std::size_t member);
  Answer search_eob(const Target& target, std::size_t member);
  Answer eob_page(const Target& target, std::size_t member, const std::vector<Match>& matches);
  Answer expired_link();

  std::optional<Answer> refuse_unknown(const Target& target,
                                       std::initializer_list<std::string_view> known);
  std::optional<Answer> refuse_other_patient(const Parameter* patient, std::size_t member) const;
  static std::optional<Answer> read_filter(const Target& target, ClaimFilter& filter);
  std::vector<Match> coverages(const GeneratedMember& resources, std::size_t member);
  std::vector<Match> eobs(const GeneratedMember& resources, std::size_t member,
                          const ClaimFilter& filter);
  void write_entry(class BundleWriter& bundle, const Match& match);
  void write_intruders(class BundleWriter& bundle, std::size_t member);
  std::string as_sent(const Match& match);
  std::string full_url(const GeneratedResource& resource) const;

  MemberBook& members_;
  const Modes& modes_;
  const Faults& faults_;
  const Dice& dice_;
  Violations& violations_;
  const Site& site_;
};

}  // namespace claimferry::sandbox
