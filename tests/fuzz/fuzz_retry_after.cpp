// Any bytes as a Retry-After: a wait from nothing to the longest that is believed, or none.
#include "common/base/limits.hpp"
#include "common/fhir/classify.hpp"
#include "tests/fuzz/input.hpp"

using namespace claimferry;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const WallTime now{std::chrono::seconds(1'800'000'000)};
  if (const auto wait = fhir::parse_retry_after(text, now)) {
    fuzz::promise(*wait >= Duration::zero() && *wait <= Duration(limits::retry_after_max),
                  "the wait is within its bounds");
  }
  static_cast<void>(fhir::parse_http_date(text));
  return 0;
}
