// TcpClient: redis::Client over TCP, TLS or a unix socket. Many coroutines share one pipelined
// connection; blocking commands have connections of their own. Single-threaded: one a shard, on the
// shard's io_context. Redis being away is never an exception and never a hang: each command answers
// within a pause of the reconnecting, the time to connect, and its own deadline.
#pragma once

#include <memory>

#include "common/base/backoff.hpp"
#include "common/base/limits.hpp"
#include "common/base/random.hpp"
#include "common/redis/client.hpp"
#include "common/redis/endpoint.hpp"

namespace claimferry::redis {

class Channel;

struct TcpClientOptions {
  Duration deadline = limits::redis_command_deadline;  // of a command, and of connecting
  unsigned in_flight_max = limits::redis_commands_in_flight_max;
  Backoff reconnect{limits::redis_reconnect_delay_base, limits::redis_reconnect_delay_max,
                    limits::redis_reconnect_delay_base};
  Duration place_interval = std::chrono::seconds(2);  // see Channel
};

class TcpClient final : public Client {
 public:
  // Connects when the first command comes. random: jitter between attempts; must outlive this.
  TcpClient(Executor executor, Endpoint endpoint, Random& random, TcpClientOptions options = {});
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;
  // Commands under way fail with redis_disconnected or redis_unreachable; no handler that still
  // runs touches this.
  ~TcpClient() override;

  awaitable<Result<Reply>> command(Command command) override;
  awaitable<Result<Reply>> blocking_command(Command command, Duration deadline) override;

 private:
  struct BlockingChannels;
  static awaitable<Result<Reply>> run_blocking(std::shared_ptr<BlockingChannels> channels,
                                               Command command, Duration deadline);

  const Duration deadline_;
  std::shared_ptr<Channel> pipelined_;
  std::shared_ptr<BlockingChannels> blocking_;
};

}  // namespace claimferry::redis
