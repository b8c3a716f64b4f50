// Cursor: the place in a member's paging after the last page that is durable, and what a later
// close must know of the pages before it. It travels to Redis and to the sink as one line of text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace claimferry::queue {

// In the order in which a job pulls them.
enum class Resource : std::uint8_t { patient, coverage, eob };

// FHIR's names: "Patient", "Coverage", "ExplanationOfBenefit".
std::string_view to_string(Resource resource) noexcept;
std::optional<Resource> parse_resource(std::string_view text) noexcept;

struct Cursor {
  Resource resource = Resource::patient;
  std::string next_url;                // empty: the first page of `resource`
  std::uint32_t pages = 0;             // durable pages of `resource`
  std::uint64_t entries = 0;           // resources on them
  std::optional<std::uint64_t> total;  // Bundle.total, where the payer says it
  std::uint32_t restarts = 0;          // times this resource began again: its sweep is not complete
  // Resources whose pull cannot prove absence (restart, unidentifiable entry, fatal outcome, short
  // of total).
  bool coverage_incomplete = false;
  bool eob_incomplete = false;

  // "1 ExplanationOfBenefit 3 60 180 0 00 https://…": version, resource, pages, entries, total or
  // "-", restarts, flags, url or "-".
  std::string str() const;
  // The cursor as Redis holds it, for those who look and for the close of a job whose pages are all
  // durable: the link names the patient and stays in the sink, which alone can go on from it.
  Cursor without_link() const;
  static std::optional<Cursor> parse(std::string_view text);
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

}  // namespace claimferry::queue
