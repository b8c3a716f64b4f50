#include "common/audit/verifier.hpp"

#include "common/audit/segment.hpp"

namespace claimferry::audit {
namespace {

std::string lines_from_to(std::uint64_t first, std::uint64_t last) {
  return first == last ? "line " + std::to_string(first) + " of the chain is"
                       : "lines " + std::to_string(first) + " to " + std::to_string(last) +
                             " of the chain are";
}

}  // namespace

void Verifier::begin_segment(std::string file_name) {
  file_ = std::move(file_name);
  number_ = 0;
  ++report_.segments;
}

void Verifier::flaw(std::string file, std::size_t line, std::string what) {
  ++report_.flaws_in_all;
  if (report_.flaws.size() < flaws_kept) {
    report_.flaws.push_back({std::move(file), line, std::move(what)});
  }
}

void Verifier::line(std::string_view text) {
  ++number_;
  const bool is_first = report_.lines++ == 0;
  const auto record = parse_line(text);
  if (!record) {
    flaw("is no line of the audit: it was changed or put in");
    damaged_ = true;
    return;
  }
  if (!is_sealed(text)) {
    flaw("was changed: its hash is another's");
  } else if (is_first) {
    first_line(*record);
  } else if (const std::string why = why_not_next(*record); !why.empty()) {
    flaw(why);
  }
  if (const auto removed = removal_of(record->entry); removed && unanchored_ == removed->anchor) {
    unanchored_.reset();
  }
  compare_with_redis(*record);
  damaged_ = false;
  report_.head = record->head();
}

void Verifier::first_line(const Record& record) {
  const Head before{record.seq - 1, record.prev};
  if (before != Head{}) {
    unanchored_ = before;
    unanchored_at_ = {file_, number_, ""};
  }
}

std::string Verifier::why_not_next(const Record& record) const {
  const std::uint64_t expected = report_.head.seq + 1;
  // Of a line that could not be read nothing is known but that it stood there.
  if (damaged_) {
    return "";
  }
  if (record.seq > expected) {
    return lines_from_to(expected, record.seq - 1) + " missing before it";
  }
  if (record.seq < expected) {
    return "stands in the wrong place or twice: it is line " + std::to_string(record.seq) +
           " of the chain, behind line " + std::to_string(report_.head.seq);
  }
  return record.prev == report_.head.hash ? "" : "does not follow the line before it";
}

void Verifier::compare_with_redis(const Record& record) {
  if (!redis_ || record.seq != redis_->seq) {
    return;
  }
  met_redis_head_ = true;
  if (record.hash != redis_->hash) {
    flaw("is not the line that Redis remembers: the audit was written anew, or is another's");
  }
}

VerifyReport Verifier::finish() {
  if (unanchored_) {
    flaw(unanchored_at_.file, unanchored_at_.line,
         "is the first, and " + lines_from_to(1, unanchored_->seq) +
             " missing before it: no line says that they were removed by age");
  }
  if (redis_ && !met_redis_head_) {
    flaw("is the end of the files, and Redis remembers line " + std::to_string(redis_->seq) +
         " of the chain: the end was cut off, or an older copy put back");
  }
  return std::move(report_);
}

}  // namespace claimferry::audit
