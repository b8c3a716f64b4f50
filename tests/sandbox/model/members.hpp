// The members and the truth about their claims. Resources are generated when they are asked for,
// kept in a cache of bounded size, and generated again, byte for byte, when they fell out of it.
// What tests change (adjusted, withdrawn, re-stamped) is a few words a claim.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/random.hpp"
#include "tests/sandbox/fhir/generate.hpp"

namespace claimferry::sandbox {

struct ResourceState {
  // So many different stamps, then the same again: every one that was ever sent stays nameable.
  static constexpr unsigned serials = 16;

  unsigned revision = 0;
  unsigned stamps = 0;  // times sent with a new lastUpdated since the last change of substance
  bool withdrawn = false;

  // Of the last stamp, from 1.
  unsigned serial() const noexcept { return stamps == 0 ? 0 : (stamps - 1) % serials + 1; }
};

struct Member {
  std::string id;
  std::string patient_id;
  GenerateRequest spec;
  ResourceState patient;
  std::vector<ResourceState> coverages;
  std::vector<ResourceState> eobs;
};

class MemberBook {
 public:
  MemberBook(std::size_t cache_bytes_max, std::uint64_t seed)
      : cache_bytes_max_(cache_bytes_max), seed_(seed), random_(seed) {}

  // Numbered from 0 in order; ids are M000001 on. spec.member_index is set here.
  const Member& add(GenerateRequest spec);
  // The seed's sequence begins again.
  void clear();

  // What a member's place costs while nobody asks for its claims.
  static std::size_t place_bytes(unsigned eobs);
  std::size_t places_bytes() const noexcept { return places_bytes_; }

  std::size_t size() const noexcept { return members_.size(); }
  Member& at(std::size_t index) { return members_[index]; }
  const Member& at(std::size_t index) const { return members_[index]; }
  std::optional<std::size_t> find(std::string_view member_id) const;

  // Current revisions of everything, withdrawn claims included.
  std::shared_ptr<const GeneratedMember> resources(std::size_t index);

  // Up to count present claims, chosen by seed; answers their ids.
  std::vector<std::string> adjust(std::size_t index, unsigned count);
  std::vector<std::string> withdraw(std::size_t index, unsigned count);

 private:
  struct Cached {
    std::size_t index;
    std::size_t bytes;
    std::shared_ptr<const GeneratedMember> resources;
  };

  std::shared_ptr<const GeneratedMember> generate(std::size_t index);
  void keep(std::size_t index, std::shared_ptr<const GeneratedMember> resources);
  void forget(std::size_t index);
  template <class Change>
  std::vector<std::string> change_claims(std::size_t index, unsigned count, Change change);

  std::size_t cache_bytes_max_;
  std::size_t cache_bytes_ = 0;
  std::size_t places_bytes_ = 0;
  std::uint64_t seed_;
  SeededRandom random_;
  std::vector<Member> members_;
  std::unordered_map<std::string, std::size_t> by_id_;
  std::list<Cached> cache_;  // most recently used first
  std::unordered_map<std::size_t, std::list<Cached>::iterator> cached_;
};

}  // namespace claimferry::sandbox
