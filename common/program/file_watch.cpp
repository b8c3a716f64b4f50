#include "common/program/file_watch.hpp"

#include <algorithm>
#include <stdexcept>

#include <sys/stat.h>

namespace claimferry::program {
namespace {

constexpr auto look_interval = std::chrono::seconds(5);

}  // namespace

std::optional<FileWatch::Identity> FileWatch::identity_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return std::nullopt;
  }
  return Identity{status.st_dev, status.st_ino,
                  status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec, status.st_size};
}

void FileWatch::add(std::string setting, std::string path, Reload reload) {
  if (!path.empty()) {
    auto identity = identity_of(path);
    files_.push_back({std::move(setting), std::move(path), std::move(reload), identity, ""});
    File& file = files_.back();
    std::string trouble = trouble_of(file);
    const bool is_told = !trouble.empty();
    note(file, std::move(trouble), is_told);
  }
}

awaitable<void> FileWatch::run() {
  while (!stopping_) {
    co_await alarm_.wait(sleeper_, look_interval);
    if (!stopping_) {
      look();
    }
  }
}

void FileWatch::stop() {
  stopping_ = true;
  alarm_.ring();
}

void FileWatch::look() {
  for (File& file : files_) {
    const auto identity = identity_of(file.path);
    if (identity != file.identity || !file.trouble.empty()) {
      file.identity = identity;
      std::string trouble = trouble_of(file);
      const bool is_told = trouble != file.trouble || trouble.empty();
      note(file, std::move(trouble), is_told);
    }
  }
}

// Between two looks a file may be missing, or half written: that passes, and the one before serves.
std::string FileWatch::trouble_of(const File& file) {
  try {
    const auto done = file.reload();
    return done ? "" : done.failure().detail;
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

void FileWatch::note(File& file, std::string trouble, bool is_told) {
  file.trouble = std::move(trouble);
  if (is_told) {
    const auto failing =
        std::ranges::count_if(files_, [](const File& each) { return !each.trouble.empty(); });
    observer_.on(
        telemetry::FilesReloaded{file.setting, file.trouble, static_cast<unsigned>(failing)});
  }
}

}  // namespace claimferry::program
