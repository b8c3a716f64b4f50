// Any bytes as a token endpoint's answer: usable tokens, or a coded failure that quotes no token.
#include <string>

#include "common/oauth/token_answer.hpp"
#include "tests/fuzz/input.hpp"

using namespace claimferry;

namespace {

constexpr std::string_view canary = "cAnArY-7f3a91";

void try_answer(std::string_view text) {
  const auto answer = oauth::parse_token_answer(http::Body(text));
  if (!answer) {
    fuzz::promise(!answer.failure().code.empty(), "a failure has a code");
    fuzz::promise(answer.failure().detail.find(canary) == std::string::npos,
                  "a failure quotes no token");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  if (text.find(canary) != std::string::npos) {
    return 0;
  }
  try_answer(text);
  try_answer("{\"refresh_token\":\"" + std::string(canary) + "\"," + text + "}");
  return 0;
}
