#include "common/fhir/search.hpp"

#include "common/base/clock.hpp"

namespace claimferry::fhir {
namespace {

// RFC 3986 §2.3: everything but the unreserved characters, so that an id never becomes syntax.
std::string percent_encoded(const std::string& text) {
  constexpr std::string_view unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (unreserved.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return encoded;
}

std::string coverage_query(CoverageParam param, const std::string& id) {
  return param == CoverageParam::beneficiary ? "?beneficiary=Patient/" + id : "?patient=" + id;
}

}  // namespace

std::string first_page_url(const SearchProfile& profile, queue::Resource resource,
                           const std::string& patient_id, const queue::Window& window) {
  const std::string id = percent_encoded(patient_id);
  std::string url = profile.resource_base + "/" + std::string(to_string(resource));
  if (resource == queue::Resource::patient) {
    return url + "/" + id;
  }
  if (resource == queue::Resource::coverage) {
    return url + coverage_query(profile.coverage_param, id);
  }
  url += "?patient=" + id;
  if (window.since) {
    url += "&service-date=ge" + format_date(*window.since);
  }
  if (window.until) {
    url += "&service-date=le" + format_date(*window.until);
  }
  return url;
}

}  // namespace claimferry::fhir
