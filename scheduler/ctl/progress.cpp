#include "scheduler/ctl/progress.hpp"

#include <unistd.h>

namespace claimferry::ctl {
namespace {

using namespace std::chrono_literals;

constexpr auto pause_on_terminal = 200ms;
constexpr auto pause_in_file = 10s;
constexpr auto over_the_line = "\r\x1b[K";  // to its begin, and all of it away (ECMA-48, EL)

}  // namespace

Progress::Progress(std::ostream& out, bool is_terminal, const Clock& clock, std::string what,
                   std::string of)
    : out_(out),
      is_terminal_(is_terminal),
      clock_(clock),
      what_(std::move(what)),
      of_(std::move(of)),
      told_at_(clock.steady()) {}

Progress::~Progress() {
  if (has_line_) {
    out_ << over_the_line << std::flush;
  }
}

void Progress::tell(std::uint64_t done, std::uint64_t about, const std::string& more) {
  const SteadyTime now = clock_.steady();
  const Duration pause = is_terminal_ ? Duration(pause_on_terminal) : Duration(pause_in_file);
  if (now - told_at_ < pause) {
    return;
  }
  told_at_ = now;
  has_line_ = is_terminal_;
  out_ << (is_terminal_ ? over_the_line : "") << what_ << ": " << done;
  if (about > 0) {
    out_ << " of about " << about;
  }
  out_ << " " << of_ << (more.empty() ? "" : " ") << more << (is_terminal_ ? "" : "\n")
       << std::flush;
}

bool standard_error_is_terminal() {
  return ::isatty(STDERR_FILENO) == 1;
}

}  // namespace claimferry::ctl
