#include "tests/sandbox/model/bundle.hpp"

namespace claimferry::sandbox {

BundleWriter::BundleWriter(std::optional<std::size_t> total)
    : text_(R"({"resourceType":"Bundle","type":"searchset")") {
  if (total) {
    text_ += R"(,"total":)" + std::to_string(*total);
  }
}

void BundleWriter::link(std::string_view relation, std::string_view url) {
  text_ += has_links_ ? "," : R"(,"link":[)";
  has_links_ = true;
  text_.append(R"({"relation":")").append(relation);
  text_.append(R"(","url":")").append(url).append(R"("})");
}

void BundleWriter::begin_entry() {
  if (!has_entries_) {
    text_ += has_links_ ? R"(],"entry":[)" : R"(,"entry":[)";
    has_entries_ = true;
  } else {
    text_ += ",";
  }
}

void BundleWriter::entry(std::string_view full_url, std::string_view resource) {
  begin_entry();
  text_.append(R"({"fullUrl":")").append(full_url).append(R"(","resource":)");
  text_.append(resource).append(R"(,"search":{"mode":"match"}})");
}

void BundleWriter::outcome(std::string_view resource) {
  begin_entry();
  text_.append(R"({"resource":)").append(resource).append(R"(,"search":{"mode":"outcome"}})");
}

std::string BundleWriter::finish() && {
  // FHIR knows no empty arrays: without entries there is no element at all.
  text_ += has_links_ || has_entries_ ? "]}" : "}";
  return std::move(text_);
}

}  // namespace claimferry::sandbox
