#include "common/http/incoming_body.hpp"

#include <algorithm>

#include "common/base/limits.hpp"
#include "common/http/gzip.hpp"

namespace claimferry::http {
namespace {

constexpr std::size_t first_step_bytes = 256 * limits::KiB;  // of a body of unknown length

Failure bad(std::string code) {
  return {FailureKind::retryable, std::move(code), ""};
}

}  // namespace

// The answer of a token endpoint: it may hold the one refresh token that is still good, so it must
// not be lost to a wait for memory. All of it, compressed and not, is counted at once.
bool IncomingBody::is_small() const noexcept {
  return bytes_max_ <= limits::token_body_bytes_max;
}

std::uint64_t IncomingBody::cost_of(std::uint64_t bytes) const noexcept {
  return bytes * factor_;
}

awaitable<Result<void>> IncomingBody::hold(std::uint64_t bytes) {
  if (is_small() || bytes == 0) {
    co_return Result<void>();
  }
  if (held_) {
    co_return co_await budget_.grow(held_, bytes, deadline_);
  }
  auto held = co_await budget_.take(bytes, deadline_);
  if (!held) {
    co_return std::move(held.failure());
  }
  held_ = std::move(*held);
  co_return Result<void>();
}

awaitable<Result<void>> IncomingBody::begin(std::optional<std::uint64_t> length,
                                            bool is_compressed) {
  if (is_small()) {
    held_ = budget_.take_at_once(bytes_max_ + cost_of(bytes_max_));
  } else if (length == 0) {
    held_ = budget_.take_at_once(0);  // nothing to wait for
  }
  // Compressed bytes are not parsed; what they become is reserved when its size is known.
  factor_ = is_compressed ? 1 : parse_factor;
  const std::size_t first =
      length ? static_cast<std::size_t>(*length) : std::min(first_step_bytes, bytes_max_);
  auto held = co_await hold(cost_of(first));
  if (held) {
    resize_room(first);
  }
  co_return held;
}

awaitable<Result<void>> IncomingBody::make_room() {
  // One byte more than allowed, so that the parser sees what is too much.
  const std::size_t larger = std::min(room_ * 2 + 1, bytes_max_ + 1);
  auto held = co_await hold(cost_of(larger - room_));
  if (held) {
    resize_room(larger);
  }
  co_return held;
}

awaitable<Result<void>> IncomingBody::gunzip() {
  const std::string_view compressed(storage_.get(), size_);
  const auto size = gunzipped_size(compressed);
  if (!size) {
    co_return bad("bad_encoding");
  }
  if (*size > bytes_max_) {
    co_return bad("body_limit");
  }
  factor_ = parse_factor;
  auto held = co_await hold(cost_of(*size));
  if (!held) {
    co_return held;
  }
  auto plain = std::make_unique_for_overwrite<char[]>(*size + Body::padding);
  if (!http::gunzip(compressed, plain.get(), *size)) {
    co_return bad("bad_encoding");
  }
  storage_ = std::move(plain);
  size_ = room_ = *size;
  co_return Result<void>();
}

Body IncomingBody::finish() {
  held_->shrink_to(cost_of(size_) + (room_ - size_));
  return Body(std::move(storage_), size_, room_ + Body::padding, std::move(held_));
}

void IncomingBody::resize_room(std::size_t bytes) {
  auto larger = std::make_unique_for_overwrite<char[]>(bytes + Body::padding);
  std::copy_n(storage_.get(), size_, larger.get());
  storage_ = std::move(larger);
  room_ = bytes;
}

}  // namespace claimferry::http
