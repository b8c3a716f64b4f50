#include "worker/job_machine.hpp"

#include <algorithm>
#include <utility>

#include "common/base/limits.hpp"
#include "worker/job_stage.hpp"

namespace claimferry::worker {
namespace {

using queue::Cursor;
using queue::Resource;

StepFailed permanent(Resource resource, std::string code, std::string detail) {
  StepFailed step{{FailureKind::permanent, std::move(code), std::move(detail)}, stage_of(resource)};
  return step;
}

}  // namespace

bool all_pages_durable(const Cursor& cursor) noexcept {
  return cursor.resource == Resource::eob && cursor.pages > 0 && cursor.next_url.empty();
}

JobAction JobMachine::on(const JobEvent& event) {
  struct Visitor {
    JobMachine& machine;
    JobAction operator()(const Started&) const { return machine.start(); }
    JobAction operator()(const CursorLoaded& loaded) const { return machine.begin(loaded); }
    JobAction operator()(const PageParsed& page) const { return machine.page_parsed(page); }
    JobAction operator()(const PageStored& stored) const { return machine.page_stored(stored); }
    JobAction operator()(const CursorSaved&) const { return machine.advance(); }
    JobAction operator()(const SyncClosed&) const { return Finish{}; }
    JobAction operator()(const TokensKept&) const { return Finish{}; }
    JobAction operator()(const StepFailed& step) const { return machine.failed(step); }
  };
  return std::visit(Visitor{*this}, event);
}

JobAction JobMachine::start() const {
  if (pulls_) {
    return LoadCursor{};
  }
  return KeepTokens{};
}

JobAction JobMachine::begin(const CursorLoaded& loaded) {
  if (loaded.cursor) {
    cursor_ = *loaded.cursor;
  } else if (lease_cursor_ && all_pages_durable(*lease_cursor_)) {
    cursor_ = *lease_cursor_;
  }
  return advance();
}

JobAction JobMachine::advance() {
  if (all_pages_durable(cursor_)) {
    return close();
  }
  return fetch();
}

// Only now is known how many of the entries were counted twice.
JobAction JobMachine::close() {
  const bool all_came = !cursor_.total || cursor_.entries >= *cursor_.total;
  return CloseSync{!cursor_.coverage_incomplete, !cursor_.eob_incomplete && all_came};
}

JobAction JobMachine::fetch() {
  FetchPage page{cursor_.resource, cursor_.next_url};
  page.other_coverage_param = other_coverage_param_;
  page.fresh_token = fresh_token_tried_;
  return page;
}

JobAction JobMachine::page_parsed(const PageParsed& page) {
  fresh_token_tried_ = false;
  ends_with_ = why_not_follow(page);
  after_ = cursor_;
  if (ends_with_) {
    return StorePage{after_};  // the cursor stays before the page
  }
  after_.pages += 1;
  after_.entries += page.entries;
  // A total that moves means that claims came or went between pages: one may have slipped past a
  // page's border unseen.
  const bool moved = page.total && after_.total && *page.total != *after_.total;
  if (page.total) {
    after_.total = page.total;
  }
  if (!page.proves_absence || moved) {
    mark_incomplete(after_);
  }
  if (page.next_url) {
    after_.next_url = *page.next_url;
  } else {
    finish_resource(after_);
  }
  return StorePage{after_};
}

std::optional<StepFailed> JobMachine::why_not_follow(const PageParsed& page) {
  if (page.next_refused) {
    return StepFailed{*page.next_refused, stage_of(cursor_.resource)};
  }
  if (!page.next_url) {
    return std::nullopt;
  }
  if (!seen_.insert(*page.next_url).second || *page.next_url == cursor_.next_url) {
    return permanent(cursor_.resource, "next_link_loop",
                     "a next link led to a page already read; report it to the payer");
  }
  if (cursor_.pages + 1 >= limits::pages_per_resource_max) {
    return permanent(cursor_.resource, "too_many_pages",
                     "the member has more pages than limits::pages_per_resource_max; raise it if "
                     "they are real");
  }
  return std::nullopt;
}

JobAction JobMachine::page_stored(const PageStored& stored) {
  if (ends_with_) {
    return Finish{std::exchange(ends_with_, std::nullopt)};
  }
  cursor_ = after_;
  cursor_.entries -= std::min(cursor_.entries, stored.repeated);
  return SaveCursor{cursor_};
}

void JobMachine::mark_incomplete(Cursor& cursor) const {
  switch (cursor.resource) {
    case Resource::patient:
      return;
    case Resource::coverage:
      cursor.coverage_incomplete = true;
      return;
    case Resource::eob:
      cursor.eob_incomplete = true;
      return;
  }
}

void JobMachine::finish_resource(Cursor& cursor) const {
  if (cursor.restarts > 0) {
    mark_incomplete(cursor);
  }
  cursor.next_url.clear();
  if (cursor.resource == Resource::eob) {
    return;  // close() compares with the total
  }
  if (cursor.total && cursor.entries < *cursor.total) {
    mark_incomplete(cursor);
  }
  cursor.resource = cursor.resource == Resource::patient ? Resource::coverage : Resource::eob;
  cursor.pages = 0;
  cursor.entries = 0;
  cursor.total.reset();
  cursor.restarts = 0;
}

JobAction JobMachine::failed(const StepFailed& step) {
  const Failure& failure = step.failure;
  if (failure.code == "unauthorized" && !fresh_token_tried_) {
    fresh_token_tried_ = true;
    return fetch();
  }
  const bool first_coverage_page =
      step.stage == Stage::coverage && cursor_.next_url.empty() && !other_coverage_param_;
  if (failure.code == "bad_request" && first_coverage_page) {
    other_coverage_param_ = true;
    fresh_token_tried_ = false;
    return fetch();
  }
  if (failure.code == "cursor_gone") {
    return restart_resource(step);
  }
  return Finish{step};
}

// The payer no longer honours the link: what is durable stays, and the upsert makes the repetition
// invisible; but a sweep with a restart cannot prove absence.
JobAction JobMachine::restart_resource(const StepFailed& step) {
  if (cursor_.next_url.empty() || cursor_.restarts >= limits::cursor_restarts_max) {
    return Finish{permanent(cursor_.resource, "cursor_gone_again", step.failure.detail)};
  }
  fresh_token_tried_ = false;
  cursor_.restarts += 1;
  cursor_.pages = 0;
  cursor_.entries = 0;
  cursor_.next_url.clear();
  seen_.clear();
  return SaveCursor{cursor_};
}

}  // namespace claimferry::worker
