#include "common/redis/tcp_client.hpp"

#include <functional>
#include <utility>
#include <vector>

#include "common/redis/channel.hpp"

namespace claimferry::redis {

// One command a channel at a time: a second BLPOP behind the first would wait for it.
struct TcpClient::BlockingChannels {
  std::function<std::shared_ptr<Channel>()> make;
  std::vector<std::shared_ptr<Channel>> all;
  std::vector<std::shared_ptr<Channel>> idle;

  std::shared_ptr<Channel> take() {
    if (idle.empty()) {
      idle.push_back(all.emplace_back(make()));
    }
    auto channel = std::move(idle.back());
    idle.pop_back();
    return channel;
  }
  void close() {
    for (const auto& channel : all) {
      channel->close();
    }
  }

  // Gives the channel back also when the coroutine that waited was destroyed.
  struct Loan {
    BlockingChannels& owner;
    std::shared_ptr<Channel> channel;
    explicit Loan(BlockingChannels& from) : owner(from), channel(from.take()) {}
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan() {
      channel->drop_unanswered();
      owner.idle.push_back(std::move(channel));
    }
  };
};

TcpClient::TcpClient(Executor executor, Endpoint endpoint, Random& random, TcpClientOptions options)
    : deadline_(options.deadline) {
  const Channel::Options channel_options{options.deadline, options.in_flight_max, options.reconnect,
                                         options.place_interval};
  const auto make = [executor, endpoint, channel_options, &random] {
    return std::make_shared<Channel>(executor, endpoint, channel_options, random);
  };
  pipelined_ = make();
  blocking_ = std::make_shared<BlockingChannels>();
  blocking_->make = make;
}

TcpClient::~TcpClient() {
  pipelined_->close();
  blocking_->close();
}

awaitable<Result<Reply>> TcpClient::command(Command command) {
  return Channel::command(pipelined_, std::move(command), deadline_);
}

awaitable<Result<Reply>> TcpClient::blocking_command(Command command, Duration deadline) {
  return run_blocking(blocking_, std::move(command), deadline);
}

awaitable<Result<Reply>> TcpClient::run_blocking(std::shared_ptr<BlockingChannels> channels,
                                                 Command command, Duration deadline) {
  const BlockingChannels::Loan loan(*channels);
  auto reply = co_await Channel::command(loan.channel, std::move(command), deadline);
  co_return reply;
}

}  // namespace claimferry::redis
