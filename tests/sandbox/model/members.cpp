#include "tests/sandbox/model/members.hpp"

#include <cstdio>
#include <utility>

namespace claimferry::sandbox {
namespace {

std::string member_id(std::size_t index) {
  char text[32];
  std::snprintf(text, sizeof text, "M%06zu", index + 1);
  return text;
}

std::size_t bytes_of(const GeneratedMember& member) {
  std::size_t bytes = member.patient.json.size();
  for (const auto* resources : {&member.coverages, &member.eobs}) {
    for (const GeneratedResource& resource : *resources) {
      bytes += resource.json.size() + sizeof resource;
    }
  }
  return bytes;
}

}  // namespace

const Member& MemberBook::add(GenerateRequest spec) {
  const std::size_t index = members_.size();
  spec.member_index = index;
  // The patient alone is cheap: claims wait until somebody asks.
  GenerateRequest patient_only = spec;
  patient_only.eobs = 0;
  Member member;
  member.id = member_id(index);
  member.patient_id = generate_member(patient_only).patient_id;
  member.eobs.resize(spec.eobs);
  places_bytes_ += place_bytes(spec.eobs);
  member.spec = std::move(spec);
  by_id_.emplace(member.id, index);
  return members_.emplace_back(std::move(member));
}

void MemberBook::clear() {
  members_.clear();
  by_id_.clear();
  cache_.clear();
  cached_.clear();
  cache_bytes_ = 0;
  places_bytes_ = 0;
  random_ = SeededRandom(seed_);
}

std::size_t MemberBook::place_bytes(unsigned eobs) {
  // Ids, tokens, the indices over them and the line that hands the member out.
  constexpr std::size_t around = 1'024;
  return sizeof(Member) + around + eobs * sizeof(ResourceState);
}

std::optional<std::size_t> MemberBook::find(std::string_view member_id) const {
  const auto found = by_id_.find(std::string(member_id));
  return found == by_id_.end() ? std::nullopt : std::optional(found->second);
}

std::shared_ptr<const GeneratedMember> MemberBook::resources(std::size_t index) {
  const auto found = cached_.find(index);
  if (found != cached_.end()) {
    cache_.splice(cache_.begin(), cache_, found->second);
    return found->second->resources;
  }
  auto resources = generate(index);
  keep(index, resources);
  return resources;
}

std::shared_ptr<const GeneratedMember> MemberBook::generate(std::size_t index) {
  Member& member = members_[index];
  auto resources = std::make_shared<GeneratedMember>(generate_member(member.spec));
  for (std::size_t eob = 0; eob < member.eobs.size(); ++eob) {
    if (member.eobs[eob].revision > 0) {
      resources->eobs[eob] =
          generate_eob(member.spec, static_cast<unsigned>(eob), member.eobs[eob].revision);
    }
  }
  member.coverages.resize(resources->coverages.size());
  return resources;
}

void MemberBook::keep(std::size_t index, std::shared_ptr<const GeneratedMember> resources) {
  const std::size_t bytes = bytes_of(*resources);
  cache_.push_front({index, bytes, std::move(resources)});
  cached_[index] = cache_.begin();
  cache_bytes_ += bytes;
  while (cache_bytes_ > cache_bytes_max_ && cache_.size() > 1) {
    forget(cache_.back().index);
  }
}

void MemberBook::forget(std::size_t index) {
  const auto found = cached_.find(index);
  if (found != cached_.end()) {
    cache_bytes_ -= found->second->bytes;
    cache_.erase(found->second);
    cached_.erase(found);
  }
}

template <class Change>
std::vector<std::string> MemberBook::change_claims(std::size_t index, unsigned count,
                                                   Change change) {
  const auto resources = this->resources(index);
  std::vector<ResourceState>& states = members_[index].eobs;
  std::vector<std::size_t> present;
  for (std::size_t eob = 0; eob < states.size(); ++eob) {
    if (!states[eob].withdrawn) {
      present.push_back(eob);
    }
  }
  std::vector<std::string> changed;
  while (changed.size() < count && !present.empty()) {
    const std::size_t pick = random_.below(present.size());
    change(states[present[pick]]);
    changed.push_back(resources->eobs[present[pick]].id);
    present.erase(present.begin() + static_cast<std::ptrdiff_t>(pick));
  }
  forget(index);
  return changed;
}

std::vector<std::string> MemberBook::adjust(std::size_t index, unsigned count) {
  return change_claims(index, count, [](ResourceState& state) {
    ++state.revision;
    state.stamps = 0;
  });
}

std::vector<std::string> MemberBook::withdraw(std::size_t index, unsigned count) {
  return change_claims(index, count, [](ResourceState& state) { state.withdrawn = true; });
}

}  // namespace claimferry::sandbox
