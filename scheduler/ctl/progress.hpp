// Progress: how far a long command is, for whoever watches standard error. On a terminal one line
// that is written over; else a plain line now and then. A command that is soon done says nothing.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "common/base/clock.hpp"

namespace claimferry::ctl {

// Of the terminal behind std::cerr; 0: it is none, or does not say.
unsigned terminal_width();

class Progress {
 public:
  // what: "keys rotate"; of: what is counted. Stream and clock outlive it.
  // width: of the terminal, in characters, to which its line is cut; 0: nobody knows.
  Progress(std::ostream& out, bool is_terminal, const Clock& clock, std::string what,
           std::string of = "members", unsigned width = terminal_width());
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // leaves the terminal's line empty

  // "keys rotate: 1200 of about 5000 members"; about 0: nobody knows of how many.
  // more: what stands behind it.
  void tell(std::uint64_t done, std::uint64_t about, const std::string& more = "");

 private:
  std::ostream& out_;
  bool is_terminal_;
  const Clock& clock_;
  std::string what_;
  std::string of_;
  unsigned width_;
  SteadyTime told_at_;
  bool has_line_ = false;
};

// Whether std::cerr goes to somebody who watches.
bool standard_error_is_terminal();

}  // namespace claimferry::ctl
