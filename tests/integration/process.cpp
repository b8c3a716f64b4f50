#include "tests/integration/process.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace claimferry::integration {
namespace {

constexpr int exec_failed = 127;

// Between fork and exec: system calls alone.
bool open_as(const char* path, int flags, int descriptor) {
  const int file = ::open(path, flags | O_CLOEXEC, 0600);
  return file >= 0 && ::dup2(file, descriptor) == descriptor;
}

[[noreturn]] void become(char* const* words, const Streams& streams, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(exec_failed);  // the parent died before the line above
  }
  ::setpgid(0, 0);
  // What the test's own starter ignores, such as SIGINT behind `&`, is not the child's wish.
  for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGPIPE}) {
    ::signal(number, SIG_DFL);
  }
  constexpr int writing = O_WRONLY | O_CREAT | O_APPEND;
  const bool ready =
      open_as(streams.in.c_str(), O_RDONLY, STDIN_FILENO) &&
      open_as(streams.out.c_str(), writing, STDOUT_FILENO) &&
      (streams.errors.empty() ? ::dup2(STDOUT_FILENO, STDERR_FILENO) == STDERR_FILENO
                              : open_as(streams.errors.c_str(), writing, STDERR_FILENO));
  if (ready) {
    ::execvp(words[0], words);
  }
  ::_exit(exec_failed);
}

pid_t spawn(const std::vector<std::string>& command, const Streams& streams) {
  std::vector<char*> words;
  for (const std::string& word : command) {
    words.push_back(const_cast<char*>(word.c_str()));
  }
  words.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    become(words.data(), streams, parent);
  }
  if (pid < 0) {
    throw std::runtime_error("cannot start " + command[0] + ": " + std::strerror(errno));
  }
  ::setpgid(pid, pid);  // here, too: a signal to the group may come before the child ran
  return pid;
}

int exit_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Process::Process(std::string name, std::vector<std::string> command, Streams streams)
    : name_(std::move(name)), streams_(std::move(streams)), pid_(spawn(command, streams_)) {}

Process::~Process() {
  signal_group(SIGKILL);
  wait(10s);
}

void Process::signal(int number) const {
  if (!status_) {
    ::kill(pid_, number);
  }
}

void Process::signal_group(int number) const {
  ::kill(-pid_, number);
}

bool Process::running() {
  if (status_) {
    return false;
  }
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) {
    status_ = exit_status(status);
  }
  return !status_;
}

bool Process::stopped() const {
  // "4711 (name) T …"
  const std::string stat = read_file("/proc/" + std::to_string(pid_) + "/stat");
  const auto name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.compare(name_end, 3, ") T") == 0;
}

std::optional<int> Process::wait(std::chrono::milliseconds at_most) {
  eventually(at_most, [this] { return !running(); });
  return status_;
}

std::string Process::log_text() const {
  return read_file(streams_.out) + (streams_.errors.empty() ? "" : read_file(streams_.errors));
}

Output run(const std::vector<std::string>& command, const std::string& input,
           std::chrono::milliseconds at_most) {
  const TemporaryDirectory directory;
  Streams streams{directory.path() / "out", directory.path() / "errors", directory.path() / "in"};
  write_file(streams.in, input);
  Process process(command[0], command, streams);
  const auto status = process.wait(at_most);
  if (!status) {
    throw std::runtime_error(command[0] + " did not end within " + std::to_string(at_most.count()) +
                             " ms:\n" + process.log_text());
  }
  return {*status, read_file(streams.out), read_file(streams.errors)};
}

bool eventually(std::chrono::milliseconds at_most, const std::function<bool()>& is_so,
                std::chrono::milliseconds pause) {
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (true) {
    if (is_so()) {
      return true;
    }
    if (std::chrono::steady_clock::now() >= until) {
      return false;
    }
    ::poll(nullptr, 0, static_cast<int>(pause.count()));
  }
}

std::vector<pid_t> processes_naming(const std::string& text) {
  std::vector<pid_t> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, ec] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (ec == std::errc{} && pid != ::getpid() &&
        read_file(entry.path() / "cmdline").find(text) != std::string::npos) {
      found.push_back(pid);
    }
  }
  return found;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string form = (std::filesystem::temp_directory_path() / "claimferry-XXXXXX").string();
  if (::mkdtemp(form.data()) == nullptr) {
    throw std::runtime_error("cannot make a temporary directory");
  }
  path_ = form;
}

TemporaryDirectory::~TemporaryDirectory() {
  if (!keeps_ && std::getenv("CLAIMFERRY_KEEP") == nullptr) {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace claimferry::integration
