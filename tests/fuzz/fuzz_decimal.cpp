// Any bytes as an amount: what is taken is a JSON number, reads the same when it is written again,
// and adding nothing to it changes nothing.
#include "common/claims/decimal.hpp"
#include "common/claims/tables/column_value.hpp"
#include "tests/fuzz/input.hpp"

using namespace claimferry;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto decimal = claims::Decimal::parse(text);
  if (claims::is_decimal(text)) {
    fuzz::promise(claims::is_json_number(text), "a decimal is a number of JSON");
  }
  if (!decimal) {
    return 0;
  }
  fuzz::promise(claims::is_json_number(text), "what is taken is a number of JSON");
  const std::string written = decimal->str();
  const auto again = claims::Decimal::parse(written);
  fuzz::promise(again && again->str() == written, "it reads as it was written");
  const auto sum = decimal->plus(*claims::Decimal::parse("0"));
  fuzz::promise(sum && sum->str() == written, "adding nothing changes nothing");
  return 0;
}
