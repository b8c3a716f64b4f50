// Channels: who has subscribed to what. A message is put into its subscribers' inboxes, which give
// it out on a later turn of the loop: nobody hears anything while a command or a script runs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/redis/inbox.hpp"

namespace claimferry::world {

class Channels {
 public:
  // Until the inbox ends or is let go of.
  void subscribe(std::string channel, const std::shared_ptr<redis::Inbox>& inbox);
  // How many subscribers it has, as PUBLISH answers.
  std::int64_t publish(const std::string& channel, const std::string& payload);
  // The connections end; what was published before is still heard.
  void end_all(const Failure& why);

 private:
  struct Subscription {
    std::string channel;
    std::weak_ptr<redis::Inbox> inbox;
  };
  std::vector<Subscription> subscriptions_;
};

}  // namespace claimferry::world
