#include "common/redis/codec.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <hiredis.h>

#include "common/base/assert.hpp"

namespace claimferry::redis {

void append_encoded(const Command& command, std::string& out) {
  CLAIMFERRY_ASSERT(!command.empty());
  std::vector<const char*> words;
  std::vector<std::size_t> lengths;
  words.reserve(command.size());
  lengths.reserve(command.size());
  for (const std::string& word : command) {
    words.push_back(word.data());
    lengths.push_back(word.size());
  }
  char* encoded = nullptr;
  const int length = redisFormatCommandArgv(&encoded, static_cast<int>(command.size()),
                                            words.data(), lengths.data());
  CLAIMFERRY_ASSERT(length > 0);
  out.append(encoded, static_cast<std::size_t>(length));
  redisFreeCommand(encoded);
}

// hiredis calls these back while it walks a reply. Objects are addressed by pointer, which holds
// because an array reserves all its places before the first is filled.
struct ReplyReader::Builder {
  explicit Builder(std::size_t max) : items_max(max) {}

  const std::size_t items_max;
  std::size_t items = 0;
  bool too_many_items = false;
  Reply root;

  static Builder& of(const redisReadTask* task) { return *static_cast<Builder*>(task->privdata); }

  static Reply* place(const redisReadTask* task) {
    if (task->parent == nullptr) {
      return &of(task).root;
    }
    auto& siblings = std::get<Reply::Array>(static_cast<Reply*>(task->parent->obj)->value);
    return &siblings.emplace_back();
  }

  static void* create_string(const redisReadTask* task, char* bytes, std::size_t length) {
    Reply* reply = place(task);
    std::string text(bytes, length);
    if (task->type == REDIS_REPLY_ERROR) {
      reply->value = Error{std::move(text)};
    } else {
      reply->value = std::move(text);
    }
    return reply;
  }
  static void* create_array(const redisReadTask* task, int length) {
    Builder& builder = of(task);
    const auto count = static_cast<std::size_t>(std::max(length, 0));
    if (count > builder.items_max - builder.items) {
      builder.too_many_items = true;
      return nullptr;
    }
    builder.items += count;
    Reply* reply = place(task);
    reply->value.emplace<Reply::Array>().reserve(count);
    return reply;
  }
  static void* create_integer(const redisReadTask* task, long long number) {
    Reply* reply = place(task);
    reply->value = static_cast<std::int64_t>(number);
    return reply;
  }
  static void* create_nil(const redisReadTask* task) {
    Reply* reply = place(task);
    reply->value = Nil{};
    return reply;
  }
  // The root belongs to the builder, and everything else to the root.
  static void free_object(void*) {}

  static inline redisReplyObjectFunctions functions{create_string, create_array, create_integer,
                                                    create_nil, free_object};
};

void ReplyReader::Free::operator()(redisReader* reader) const noexcept {
  redisReaderFree(reader);
}

ReplyReader::ReplyReader(Limits limits)
    : limits_(limits),
      builder_(std::make_unique<Builder>(limits.array_items_max)),
      reader_(redisReaderCreateWithFunctions(&Builder::functions)) {
  CLAIMFERRY_ASSERT(reader_ != nullptr);
  reader_->privdata = builder_.get();
}

ReplyReader::~ReplyReader() = default;

void ReplyReader::feed(std::string_view bytes) {
  unfinished_bytes_ += bytes.size();
  // A failure stays in the reader, and next() tells it.
  static_cast<void>(redisReaderFeed(reader_.get(), bytes.data(), bytes.size()));
}

Result<std::optional<Reply>> ReplyReader::next() {
  void* complete = nullptr;
  if (redisReaderGetReply(reader_.get(), &complete) != REDIS_OK) {
    if (builder_->too_many_items) {
      return protocol_failure("a reply of more than " + std::to_string(limits_.array_items_max) +
                              " items");
    }
    return protocol_failure("bytes that are not the Redis protocol (RESP2)");
  }
  if (complete == nullptr) {
    if (unfinished_bytes_ > limits_.reply_bytes_max) {
      return protocol_failure("a reply of more than " + std::to_string(limits_.reply_bytes_max) +
                              " bytes");
    }
    return std::optional<Reply>();
  }
  unfinished_bytes_ = reader_->len - reader_->pos;
  builder_->items = 0;
  return std::optional<Reply>(std::exchange(builder_->root, Reply{}));
}

Failure ReplyReader::protocol_failure(std::string why) const {
  return {FailureKind::local, "redis_protocol", "received " + std::move(why)};
}

}  // namespace claimferry::redis
