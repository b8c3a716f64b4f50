#include "tests/sandbox/model/connect/authorize_requests.hpp"

#include <algorithm>
#include <utility>

namespace claimferry::sandbox {

const PendingRequest& AuthorizeRequests::add(AuthorizeRequest request) {
  PendingRequest& pending = pending_.emplace_back();
  pending.id = new_id();
  pending.request = std::move(request);
  pending.login_token = new_id();
  if (pending_.size() > pending_max) {
    pending_.pop_front();
  }
  return pending_.back();
}

PendingRequest* AuthorizeRequests::find(std::string_view id) {
  const auto found = std::ranges::find(pending_, id, &PendingRequest::id);
  return found == pending_.end() ? nullptr : &*found;
}

void AuthorizeRequests::sign_in(PendingRequest& pending, std::size_t member) {
  pending.member = member;
  pending.consent_token = new_id();
}

AuthorizeRequest AuthorizeRequests::remove(const PendingRequest& pending) {
  const auto found = std::ranges::find(pending_, pending.id, &PendingRequest::id);
  AuthorizeRequest request = std::move(found->request);
  pending_.erase(found);
  return request;
}

void AuthorizeRequests::clear() {
  pending_.clear();
  random_ = SeededRandom(seed_);
}

}  // namespace claimferry::sandbox
