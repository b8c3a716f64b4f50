// FileWatch: reads files of keys and secrets anew when they change, so that nobody restarts for a
// rotation. It looks instead of listening: what Kubernetes swaps is a link two folders up (..data),
// of which a file's own watch hears nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/async/alarm.hpp"
#include "common/async/sleeper.hpp"
#include "common/base/result.hpp"
#include "common/telemetry/event.hpp"

namespace claimferry::program {

class FileWatch {
 public:
  using Reload = std::function<Result<void>()>;

  FileWatch(Sleeper& sleeper, telemetry::Observer& observer)
      : sleeper_(sleeper), observer_(observer) {}

  // setting: the configuration's key, for the log. A path that is not set is none. reload puts the
  // file's new content in force as a whole, or fails and leaves the one before; what it throws is a
  // failure, too. It is called at once: what the program began with was read before it waited for
  // Redis or a database, and may have changed since.
  void add(std::string setting, std::string path, Reload reload);

  // Until stop(). Runs where what reload() changes is read, or where that is safe to change.
  awaitable<void> run();
  void stop();
  // One look. A file that failed is tried again with every look, and told of once.
  void look();

 private:
  // Of what the path leads to.
  struct Identity {
    std::uint64_t device;
    std::uint64_t inode;
    std::int64_t changed_ns;
    std::int64_t bytes;
    bool operator==(const Identity&) const = default;
  };
  struct File {
    std::string setting;
    std::string path;
    Reload reload;
    std::optional<Identity> identity;  // of what is in force, or was tried last
    std::string trouble;               // why it is not in force; empty: it is
  };

  static std::optional<Identity> identity_of(const std::string& path);
  static std::string trouble_of(const File& file);
  void note(File& file, std::string trouble, bool is_told);

  Sleeper& sleeper_;
  telemetry::Observer& observer_;
  std::vector<File> files_;
  Alarm alarm_;
  bool stopping_ = false;
};

}  // namespace claimferry::program
