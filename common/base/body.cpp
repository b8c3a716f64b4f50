#include "common/base/body.hpp"

#include <cstring>

#include "common/base/assert.hpp"

namespace claimferry::http {

Body::Body(std::string_view bytes)
    : storage_(std::make_unique<char[]>(bytes.size() + padding)),
      size_(bytes.size()),
      capacity_(bytes.size() + padding) {
  std::memcpy(storage_.get(), bytes.data(), bytes.size());
}

Body::Body(std::unique_ptr<char[]> storage, std::size_t size, std::size_t capacity,
           std::shared_ptr<void> release)
    : storage_(std::move(storage)), size_(size), capacity_(capacity), release_(std::move(release)) {
  CLAIMFERRY_ASSERT(capacity >= size + padding);
  std::memset(storage_.get() + size, 0, padding);
}

}  // namespace claimferry::http
