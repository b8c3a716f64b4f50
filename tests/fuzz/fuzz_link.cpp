// Any bytes as a page's next link: what may be followed stays within the payer's origin and paths.
#include "common/fhir/next_link.hpp"
#include "tests/fuzz/input.hpp"

using namespace claimferry;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fhir::LinkPolicy policy{
      {"https://payer.example"}, {"/fhir/"}, {{"/fhir/prod/", "/fhir/"}}};
  const auto next = fhir::resolve_next("https://payer.example/fhir/ExplanationOfBenefit?page=1",
                                       fuzz::text_of(data, size), policy);
  if (next) {
    fuzz::promise(next->starts_with("https://payer.example/fhir/"),
                  "the bearer token goes to the payer alone");
    fuzz::promise(next->substr(0, next->find('?')).find("/../") == std::string::npos,
                  "no way leads up");
    fuzz::promise(next->find_first_of("\r\n \t") == std::string::npos, "no line is broken");
  } else {
    fuzz::promise(next.failure().kind == FailureKind::permanent, "a refusal is for good");
  }
  return 0;
}
