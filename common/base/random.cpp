#include "common/base/random.hpp"

#include <array>
#include <cstring>

#include <openssl/rand.h>

#include "common/base/assert.hpp"
#include "common/base/encoding.hpp"

namespace claimferry {

std::uint64_t Random::next() {
  std::array<std::byte, 8> bytes{};
  fill(bytes);
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
  CLAIMFERRY_ASSERT(bound > 0);
  // Rejection keeps it uniform: the tail that does not fill a whole bound is drawn again.
  const std::uint64_t limit = bound * (UINT64_MAX / bound);
  std::uint64_t value = next();
  while (value >= limit) {
    value = next();
  }
  return value % bound;
}

double Random::unit() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::string Random::hex(std::size_t byte_count) {
  std::string bytes(byte_count, '\0');
  fill(std::as_writable_bytes(std::span(bytes)));
  return to_hex(bytes);
}

void SystemRandom::fill(std::span<std::byte> out) {
  // A CSPRNG that cannot deliver is not something to continue from.
  CLAIMFERRY_ASSERT(
      RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) == 1);
}

void SeededRandom::fill(std::span<std::byte> out) {
  for (std::size_t at = 0; at < out.size(); at += 8) {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    z ^= z >> 31;
    std::memcpy(out.data() + at, &z, std::min<std::size_t>(8, out.size() - at));
  }
}

}  // namespace claimferry
