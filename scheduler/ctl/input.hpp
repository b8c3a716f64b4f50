// Input: what an option names to be read: a file, or standard input for "-".
#pragma once

#include <fstream>
#include <istream>
#include <string>

namespace claimferry::ctl {

class Input {
 public:
  // CommandFailed, usage: names the option, the file and the fix. What holds refresh tokens must
  // not be open to others than its owner.
  Input(const std::string& option, const std::string& path);

  std::istream& stream();

 private:
  std::ifstream file_;
};

}  // namespace claimferry::ctl
