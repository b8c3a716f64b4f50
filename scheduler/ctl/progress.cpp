#include "scheduler/ctl/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

namespace claimferry::ctl {
namespace {

using namespace std::chrono_literals;

constexpr auto pause_on_terminal = 200ms;
constexpr auto pause_in_file = 10s;
constexpr auto over_the_line = "\r\x1b[K";  // to its begin, and all of it away (ECMA-48, EL)

// To so many characters of UTF-8.
void cut(std::string& text, std::size_t characters) {
  std::size_t seen = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
    if (begins && ++seen > characters) {
      text.resize(at);
      return;
    }
  }
}

}  // namespace

Progress::Progress(std::ostream& out, bool is_terminal, const Clock& clock, std::string what,
                   std::string of, unsigned width)
    : out_(out),
      is_terminal_(is_terminal),
      clock_(clock),
      what_(std::move(what)),
      of_(std::move(of)),
      width_(width),
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
  std::string line = what_ + ": " + std::to_string(done);
  if (about > 0) {
    line += " of about " + std::to_string(about);
  }
  line += " " + of_ + (more.empty() ? "" : " ") + more;
  if (is_terminal_ && width_ > 0) {
    cut(line, width_ - 1);  // a full line would wrap, and be written over no more
  }
  out_ << (is_terminal_ ? over_the_line : "") << line << (is_terminal_ ? "" : "\n") << std::flush;
}

unsigned terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool standard_error_is_terminal() {
  return ::isatty(STDERR_FILENO) == 1;
}

}  // namespace claimferry::ctl
