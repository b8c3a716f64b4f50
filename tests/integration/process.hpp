// Process: a child in a process group of its own, its output in a file, reaped whatever happens.
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

class Process {
 public:
  // Throws std::runtime_error when the program cannot be started.
  Process(std::string name, std::vector<std::string> command, std::filesystem::path log);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();  // KILL, then reaped

  void signal(int number) const;
  bool running();
  // The exit status (or 128 + signal) once it ends; nothing when it does not in time.
  std::optional<int> wait(std::chrono::milliseconds at_most);
  pid_t pid() const noexcept { return pid_; }
  const std::filesystem::path& log() const noexcept { return log_; }
  std::string log_text() const;

 private:
  std::string name_;
  std::filesystem::path log_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

struct Output {
  int status;
  std::string text;  // stdout
};
// Runs a command to its end; for redis-cli, the judge and the CLI.
Output run(const std::vector<std::string>& command, const std::string& input = "");

// Asks until it is so; false when it never was.
bool eventually(std::chrono::milliseconds at_most, const std::function<bool()>& is_so);

// A private directory, removed at the end unless CLAIMFERRY_KEEP is set.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& text);  // mode 0600

}  // namespace claimferry::integration
