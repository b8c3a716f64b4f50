#include "tests/world/truth.hpp"

namespace claimferry::world {
namespace {

using sandbox::GeneratedResource;
using sandbox::ResourceState;

void follow(Truth::Resource& resource, const GeneratedResource& generated,
            const ResourceState& state, Truth::Moment now) {
  if (resource.versions.empty() || resource.versions.back().revision != state.revision) {
    const Truth::Moment since = resource.versions.empty() ? 0 : now;
    resource.versions.push_back({since, state.revision, {sha256(generated.json)}});
  }
  std::vector<Sha256>& hashes = resource.versions.back().hashes;
  while (hashes.size() <= state.stamps) {
    const auto stamp = static_cast<unsigned>(hashes.size());
    hashes.push_back(sha256(sandbox::with_new_last_updated(generated, stamp).json));
  }
  if (state.withdrawn && !resource.withdrawn) {
    resource.withdrawn = now;
  }
}

Truth::Resource unseen(const GeneratedResource& generated, bool is_claim) {
  Truth::Resource resource{generated.type, generated.id, std::nullopt, {}, std::nullopt};
  if (is_claim) {
    resource.service_date = generated.service_date;
  }
  return resource;
}

}  // namespace

bool Truth::adjust(std::size_t member) {
  bring_up_to_date(member);
  ++now_;
  const bool changed = !members_.adjust(member, 1).empty();
  bring_up_to_date(member);
  return changed;
}

bool Truth::withdraw(std::size_t member) {
  bring_up_to_date(member);
  ++now_;
  const bool changed = !members_.withdraw(member, 1).empty();
  bring_up_to_date(member);
  return changed;
}

const std::vector<Truth::Resource>& Truth::of(std::size_t member) {
  bring_up_to_date(member);
  return resources_[member];
}

void Truth::bring_up_to_date(std::size_t index) {
  if (resources_.size() <= index) {
    resources_.resize(index + 1);
  }
  const auto generated = members_.resources(index);
  const sandbox::Member& member = members_.at(index);
  std::vector<Resource>& resources = resources_[index];
  std::size_t at = 0;
  const auto next = [&](const GeneratedResource& resource, const ResourceState& state,
                        bool is_claim) {
    if (at == resources.size()) {
      resources.push_back(unseen(resource, is_claim));
    }
    follow(resources[at++], resource, state, now_);
  };
  next(generated->patient, member.patient, false);
  for (std::size_t coverage = 0; coverage < generated->coverages.size(); ++coverage) {
    next(generated->coverages[coverage], member.coverages[coverage], false);
  }
  for (std::size_t eob = 0; eob < generated->eobs.size(); ++eob) {
    next(generated->eobs[eob], member.eobs[eob], true);
  }
}

}  // namespace claimferry::world
