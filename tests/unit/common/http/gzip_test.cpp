#include "common/http/gzip.hpp"

#include <string>

#include <gtest/gtest.h>
#include <libdeflate.h>

namespace claimferry::http {
namespace {

std::string gzipped(const std::string& text) {
  std::string out(text.size() + 100, '\0');
  auto* compressor = libdeflate_alloc_compressor(1);
  out.resize(
      libdeflate_gzip_compress(compressor, text.data(), text.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

TEST(Gzip, UndoesWhatItKnowsTheSizeOf) {
  const std::string text(70'000, 'a');
  const std::string compressed = gzipped(text);
  ASSERT_EQ(gunzipped_size(compressed), text.size());
  std::string out(text.size(), '\0');
  ASSERT_TRUE(gunzip(compressed, out.data(), out.size()));
  EXPECT_EQ(out, text);
}

TEST(Gzip, RefusesWhatIsCutOffBrokenOrFollowed) {
  const std::string compressed = gzipped("some text to compress");
  std::string out(21, '\0');
  for (std::size_t size = 0; size < compressed.size(); ++size) {
    EXPECT_FALSE(gunzip(compressed.substr(0, size), out.data(), out.size())) << size;
  }
  std::string broken = compressed;
  broken[12] = static_cast<char>(broken[12] ^ 0x55);
  EXPECT_FALSE(gunzip(broken, out.data(), out.size()));
  EXPECT_FALSE(gunzip(compressed + "x", out.data(), out.size()));
  EXPECT_FALSE(gunzip(compressed, out.data(), 20));
  EXPECT_EQ(gunzipped_size("plain text, no gzip at all"), std::nullopt);
}

}  // namespace
}  // namespace claimferry::http
