#include "common/members/adapter/recorded_erasure.hpp"

namespace claimferry::members {

awaitable<Result<queue::ErasureAsked>> RecordedErasure::ask(queue::ErasureRequest request) {
  auto left = co_await members_.leave(request.member, clock_.wall());
  if (!left) {
    co_return std::move(left.failure());
  }
  auto asked = co_await MemberErasure::ask(request);
  if (asked || !*left || asked.failure().code != "no_member") {
    co_return asked;
  }
  // Redis has not heard of the member yet, or lost it.
  std::vector<MirrorRow> rows{std::move(**left)};
  auto told = co_await mirror_.mirror(std::move(rows), {}, Duration::zero());
  if (!told) {
    co_return std::move(told.failure());
  }
  co_return co_await MemberErasure::ask(std::move(request));
}

}  // namespace claimferry::members
