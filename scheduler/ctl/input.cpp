#include "scheduler/ctl/input.hpp"

#include <cerrno>
#include <cstring>
#include <iostream>

#include <sys/stat.h>

#include "common/base/private_file.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& path,
                         const std::string& what) {
  throw CommandFailed{program::usage, option + " " + path + " " + what};
}

}  // namespace

Input::Input(const std::string& option, const std::string& path, Holds holds) {
  if (path == "-") {
    return;
  }
  struct stat status{};
  file_.open(path);
  if (!file_ || ::stat(path.c_str(), &status) != 0) {
    refuse(option, path,
           "cannot be opened (" + std::string(std::strerror(errno)) +
               "); correct the path, or write - for standard input");
  }
  if (S_ISDIR(status.st_mode)) {
    refuse(option, path, "is a folder; name a file, or write - for standard input");
  }
  if (holds == Holds::secret && S_ISREG(status.st_mode) && !is_private(status)) {
    refuse(option, path, "may be read by others than its owner; chmod 600 it");
  }
}

std::istream& Input::stream() {
  return file_.is_open() ? file_ : std::cin;
}

}  // namespace claimferry::ctl
