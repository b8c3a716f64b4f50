// The code systems of CARIN Blue Button claims, and choosing from tables of codes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace claimferry::sandbox::codes {

inline constexpr std::string_view carin = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/";
inline constexpr std::string_view c4bb = "http://hl7.org/fhir/us/carin-bb/CodeSystem/";
inline constexpr std::string_view hl7 = "http://terminology.hl7.org/CodeSystem/";
inline constexpr std::string_view nubc = "https://www.nubc.org/CodeSystem/";
inline constexpr std::string_view icd10 = "http://hl7.org/fhir/sid/icd-10-cm";
inline constexpr std::string_view ndc = "http://hl7.org/fhir/sid/ndc";
inline constexpr std::string_view cpt = "http://www.ama-assn.org/go/cpt";

inline std::string join(std::string_view a, std::string_view b) {
  return std::string(a) + std::string(b);
}

template <class Table>
std::string_view pick(const Table& table, std::uint64_t number) {
  return table[number % table.size()];
}

}  // namespace claimferry::sandbox::codes
