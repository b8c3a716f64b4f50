// parse_page: one simdjson on-demand pass over an answer: exact raw bytes, hashes and typed rows of
// each entry. Pure.
//
// A page fails whole and yields nothing, retryable, when it is not JSON, not UTF-8, too deep or too
// large for its bytes ("page_not_json", "page_not_utf8", "page_too_deep", "page_too_complex"), is a
// 200 that is not what was asked for ("not_a_bundle", "not_a_patient": says which resourceType or
// OperationOutcome code came instead), or hides whether another follows ("bad_next_link"). An entry
// of a wrong shape is quarantined and the page goes on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/claims/page.hpp"

namespace claimferry::claims {

// Grows whenever the same bytes give other rows; kept with each version, so that `claimferry
// reprocess` knows which rows to make anew.
inline constexpr int parser_version = 2;

struct ParseRequest {
  queue::Resource resource;  // patient: a bare Patient; others: a searchset Bundle
  std::string patient_id;    // whose records these must be
  std::vector<std::string> volatile_pointers;  // left out of the change hash: "/meta/lastUpdated"
};

class PageParser {
 public:
  PageParser();
  ~PageParser();
  PageParser(PageParser&&) noexcept;
  PageParser& operator=(PageParser&&) noexcept;
  // The body becomes the page's; when it cannot become one it stays with the caller, who may keep
  // it in quarantine. Buffers are reused from page to page; one parser a shard.
  Result<ParsedPage> parse(http::Body& body, const ParseRequest& request);
  Result<ParsedPage> parse(http::Body&& body, const ParseRequest& request) {
    return parse(body, request);
  }
  // What the buffers hold on to between pages; at most limits::parse_buffer_bytes_kept_max.
  std::size_t buffer_bytes() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace claimferry::claims
