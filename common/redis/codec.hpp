// The wire format (RESP2), by hiredis: commands to bytes, bytes to replies. Holds replies to their
// limits before anything of their announced size is allocated. Knows no socket.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/limits.hpp"
#include "common/base/result.hpp"
#include "common/redis/client.hpp"

struct redisReader;

namespace claimferry::redis {

void append_encoded(const Command& command, std::string& out);

class ReplyReader {
 public:
  struct Limits {
    std::size_t reply_bytes_max = limits::redis_reply_bytes_max;
    std::size_t array_items_max = limits::redis_array_items_max;  // of one reply, nested included
  };

  ReplyReader() : ReplyReader(Limits{}) {}
  explicit ReplyReader(Limits limits);
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  void feed(std::string_view bytes);
  // The next whole reply; nullopt when more bytes are needed. A failure (redis_protocol) is final.
  Result<std::optional<Reply>> next();

 private:
  struct Builder;
  struct Free {
    void operator()(redisReader* reader) const noexcept;
  };

  Failure protocol_failure(std::string why) const;

  const Limits limits_;
  std::unique_ptr<Builder> builder_;
  std::unique_ptr<redisReader, Free> reader_;
  std::size_t unfinished_bytes_ = 0;  // received and not yet part of an answered reply
};

}  // namespace claimferry::redis
