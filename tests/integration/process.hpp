// Process: a child in a process group of its own, its output in files, reaped whatever happens. It
// also dies with the test: a test that times out, aborts or is interrupted leaves nothing behind.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace claimferry::integration {

using namespace std::chrono_literals;

// Where a child reads from and writes to; errors empty: to `out`.
struct Streams {
  std::filesystem::path out;
  std::filesystem::path errors;
  std::filesystem::path in = "/dev/null";
};

class Process {
 public:
  // Throws std::runtime_error when the program cannot be started.
  Process(std::string name, std::vector<std::string> command, Streams streams);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();  // KILL to its whole group, then reaped

  void signal(int number) const;
  // As a terminal does for Ctrl-C: the child, and what it started in its group.
  void signal_group(int number) const;
  bool running();
  // Is it stopped (SIGSTOP) by now?
  bool stopped() const;
  // The exit status (or 128 + signal) once it ends; nothing when it does not in time.
  std::optional<int> wait(std::chrono::milliseconds at_most);
  pid_t pid() const noexcept { return pid_; }
  const std::string& name() const noexcept { return name_; }
  std::string log_text() const;

 private:
  std::string name_;
  Streams streams_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

struct Output {
  int status;
  std::string text;    // stdout
  std::string errors;  // stderr
};
// Runs a command to its end; for redis-cli, the judge and the CLI. One that does not end in time is
// killed, and std::runtime_error says so.
Output run(const std::vector<std::string>& command, const std::string& input = "",
           std::chrono::milliseconds at_most = 60s);

// Asks until it is so, with a pause in between; false when it never was.
bool eventually(std::chrono::milliseconds at_most, const std::function<bool()>& is_so,
                std::chrono::milliseconds pause = 10ms);

// The processes whose command line names this text, such as a private directory.
std::vector<pid_t> processes_naming(const std::string& text);

// A private directory, removed at the end unless it is kept or CLAIMFERRY_KEEP is set.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  const std::filesystem::path& path() const noexcept { return path_; }
  void keep() noexcept { keeps_ = true; }

 private:
  std::filesystem::path path_;
  bool keeps_ = false;
};

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& text);  // mode 0600

}  // namespace claimferry::integration
