#include "common/audit/adapter/redis_audit_stream.hpp"

#include <charconv>

#include "common/base/assert.hpp"
#include "common/base/limits.hpp"
#include "common/queue/adapter/lease_reply.hpp"
#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::audit {
namespace {

using queue::call_script;
using queue::QueueScripts;
using queue::unexpected_reply;

constexpr std::string_view head_key = "audit_head";

std::string text_of(const redis::Reply& reply) {
  return reply.text() == nullptr ? "" : *reply.text();
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = ec == std::errc{} && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

std::string number_text(const std::optional<Head>& head) {
  return head ? std::to_string(head->seq) : "";
}

// {id, name, value, name, value, …}
std::optional<Entry> entry_of(const redis::Reply& reply) {
  const auto* parts = reply.array();
  if (parts == nullptr || parts->empty() || parts->front().text() == nullptr) {
    return std::nullopt;
  }
  std::vector<std::string> words;
  for (auto part = std::next(parts->begin()); part != parts->end(); ++part) {
    words.push_back(text_of(*part));
  }
  return stream_entry(*parts->front().text(), words);
}

// Nothing where there is no seq; a hash that is none is a hand's, and no file will hold it.
std::optional<Head> head_of(const redis::Reply& seq, const redis::Reply& hash) {
  const auto number = number_of(text_of(seq));
  return number ? std::optional(Head{*number, text_of(hash)}) : std::nullopt;
}

Result<Batch> parse_batch(const redis::Reply& reply) {
  const auto* parts = reply.array();
  const auto lost = queue::number_at(reply, 3);
  const auto lost_in_all = queue::number_at(reply, 4);
  if (parts == nullptr || parts->size() != 6 || !lost || !lost_in_all ||
      (*parts)[5].array() == nullptr) {
    return unexpected_reply("audit_read");
  }
  const auto& part = *parts;
  const auto at = number_of(text_of(part[0]));
  if (!at) {
    return unexpected_reply("audit_read");
  }
  Batch batch{WallTime(Duration(*at)), head_of(part[1], part[2]), {}};
  batch.lost = static_cast<std::uint64_t>(*lost);
  batch.lost_in_all = static_cast<std::uint64_t>(*lost_in_all);
  for (const redis::Reply& row : *part[5].array()) {
    auto entry = entry_of(row);
    if (!entry) {
      return unexpected_reply("audit_read");
    }
    batch.entries.push_back(std::move(*entry));
  }
  return batch;
}

}  // namespace

awaitable<Result<Batch>> RedisAuditStream::read(queue::Term term) {
  std::vector<std::string> arguments{term.holder, term.number,
                                     std::to_string(limits::script_items_max)};
  const auto reply =
      co_await call_script(redis_, QueueScripts::shared()->audit_read, std::move(arguments));
  if (!reply) {
    co_return reply.failure();
  }
  co_return parse_batch(*reply);
}

awaitable<Result<void>> RedisAuditStream::forget(queue::Term term, std::optional<Head> known,
                                                 Drained durable) {
  CLAIMFERRY_ASSERT(durable.ids.size() <= limits::script_items_max);
  std::vector<std::string> arguments{term.holder,        term.number,
                                     number_text(known), std::to_string(durable.head.seq),
                                     durable.head.hash,  std::to_string(durable.lost_told)};
  arguments.insert(arguments.end(), durable.ids.begin(), durable.ids.end());
  const auto reply =
      co_await call_script(redis_, QueueScripts::shared()->audit_forget, std::move(arguments));
  if (!reply) {
    co_return reply.failure();
  }
  co_return Result<void>();
}

awaitable<Result<std::optional<Head>>> RedisAuditStream::head() {
  redis::Command command{"HMGET", std::string(queue::root_key) + ":" + std::string(head_key), "seq",
                         "hash"};
  const auto reply = co_await redis_.command(std::move(command));
  if (!reply) {
    co_return reply.failure();
  }
  if (const redis::Error* error = reply->error()) {
    co_return queue::failure_of(*error);
  }
  const auto* parts = reply->array();
  if (parts == nullptr || parts->size() != 2) {
    co_return unexpected_reply("HMGET");
  }
  co_return head_of((*parts)[0], (*parts)[1]);
}

}  // namespace claimferry::audit
