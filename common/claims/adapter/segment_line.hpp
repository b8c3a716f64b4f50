// SegmentLine: the lines of a segment, as text. Schema 1, keys in this order:
//   schema operation payer member fence, and by operation:
//   upsert      resource_type resource_id version change_hash sha256 received_at full_url?
//   raw_text?
//               raw: the resource as it was sent, last, so that its bytes are those between
//               `,"raw":` (its first occurrence: within texts the quote is escaped) and the line's
//               last brace. Line ends between its tokens stand as spaces there; the exact bytes of
//               such a resource are raw_text's.
//   absent      resource_type resource_id version absent_at
//   quarantine  resource_type resource_id reason pointer sha256 received_at raw_base64
//   erase       erased_at
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/claims/adapter/claim_sink.hpp"

namespace claimferry::claims {

// "…": JSON's quotes and escapes around a text of UTF-8.
std::string json_quoted(std::string_view text);

// All of an upsert's line but the raw resource and "}\n" behind it.
std::string upsert_head(const PageCommit& commit, const ResourceRow& row, std::int64_t version);
// The resource without line ends; nothing where it has none.
std::optional<std::string> raw_on_one_line(std::string_view raw);

std::string absent_line(const SyncClose& close, std::string_view type, std::string_view id,
                        std::int64_t version);
std::string erase_line(const SyncKey& key, WallTime at);

struct QuarantineLine {
  const SyncKey& key;
  WallTime at;
  std::string_view type;
  std::string_view id;
  std::string_view reason;
  std::string_view pointer;
  std::string_view raw;
};
// All of a quarantine's line but the raw bytes in base64 and "\"}\n" behind them.
std::string quarantine_head(const QuarantineLine& line);

// Whose line it is that begins so. Nothing for a line that is none of ours.
struct LineOwner {
  std::string_view operation;
  std::string_view payer;
  std::string_view member;
  std::uint64_t fence;
};
std::optional<LineOwner> owner_of(std::string_view line);

}  // namespace claimferry::claims
