// JobMachine: what a job does next, decided purely: Patient, then Coverage, then every page of
// ExplanationOfBenefit, then the close; a keepalive refreshes the member's tokens and ends. It sees
// events and answers actions; JobDriver performs them. No I/O, no clock, no randomness: tests walk
// it step by step.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <variant>

#include "common/base/failure.hpp"
#include "common/queue/job.hpp"

namespace claimferry::worker {

// ---- what happened
struct Started {};
struct CursorLoaded {
  std::optional<queue::Cursor> cursor;  // the sink's, which wins over the lease's copy
};
struct PageParsed {
  std::optional<std::string> next_url;  // resolved and allowed
  // Why the page's next link may not be followed: what the page holds is stored, then the job ends.
  std::optional<Failure> next_refused;
  std::uint64_t entries = 0;  // resources and identifiable quarantined entries
  std::optional<std::uint64_t> total;
  bool proves_absence = true;  // false: an unidentifiable entry or a fatal OperationOutcome
};
struct PageStored {
  std::uint64_t repeated = 0;  // resources that an earlier page of this sweep held already
};
struct CursorSaved {};
struct SyncClosed {};
struct TokensKept {};  // refreshed, and the new ones stored
struct StepFailed {
  Failure failure;
  Stage stage;
};
using JobEvent = std::variant<Started, CursorLoaded, PageParsed, PageStored, CursorSaved,
                              SyncClosed, TokensKept, StepFailed>;

// ---- what to do about it
struct KeepTokens {};
struct LoadCursor {};
struct FetchPage {
  queue::Resource resource;
  std::string url;                    // empty: the first page, by the profile's search
  bool other_coverage_param = false;  // the payer refused the configured one
  bool fresh_token = false;           // a 401 came with the current one
};
struct StorePage {
  queue::Cursor after;
};
struct SaveCursor {
  queue::Cursor cursor;
};
struct CloseSync {
  bool coverage_complete;
  bool eob_complete;
};
struct Finish {
  std::optional<StepFailed> because;  // nothing: done
};
using JobAction =
    std::variant<KeepTokens, LoadCursor, FetchPage, StorePage, SaveCursor, CloseSync, Finish>;

class JobMachine {
 public:
  JobMachine(queue::JobKind kind, std::optional<queue::Cursor> lease_cursor)
      : pulls_(kind != queue::JobKind::keepalive), lease_cursor_(std::move(lease_cursor)) {}

  JobAction on(const JobEvent& event);
  const queue::Cursor& cursor() const noexcept { return cursor_; }

 private:
  JobAction start() const;
  JobAction fetch();
  JobAction begin(const CursorLoaded& loaded);
  JobAction page_parsed(const PageParsed& page);
  JobAction page_stored(const PageStored& stored);
  JobAction close();
  std::optional<StepFailed> why_not_follow(const PageParsed& page);
  JobAction advance();
  JobAction failed(const StepFailed& step);
  JobAction restart_resource(const StepFailed& step);
  void finish_resource(queue::Cursor& cursor) const;
  void mark_incomplete(queue::Cursor& cursor) const;

  bool pulls_;
  // Counts only where all pages are durable and the sink closed the sync already: a sink that lost
  // its cursor may have lost the pages before it.
  std::optional<queue::Cursor> lease_cursor_;
  queue::Cursor cursor_;                  // after the last durable page
  queue::Cursor after_;                   // after the page being stored
  std::optional<StepFailed> ends_with_;   // once that page is stored
  std::unordered_set<std::string> seen_;  // next links of this resource: a loop ends
  bool other_coverage_param_ = false;
  bool fresh_token_tried_ = false;  // since the last page that came
};

// The cursor of a job whose pages are all durable: only the close remains.
bool all_pages_durable(const queue::Cursor& cursor) noexcept;

}  // namespace claimferry::worker
