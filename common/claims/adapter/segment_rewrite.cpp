#include "common/claims/adapter/segment_rewrite.hpp"

#include <vector>

#include "common/base/limits.hpp"
#include "common/base/try.hpp"
#include "common/claims/adapter/segment_line.hpp"

namespace claimferry::claims {
namespace {

class Rewrite {
 public:
  Rewrite(SegmentDisk& disk, const SegmentHandle& to, const Erased& erased)
      : disk_(disk), to_(to), erased_(erased) {}

  Result<void> take(std::string_view bytes) {
    while (!bytes.empty()) {
      CLAIMFERRY_TRY(in_body_ ? take_body(bytes) : take_head(bytes));
    }
    return {};
  }
  // A last line without its end is whole for us.
  Result<void> end() {
    if (!in_body_ && !head_.empty()) {
      CLAIMFERRY_TRY(decide());
    }
    return flush();
  }
  const Rewritten& report() const noexcept { return report_; }

 private:
  // The beginning of a line, until there is enough of it to say whose it is.
  Result<void> take_head(std::string_view& bytes) {
    const auto end = bytes.find('\n');
    const std::size_t to_line_end = end == std::string_view::npos ? bytes.size() : end + 1;
    const std::size_t some = std::min(to_line_end, limits::segment_head_bytes_max - head_.size());
    head_ += bytes.substr(0, some);
    bytes.remove_prefix(some);
    const bool is_whole = head_.ends_with('\n');
    if (!is_whole && head_.size() < limits::segment_head_bytes_max) {
      return {};
    }
    CLAIMFERRY_TRY(decide());
    in_body_ = !is_whole;
    return {};
  }
  Result<void> decide() {
    keeps_ = judge();
    Result<void> kept;
    if (keeps_) {
      kept = copy(head_);
    } else {
      ++report_.dropped;
    }
    head_.clear();
    return kept;
  }
  bool judge() {
    const auto owner = owner_of(head_);
    if (!owner || owner->operation == "erase" || owner->payer != erased_.payer.str() ||
        owner->member != erased_.member.str()) {
      return true;
    }
    const bool is_later = owner->fence > to_number(erased_.fence);
    report_.holds_more = report_.holds_more || is_later;
    return is_later;
  }
  Result<void> take_body(std::string_view& bytes) {
    const auto end = bytes.find('\n');
    in_body_ = end == std::string_view::npos;
    const std::string_view some = bytes.substr(0, in_body_ ? bytes.size() : end + 1);
    bytes.remove_prefix(some.size());
    return keeps_ ? copy(some) : Result<void>();
  }
  Result<void> copy(std::string_view bytes) {
    report_.bytes += bytes.size();
    buffer_ += bytes;
    return buffer_.size() < limits::segment_buffer_bytes ? Result<void>() : flush();
  }
  Result<void> flush() {
    CLAIMFERRY_TRY(disk_.write(to_, buffer_));
    buffer_.clear();
    return {};
  }

  SegmentDisk& disk_;
  const SegmentHandle& to_;
  const Erased& erased_;
  Rewritten report_;
  std::string head_;
  std::string buffer_;
  bool in_body_ = false;
  bool keeps_ = false;
};

}  // namespace

Result<Rewritten> rewrite_segment(SegmentDisk& disk, const SegmentHandle& from,
                                  const SegmentHandle& to, const Erased& erased) {
  Rewrite rewrite(disk, to, erased);
  std::vector<char> buffer(limits::segment_buffer_bytes);
  std::uint64_t at = 0;
  while (true) {
    const auto got = disk.read(from, at, buffer.data(), buffer.size());
    if (!got) {
      return got.failure();
    }
    if (*got == 0) {
      break;
    }
    at += *got;
    CLAIMFERRY_TRY(rewrite.take({buffer.data(), *got}));
  }
  CLAIMFERRY_TRY(rewrite.end());
  return rewrite.report();
}

}  // namespace claimferry::claims
