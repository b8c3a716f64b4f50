#include "common/http/gzip.hpp"

#include <cstdint>
#include <memory>

#include <libdeflate.h>

namespace claimferry::http {
namespace {

constexpr std::size_t smallest = 18;  // header, trailer, nothing between

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* decompressor) const noexcept {
    libdeflate_free_decompressor(decompressor);
  }
};

}  // namespace

std::optional<std::size_t> gunzipped_size(std::string_view compressed) noexcept {
  if (compressed.size() < smallest || !compressed.starts_with("\x1f\x8b")) {
    return std::nullopt;
  }
  std::size_t size = 0;
  for (std::size_t at = 0; at < 4; ++at) {
    size = (size << 8U) | static_cast<unsigned char>(compressed[compressed.size() - 1 - at]);
  }
  return size;
}

bool gunzip(std::string_view compressed, char* out, std::size_t size) noexcept {
  const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(
      libdeflate_alloc_decompressor());
  std::size_t used = 0;
  std::size_t written = 0;
  return decompressor != nullptr &&
         libdeflate_gzip_decompress_ex(decompressor.get(), compressed.data(), compressed.size(),
                                       out, size, &used, &written) == LIBDEFLATE_SUCCESS &&
         used == compressed.size() && written == size;
}

}  // namespace claimferry::http
