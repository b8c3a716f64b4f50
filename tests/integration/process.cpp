#include "tests/integration/process.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace claimferry::integration {
namespace {

constexpr int pause_ms = 10;

std::vector<char*> pointers(const std::vector<std::string>& command) {
  std::vector<char*> result;
  for (const std::string& word : command) {
    result.push_back(const_cast<char*>(word.c_str()));
  }
  result.push_back(nullptr);
  return result;
}

pid_t spawn(const std::vector<std::string>& command, const posix_spawn_file_actions_t& files) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int failed = posix_spawnp(&pid, command[0].c_str(), &files, &attributes,
                                  pointers(command).data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    throw std::runtime_error("cannot start " + command[0]);
  }
  return pid;
}

int exit_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Process::Process(std::string name, std::vector<std::string> command, std::filesystem::path log)
    : name_(std::move(name)), log_(std::move(log)) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  pid_ = spawn(command, files);
  posix_spawn_file_actions_destroy(&files);
}

Process::Process(Process&& other) noexcept
    : name_(std::move(other.name_)),
      log_(std::move(other.log_)),
      pid_(std::exchange(other.pid_, -1)),
      status_(other.status_) {}

Process::~Process() {
  if (pid_ > 0 && running()) {
    signal(SIGKILL);
    wait(10s);
  }
}

void Process::signal(int number) const {
  ::kill(pid_, number);
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

std::optional<int> Process::wait(std::chrono::milliseconds at_most) {
  eventually(at_most, [this] { return !running(); });
  return status_;
}

std::string Process::log_text() const {
  return read_file(log_);
}

Output run(const std::vector<std::string>& command, const std::string& input) {
  const TemporaryDirectory directory;
  const auto in = directory.path() / "in";
  const auto out = directory.path() / "out";
  write_file(in, input);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, in.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, out.c_str(), O_WRONLY | O_CREAT, 0600);
  const pid_t pid = spawn(command, files);
  posix_spawn_file_actions_destroy(&files);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return {exit_status(status), read_file(out)};
}

bool eventually(std::chrono::milliseconds at_most, const std::function<bool()>& is_so) {
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (true) {
    if (is_so()) {
      return true;
    }
    if (std::chrono::steady_clock::now() >= until) {
      return false;
    }
    ::poll(nullptr, 0, pause_ms);
  }
}

TemporaryDirectory::TemporaryDirectory() {
  std::string form = (std::filesystem::temp_directory_path() / "claimferry-XXXXXX").string();
  if (::mkdtemp(form.data()) == nullptr) {
    throw std::runtime_error("cannot make a temporary directory");
  }
  path_ = form;
}

TemporaryDirectory::~TemporaryDirectory() {
  if (std::getenv("CLAIMFERRY_KEEP") == nullptr) {
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
