// Verifier: walks the lines of all segments, oldest first, and says where the audit is not what was
// written: a byte, a line, a segment or the end of it changed, gone, new or elsewhere. Pure; keeps
// one line, whatever the audit's length.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/audit/record.hpp"

namespace claimferry::audit {

struct Flaw {
  std::string file;
  std::size_t line;
  std::string what;
};

struct VerifyReport {
  std::uint64_t segments = 0;
  std::uint64_t lines = 0;
  Head head;
  std::vector<Flaw> flaws;  // the first ones
  std::uint64_t flaws_in_all = 0;

  bool sound() const noexcept { return flaws_in_all == 0; }
};

class Verifier {
 public:
  static constexpr std::size_t flaws_kept = 20;

  // redis: the head that Redis remembers, read before the first file is opened: the files hold that
  // line or are not the ones. Without it a cut end cannot be told.
  explicit Verifier(std::optional<Head> redis) : redis_(std::move(redis)) {}

  void begin_segment(std::string file_name);
  void line(std::string_view text);
  // One that is longer than any that is written, or ends without a line break.
  void unreadable_line() { line(""); }
  VerifyReport finish();

 private:
  void flaw(std::string what) {
    flaw(report_.segments == 0 ? "" : file_, number_, std::move(what));
  }
  void flaw(std::string file, std::size_t line, std::string what);
  void first_line(const Record& record);
  std::string why_not_next(const Record& record) const;
  void compare_with_redis(const Record& record);

  const std::optional<Head> redis_;
  VerifyReport report_;
  std::string file_;
  std::size_t number_ = 0;          // of the line in its file
  bool damaged_ = false;            // the line before could not be read
  std::optional<Head> unanchored_;  // what the first line follows, until a line says why it is gone
  Flaw unanchored_at_;
  bool met_redis_head_ = false;
};

}  // namespace claimferry::audit
