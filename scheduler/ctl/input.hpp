// Input: what an option names to be read: a file, or standard input for "-".
#pragma once

#include <fstream>
#include <istream>
#include <string>

namespace claimferry::ctl {

class Input {
 public:
  // secret: it holds refresh tokens, and must not be open to others than its owner.
  // CommandFailed, usage: names the option, the file and the fix.
  enum class Holds : bool { plain, secret };
  Input(const std::string& option, const std::string& path, Holds holds = Holds::secret);

  std::istream& stream();

 private:
  std::ifstream file_;
};

}  // namespace claimferry::ctl
