// parse_page: one simdjson on-demand pass over an answer: exact raw bytes, hashes and typed rows of
// each entry. Pure.
//
// A page that is not JSON, not UTF-8 or too deep fails whole (retryable, "page_not_json",
// "page_not_utf8", "page_too_deep") and yields nothing. A 200 that is not what was asked for fails
// with "not_a_bundle" or "not_a_patient" (and says which resourceType or OperationOutcome code came
// instead). An entry of a wrong shape is quarantined and the page goes on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/claims/page.hpp"

namespace claimferry::claims {

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
  // Reuses its buffers from page to page; one a shard.
  Result<ParsedPage> parse(http::Body body, const ParseRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace claimferry::claims
