#include "scheduler/ctl/top/terminal.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace claimferry::ctl {
namespace {

// ECMA-48 and xterm: another screen, so that what was there comes back; no cursor.
constexpr std::string_view enter = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view leave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view to_the_top = "\x1b[H";
constexpr std::string_view rest_of_line = "\x1b[K\r\n";
constexpr std::string_view rest_of_screen = "\x1b[J";
constexpr unsigned usual_width = 80;
constexpr unsigned usual_height = 24;

volatile std::sig_atomic_t asked_to_end = 0;

void note_end(int) {
  asked_to_end = 1;
}
void note_nothing(int) {}

// The terminal's modes as they were, and as we have them; for a handler, so global.
termios usual_modes{};
termios our_modes{};
bool has_modes = false;

void listen_to(int signal, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);  // no SA_RESTART: a wait ends by it
  sigaction(signal, &action, nullptr);
}

void write_all(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      asked_to_end = 1;  // nobody is there to see it
      return;
    }
    text.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
  }
}

winsize window() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    size.ws_col = usual_width;
    size.ws_row = usual_height;
  }
  return size;
}

// Ctrl-Z: the terminal as it was, until somebody brings us back (fg).
void step_aside(int) {
  const int error = errno;
  write_all(leave);
  if (has_modes) {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &usual_modes);
  }
  ::raise(SIGSTOP);
  if (has_modes) {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &our_modes);
  }
  write_all(enter);
  errno = error;
}

}  // namespace

Terminal::Terminal() {
  asked_to_end = 0;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    listen_to(signal, note_end);
  }
  listen_to(SIGWINCH, note_nothing);
  has_modes = ::tcgetattr(STDIN_FILENO, &usual_modes) == 0;
  if (has_modes) {
    our_modes = usual_modes;
    our_modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &our_modes);
  }
  write_all(enter);
  listen_to(SIGTSTP, step_aside);
}

Terminal::~Terminal() {
  listen_to(SIGTSTP, SIG_DFL);
  write_all(leave);
  if (has_modes) {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &usual_modes);
  }
}

unsigned Terminal::width() const {
  return window().ws_col;
}

void Terminal::show(const std::vector<std::string>& lines) const {
  const std::size_t room =
      std::max<std::size_t>(window().ws_row, 2) - 1;  // the last one stays free
  std::string screen(to_the_top);
  for (std::size_t at = 0; at < std::min(lines.size(), room); ++at) {
    screen += lines[at];
    screen += rest_of_line;
  }
  screen += rest_of_screen;
  write_all(screen);
}

bool Terminal::wait(Duration at_most) const {
  if (asked_to_end != 0) {
    return false;
  }
  pollfd keys{has_modes ? STDIN_FILENO : -1, POLLIN, 0};
  const int ready = ::poll(&keys, 1, static_cast<int>(at_most.count()));
  if (ready > 0) {
    char key = 'q';  // also where the terminal is gone
    const auto got = ::read(STDIN_FILENO, &key, 1);
    if (got <= 0 || key == 'q' || key == 'Q' || key == '\x03' || key == '\x04') {
      return false;
    }
  }
  return asked_to_end == 0;
}

bool Terminal::is_there() {
  const char* kind = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): before any thread
  return ::isatty(STDOUT_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

}  // namespace claimferry::ctl
