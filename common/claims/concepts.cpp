#include "common/claims/concepts.hpp"

namespace claimferry::claims {
namespace {

constexpr std::string_view npi_system = "http://hl7.org/fhir/sid/us-npi";
constexpr std::string_view tax_system = "urn:oid:2.16.840.1.113883.4.4";

std::string_view identifier_of(JsonView identifiers, std::string_view system,
                               std::string_view type) {
  std::string_view value;
  identifiers.any([&](JsonView identifier) {
    value = identifier["system"].text() == system ? identifier["value"].scalar() : "";
    return !value.empty();
  });
  return value.empty() ? identifier_of_type(identifiers, type) : value;
}

}  // namespace

std::string_view concept_code(JsonView codeable, std::string_view system) {
  std::string_view first;
  std::string_view named;
  codeable["coding"].each([&](JsonView coding) {
    const std::string_view code = coding["code"].scalar();
    first = first.empty() ? code : first;
    if (!system.empty() && named.empty() && coding["system"].text() == system) {
      named = code;
    }
  });
  if (!named.empty()) {
    return named;
  }
  return first.empty() ? codeable["text"].text() : first;
}

bool concept_has(JsonView codeable, std::string_view code) {
  return codeable["coding"].any(
      [code](JsonView coding) { return coding["code"].scalar() == code; });
}

std::string_view identifier_of_type(JsonView identifiers, std::string_view type) {
  std::string_view value;
  identifiers.any([&](JsonView identifier) {
    value = concept_has(identifier["type"], type) ? identifier["value"].scalar() : "";
    return !value.empty();
  });
  return value;
}

bool is_npi(JsonView identifier) {
  return identifier["system"].text() == npi_system || concept_has(identifier["type"], "npi");
}

std::string_view npi_of(JsonView identifiers) {
  return identifier_of(identifiers, npi_system, "npi");
}

std::string_view tax_id_of(JsonView identifiers) {
  return identifier_of(identifiers, tax_system, "TAX");
}

JsonView contained_by(JsonView resource, JsonView reference) {
  std::string_view id = reference["reference"].text();
  if (!id.starts_with('#')) {
    return {};
  }
  id.remove_prefix(1);
  JsonView found;
  resource["contained"].any([&](JsonView contained) {
    found = contained["id"].scalar() == id ? contained : JsonView();
    return found.exists();
  });
  return found;
}

std::string_view name_of(JsonView provider, std::string& scratch) {
  const JsonView name = provider["name"];
  const JsonView first = name.first();
  if (!name.text().empty()) {
    return name.text();
  }
  if (!first["text"].text().empty()) {
    return first["text"].text();
  }
  scratch.clear();
  first["given"].each([&scratch](JsonView given) {
    scratch += given.text();
    scratch += scratch.empty() ? "" : " ";
  });
  scratch += first["family"].text();
  return scratch;
}

}  // namespace claimferry::claims
