// Body: the bytes of a response, with the padding that simdjson reads past the end (64 bytes,
// zero), so that a page is parsed where it was received and its raw resources stay views into it.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace claimferry::http {

class Body {
 public:
  static constexpr std::size_t padding = 64;

  Body() = default;
  // Copies; for tests and small bodies.
  explicit Body(std::string_view bytes);
  // Adopts storage of at least size + padding bytes. `release` runs when the body goes (gives
  // budget back); may be empty.
  Body(std::unique_ptr<char[]> storage, std::size_t size, std::size_t capacity,
       std::shared_ptr<void> release = nullptr);
  Body(Body&&) noexcept = default;
  Body& operator=(Body&&) noexcept = default;

  std::string_view view() const noexcept { return {storage_.get(), size_}; }
  std::size_t size() const noexcept { return size_; }
  // Readable bytes behind data(), padding included.
  std::size_t capacity() const noexcept { return capacity_; }

 private:
  std::unique_ptr<char[]> storage_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::shared_ptr<void> release_;
};

}  // namespace claimferry::http
