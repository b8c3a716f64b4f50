// TcpSubscriber: redis::Subscriber over TCP, TLS or a unix socket, a connection a listen(). A
// server that went away without a word is found by PING on that same connection; one that is no
// longer the master, behind sentinels or of a cluster, by finding the master anew now and then.
#pragma once

#include <memory>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/limits.hpp"
#include "common/redis/endpoint.hpp"
#include "common/redis/subscriber.hpp"

namespace claimferry::redis {

class Attempt;

struct TcpSubscriberOptions {
  Duration deadline = limits::redis_command_deadline;  // of connecting, and of each answer
  Duration ping_interval = limits::redis_ping_interval;
  Duration place_interval = std::chrono::seconds(15);
};

// Used on its executor's thread only; may outlive the io_context.
class TcpSubscriber final : public Subscriber {
 public:
  TcpSubscriber(Executor executor, Endpoint endpoint, TcpSubscriberOptions options = {});
  TcpSubscriber(const TcpSubscriber&) = delete;
  TcpSubscriber& operator=(const TcpSubscriber&) = delete;
  ~TcpSubscriber() override { close(); }

  awaitable<Result<void>> listen(std::string channel, std::function<void()> begun,
                                 std::function<void(std::string_view)> heard) override;
  void close() override;

 private:
  struct Listening;

  static awaitable<Result<void>> run(std::shared_ptr<Listening> listening,
                                     std::function<void()> begun,
                                     std::function<void(std::string_view)> heard);
  static awaitable<Result<void>> connect(std::shared_ptr<Listening> listening);
  static awaitable<Result<void>> subscribe(std::shared_ptr<Listening> listening);
  static void look_for_master(Executor executor, const std::shared_ptr<Listening>& listening);
  static awaitable<void> compare(std::weak_ptr<Listening> weak, std::shared_ptr<Attempt> attempt,
                                 Duration deadline);

  const Executor executor_;
  const Endpoint endpoint_;
  const TcpSubscriberOptions options_;
  bool closed_ = false;
  std::vector<std::weak_ptr<Listening>> listening_;  // each is held by its coroutine alone
};

}  // namespace claimferry::redis
