// Randomness comes in by constructor, so that a seed replays a run. SystemRandom is the CSPRNG for
// nonces, ids and states; SeededRandom is for jitter in tests and for the simulated world.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace claimferry {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> out) = 0;

  std::uint64_t next();
  // Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [0, 1).
  double unit();
  // 2 × byte_count lower-case hexadecimal digits.
  std::string hex(std::size_t byte_count);
};

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> out) override;
};

// splitmix64: one word of state, the same sequence everywhere.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> out) override;

 private:
  std::uint64_t state_;
};

}  // namespace claimferry
