// TextArena: texts that live as long as the arena, in few large pieces. Moving it moves no text, so
// that views stay good.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace claimferry {

class TextArena {
 public:
  TextArena() = default;
  TextArena(TextArena&& other) noexcept
      : pieces_(std::move(other.pieces_)),
        next_(std::exchange(other.next_, nullptr)),
        left_(std::exchange(other.left_, 0)),
        bytes_(std::exchange(other.bytes_, 0)) {}
  TextArena& operator=(TextArena&& other) noexcept {
    pieces_ = std::move(other.pieces_);
    next_ = std::exchange(other.next_, nullptr);
    left_ = std::exchange(other.left_, 0);
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
  }

  // Space for a text that the caller writes at once.
  char* space(std::size_t size) {
    if (size > left_) {
      left_ = std::max(size, piece_bytes);
      bytes_ += left_;
      next_ = pieces_.emplace_back(new char[left_]).get();
    }
    char* begin = next_;
    next_ += size;
    left_ -= size;
    return begin;
  }

  std::string_view add(std::string_view text) {
    char* begin = space(text.size());
    if (!text.empty()) {
      std::memcpy(begin, text.data(), text.size());
    }
    return {begin, text.size()};
  }

  std::size_t bytes() const noexcept { return bytes_; }

 private:
  static constexpr std::size_t piece_bytes = 16 * 1024;

  std::vector<std::unique_ptr<char[]>> pieces_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace claimferry
