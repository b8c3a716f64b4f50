// The authorization codes that were issued, spent ones included, so that a second use is known for
// what it is. Bounded: the oldest is forgotten, and unknown from then on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "tests/sandbox/model/connect/authorize_requests.hpp"

namespace claimferry::sandbox {

struct IssuedCode {
  std::string code;
  AuthorizeRequest request;
  std::size_t member = 0;
  WallTime issued_at{};
  std::optional<std::uint64_t> generation;  // of the grant that it was exchanged for
};

class Codes {
 public:
  static constexpr std::size_t kept_max = 1'024;

  explicit Codes(std::uint64_t seed) : seed_(seed), random_(seed) {}

  const std::string& issue(AuthorizeRequest request, std::size_t member, WallTime now);
  // Holds until the next issue().
  IssuedCode* find(std::string_view code);
  // The seed's sequence begins again.
  void clear();

 private:
  std::uint64_t seed_;
  SeededRandom random_;
  std::deque<IssuedCode> issued_;  // the newest last
};

}  // namespace claimferry::sandbox
