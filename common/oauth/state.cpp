#include "common/oauth/state.hpp"

#include "common/base/digest.hpp"
#include "common/base/encoding.hpp"
#include "common/base/ids.hpp"

namespace claimferry::oauth {
namespace {

constexpr std::size_t state_bytes = 32;
constexpr std::size_t state_length = 43;  // as base64url without padding
constexpr std::size_t returned_length_max = 128;

bool may_be_ours(std::string_view text) {
  return text.size() == state_length && is_plain_name(text, state_length);
}

}  // namespace

Secret make_state(Random& random) {
  std::string bytes(state_bytes, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  const Secret seed(std::move(bytes));
  return Secret(to_base64url(seed.reveal()));
}

std::string hash_of_state(const Secret& state) {
  return to_hex(sha256(state.reveal()));
}

std::vector<std::string> hashes_of_returned(std::string_view returned) {
  std::vector<std::string> hashes;
  if (returned.size() > returned_length_max) {
    return hashes;
  }
  if (may_be_ours(returned)) {
    hashes.push_back(hash_of_state(Secret(std::string(returned))));
  }
  if (auto decoded = from_base64(returned); decoded && may_be_ours(*decoded)) {
    hashes.push_back(hash_of_state(Secret(std::move(*decoded))));
  }
  return hashes;
}

}  // namespace claimferry::oauth
