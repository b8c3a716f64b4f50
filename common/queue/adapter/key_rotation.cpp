#include "common/queue/adapter/key_rotation.hpp"

namespace claimferry::queue {
namespace {

// A consent that is renewed in between is one chance in many; twice for the same member is none.
constexpr unsigned rounds_max = 3;

}  // namespace

awaitable<Result<void>> KeyRotation::run() {
  std::string from = "0";
  do {
    auto page = co_await keys_.scan(from);
    if (!page) {
      co_return std::move(page.failure());
    }
    auto seen = co_await see_to(std::move(page->members));
    if (!seen) {
      co_return seen;
    }
    progress_(report_);
    from = page->next;
  } while (from != "0");
  co_return Result<void>();
}

awaitable<Result<void>> KeyRotation::see_to(std::vector<MemberId> members) {
  for (unsigned round = 0; round < rounds_max && !members.empty(); ++round) {
    auto changed = co_await rewrap(std::move(members));
    if (!changed) {
      co_return std::move(changed.failure());
    }
    members = std::move(*changed);
  }
  report_.changing += members.size();
  co_return Result<void>();
}

awaitable<Result<std::vector<MemberId>>> KeyRotation::rewrap(std::vector<MemberId> members) {
  auto held = co_await keys_.read(std::move(members));
  if (!held) {
    co_return std::move(held.failure());
  }
  std::vector<Rewrapped> anew = wrapped_anew(std::move(*held));
  if (anew.empty()) {
    co_return std::vector<MemberId>();
  }
  const std::size_t count = anew.size();
  auto changed = co_await keys_.replace(std::move(anew));
  if (changed) {
    report_.rewrapped += count - changed->size();
  }
  co_return changed;
}

std::vector<Rewrapped> KeyRotation::wrapped_anew(std::vector<WrappedKey> held) {
  std::vector<Rewrapped> anew;
  for (WrappedKey& key : held) {
    auto wrapped = vault_.rewrap(key.owner, key.wrapped);
    if (wrapped && *wrapped) {
      anew.push_back({std::move(key), std::move(**wrapped)});
    } else if (wrapped) {
      ++report_.already;
    } else {
      ++report_.closed;
      if (report_.examples.size() < RotationReport::examples_max) {
        report_.examples.push_back({key.owner.member, wrapped.failure().detail});
      }
    }
  }
  return anew;
}

}  // namespace claimferry::queue
