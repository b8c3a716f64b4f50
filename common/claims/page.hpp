// ParsedPage: what one answer of the payer became. Owns the body; raw resources are views into it,
// typed rows views into it or into the page's own texts, so that a page moves to the sink's thread
// without a copy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/body.hpp"
#include "common/base/digest.hpp"
#include "common/base/text_arena.hpp"
#include "common/claims/tables/row_set.hpp"
#include "common/queue/cursor.hpp"

namespace claimferry::claims {

struct ResourceRow {
  std::string_view type;      // FHIR's name
  std::string_view id;        // numeric ids as their digits
  std::string_view full_url;  // may be empty
  std::string_view raw;       // the exact bytes of entry.resource
  Sha256 content_hash;        // of raw: integrity
  Sha256 change_hash;  // over the leaves without the profile's volatile pointers: change detection
};

// An entry of a wrong shape, another patient's, or of a type nobody asked for: kept with its
// reason, never a row.
struct QuarantinedEntry {
  std::string_view raw;
  std::string_view reason;   // a stable code: "foreign_patient", "no_id", "wrong_type", …
  std::string_view pointer;  // JSON pointer to the offending place, within the entry ("/entry":
                             // the list itself)
  bool identifiable;         // false: a sweep with it cannot prove absence
  bool counted;              // a match of the search: Bundle.total counts it
  std::string_view type;     // FHIR's name and the id, as far as they could be read: a resource
  std::string_view id;       // that we know by them was seen, in whatever shape
};

struct ParsedPage {
  http::Body body;
  TextArena texts;

  std::vector<ResourceRow> resources;
  RowSet rows;
  std::vector<QuarantinedEntry> quarantined;
  // Matches of the search that could be identified, in whatever shape; an id that repeats within
  // the page counts once. What Bundle.total is compared with.
  std::uint64_t entries_distinct = 0;

  std::optional<std::string> next_link;  // as sent, not yet checked or resolved
  std::optional<std::uint64_t> total;
  bool fatal_outcome = false;  // an OperationOutcome entry says the answer is partial
};

}  // namespace claimferry::claims
