#include "common/members/adapter/member_recorder.hpp"

#include <algorithm>

#include "common/base/limits.hpp"

namespace claimferry::members {
namespace {

constexpr unsigned at_once = limits::members_recorded_at_once;
// Members of whom Redis knew nothing are due within this, so that a Redis that lost much is not
// asked for everyone at once.
constexpr Duration spread = std::chrono::minutes(1);

}  // namespace

awaitable<Result<MemberRecorder::Step>> MemberRecorder::step() {
  auto recorded = co_await record();
  auto step = co_await bring_changes();  // whatever became of the other
  if (!step) {
    co_return step;
  }
  if (!recorded) {
    co_return std::move(recorded.failure());
  }
  step->recorded = *recorded;
  step->more = step->more || *recorded == at_once;
  co_return step;
}

awaitable<Result<unsigned>> MemberRecorder::record() {
  auto notes = co_await mirror_.unrecorded(at_once);
  if (!notes || notes->empty()) {
    co_return notes ? Result<unsigned>(0) : Result<unsigned>(std::move(notes.failure()));
  }
  std::ranges::sort(*notes, {}, &PostgresMembers::StateNote::member);  // locks in one order
  auto records = co_await members_.record(*notes);
  if (!records) {
    co_return std::move(records.failure());
  }
  std::vector<MemberMirror::Recorded> told;
  for (std::size_t at = 0; at < notes->size(); ++at) {
    const auto& note = (*notes)[at];
    const auto& record = (*records)[at];
    if (!record) {
      auto newer = co_await tell_newer(note);
      if (!newer) {
        co_return std::move(newer.failure());
      }
    }
    told.push_back(
        {note.member, note.state, record.value_or(0) == 0 ? "" : std::to_string(*record)});
  }
  const auto count = static_cast<unsigned>(told.size());
  auto noted = co_await mirror_.note_recorded(std::move(told));
  if (!noted) {
    co_return std::move(noted.failure());
  }
  co_return count;
}

// An erasure that Redis is in the midst of goes on all the same; at its end this comes again.
awaitable<Result<void>> MemberRecorder::tell_newer(PostgresMembers::StateNote note) {
  auto row = co_await members_.find(note.member);
  if (!row) {
    co_return std::move(row.failure());
  }
  if (*row) {
    std::vector<MirrorRow> rows{std::move(**row)};
    auto told = co_await mirror_.mirror(std::move(rows), {}, Duration::zero());
    if (!told) {
      co_return std::move(told.failure());
    }
  }
  co_return Result<void>();
}

awaitable<Result<MemberRecorder::Step>> MemberRecorder::bring_changes() {
  auto place = co_await mirror_.place();
  if (!place) {
    co_return std::move(place.failure());
  }
  auto changes = co_await members_.changes_after(*place, at_once);
  if (!changes) {
    co_return std::move(changes.failure());
  }
  Step step;
  step.more = changes->more;
  if (changes->rows.empty()) {
    co_return step;
  }
  MemberMirror::Places places{std::move(*place), std::move(changes->place)};
  auto news = co_await mirror_.mirror(std::move(changes->rows), std::move(places), spread);
  if (!news) {
    co_return std::move(news.failure());
  }
  step.news = *news;
  co_return step;
}

}  // namespace claimferry::members
