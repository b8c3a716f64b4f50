#include "tests/world/keyspace/channels.hpp"

#include <utility>

namespace claimferry::world {

void Channels::subscribe(std::string channel, const std::shared_ptr<redis::Inbox>& inbox) {
  subscriptions_.push_back({std::move(channel), inbox});
}

std::int64_t Channels::publish(const std::string& channel, const std::string& payload) {
  std::erase_if(subscriptions_, [](const Subscription& subscription) {
    const auto inbox = subscription.inbox.lock();
    return inbox == nullptr || inbox->ended();
  });
  std::int64_t receivers = 0;
  for (const Subscription& subscription : subscriptions_) {
    if (subscription.channel == channel) {
      subscription.inbox.lock()->put(payload);
      ++receivers;
    }
  }
  return receivers;
}

void Channels::end_all(const Failure& why) {
  for (const Subscription& subscription : std::exchange(subscriptions_, {})) {
    if (const auto inbox = subscription.inbox.lock()) {
      inbox->end(why);
    }
  }
}

}  // namespace claimferry::world
