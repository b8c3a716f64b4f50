#include "tests/unit/common/claims/page_fixture.hpp"

namespace claimferry::claims {

std::string bundle(std::initializer_list<std::string_view> resources) {
  std::string text = R"({"resourceType":"Bundle","type":"searchset","entry":[)";
  for (const auto resource : resources) {
    text += (text.ends_with('[') ? R"({"resource":)" : R"(,{"resource":)") + std::string(resource) +
            "}";
  }
  return text + "]}";
}

std::string eob(std::string_view id, std::string_view more) {
  return R"({"resourceType":"ExplanationOfBenefit","id":")" + std::string(id) +
         R"(","patient":{"reference":"Patient/p1"})" + (more.empty() ? "" : ",") +
         std::string(more) + "}";
}

ParseRequest request_for(queue::Resource resource) {
  return {resource, "p1", {"/meta/lastUpdated", "/meta/versionId"}};
}

Result<ParsedPage> parse(std::string_view text, queue::Resource resource) {
  PageParser parser;
  return parser.parse(http::Body(text), request_for(resource));
}

std::string failure_code(std::string_view text, queue::Resource resource) {
  auto page = parse(text, resource);
  return page ? "" : page.failure().code;
}

}  // namespace claimferry::claims
