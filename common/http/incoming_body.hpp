// IncomingBody: a body while it is received and decoded: storage with simdjson's padding, and the
// bytes of the budget that it holds. Where the bytes come from is connection.cpp's business.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "common/async/awaitable.hpp"
#include "common/base/body.hpp"
#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/http/byte_budget.hpp"

namespace claimferry::http {

// What a body costs, in its own size, until its page is stored. The published page of the first
// payer, without its white space and were it a single resource, needs 0.74 for simdjson's index (4
// bytes each for key, colon, value and comma), 1.85 for the tape (40 bytes a node) and 0.29 for
// rows. A vector's spare room may double a tape: with the body itself 5.7; of 170 files of other
// payers and guides the neediest, half a kilobyte of odd entries, comes to 7.3. It is no bound for
// every JSON: "[0,0,...]" has a node for two bytes, 20 for its tape. Index and tape are the
// shard's, one page at a time, so that such pages exceed their share once, not once a body.
inline constexpr std::uint64_t parse_factor = 8;

class IncomingBody {
 public:
  IncomingBody(ByteBudget& budget, std::size_t bytes_max, SteadyTime deadline)
      : budget_(budget), bytes_max_(bytes_max), deadline_(deadline) {}

  // First of all; `length` as the header says it, if it does. Failures of this and of make_room()
  // are ByteBudget's.
  awaitable<Result<void>> begin(std::optional<std::uint64_t> length, bool is_compressed);
  bool is_full() const noexcept { return size_ == room_; }
  awaitable<Result<void>> make_room();
  char* free_space() noexcept { return storage_.get() + size_; }
  std::size_t free_bytes() const noexcept { return room_ - size_; }
  void add(std::size_t bytes) noexcept { size_ += bytes; }

  std::size_t size() const noexcept { return size_; }
  // Undoes gzip. Failures: also "bad_encoding" (no gzip, or broken) and "body_limit", which the
  // caller puts into words.
  awaitable<Result<void>> gunzip();
  // What was received; this is empty afterwards.
  Body finish();

 private:
  bool is_small() const noexcept;
  awaitable<Result<void>> hold(std::uint64_t bytes);
  std::uint64_t cost_of(std::uint64_t bytes) const noexcept;
  void resize_room(std::size_t bytes);

  ByteBudget& budget_;
  std::size_t bytes_max_;
  SteadyTime deadline_;
  std::uint64_t factor_ = parse_factor;
  std::unique_ptr<char[]> storage_;
  std::size_t size_ = 0;
  std::size_t room_ = 0;  // without the padding
  ByteBudget::Held held_;
};

}  // namespace claimferry::http
