// Any bytes as a date of FHIR: its day is a real one, and what it says of its precision is so.
#include <chrono>

#include "common/claims/tables/column_value.hpp"
#include "tests/fuzz/input.hpp"

using namespace claimferry;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const claims::Day day = claims::day_of(text);
  fuzz::promise(day.day.empty() == day.precision.empty(), "a day has a precision");
  if (day.day.empty()) {
    return 0;
  }
  fuzz::promise(day.day.size() == 10, "a day is written as YYYY-MM-DD");
  const std::chrono::year_month_day whole{
      std::chrono::year(std::stoi(day.day.substr(0, 4))),
      std::chrono::month(static_cast<unsigned>(std::stoi(day.day.substr(5, 2)))),
      std::chrono::day(static_cast<unsigned>(std::stoi(day.day.substr(8, 2))))};
  fuzz::promise(whole.ok(), "the day is in the calendar");
  fuzz::promise(day.day.starts_with(text.substr(0, std::min<std::size_t>(text.size(), 10))),
                "the day begins as the text does");
  return 0;
}
