// Terminal: a screen that is drawn over and over, and the key that ends it; whatever ends it leaves
// the terminal as it was.
#pragma once

#include <string>
#include <vector>

#include "common/base/clock.hpp"

namespace claimferry::ctl {

class Terminal {
 public:
  // Takes over standard output and the keys of standard input, where that is a terminal, too.
  Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal();

  unsigned width() const;
  // Over what stood there; what does not fit on the screen is left out.
  void show(const std::vector<std::string>& lines) const;
  // False: somebody asked for the end (q, Ctrl-C, SIGTERM) meanwhile. A change of the window's size
  // ends the wait early.
  bool wait(Duration at_most) const;

  // Whether standard output is one that can be drawn on.
  static bool is_there();

 private:
};

}  // namespace claimferry::ctl
