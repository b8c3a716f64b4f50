// Fleet: the real processes on one machine, for a test: a private Redis, the sandbox, a scheduler
// and workers, all on free loopback ports in a private directory.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "tests/integration/control.hpp"
#include "tests/integration/process.hpp"

namespace claimferry::integration {

struct FleetOptions {
  std::string queue = "lease = \"2s\"\nheartbeat = \"500ms\"\n";
  std::string worker = "shards = 1\nslots = 8\nrequests_in_flight_max = 8\ndrain = \"5s\"\n";
  std::string payer;  // further lines of the payer's table
  bool tls = false;   // the payer speaks TLS, with a certificate of its own
  std::string eviction_policy = "noeviction";
  std::string our_client_secret = "integration-secret";  // the sandbox expects this one
};

class Fleet {
 public:
  explicit Fleet(FleetOptions options = {});

  // Starts and waits until ready (throws with the log's tail when it is not).
  void start_redis();
  void start_sandbox();
  void start_scheduler();
  void start_worker(const std::string& name);
  // Without waiting: for a worker that cannot become ready.
  void launch_worker(const std::string& name);
  Process& process(const std::string& name) { return *processes_.at(name); }
  // What it answers to a command of the `claimferry` CLI, and how it ended.
  Output cli(std::vector<std::string> words, const std::string& input = "");
  // Waits for a process that ends by itself; answers its exit status.
  int wait_for_end(const std::string& name);
  // Signals, waits for the end, forgets; answers the exit status.
  int stop(const std::string& name, int signal);

  // Enrols `count` members with `eobs` claims each through the CLI.
  void add_members(unsigned count, unsigned eobs);
  bool wait_until_synced(unsigned members, std::chrono::milliseconds at_most);
  long members_synced();
  std::string redis(const std::vector<std::string>& command);
  // Asks the sandbox's control port.
  std::string control(const std::string& method, const std::string& path,
                      const std::string& body = "");
  long pages_served();
  // What the /metrics of a process (scheduler, or a worker by name) answers.
  std::string metrics(const std::string& name);
  std::string config_file() const { return (directory_.path() / "claimferry.toml").string(); }
  // The judge's verdict: empty when clean, else its text.
  std::string verdict();
  std::string logs();

 private:
  void write_config();
  void make_certificate();
  std::string binary(const std::string& name) const;
  void start(const std::string& name, std::vector<std::string> command);
  std::string wait_ready(const std::string& name, const std::filesystem::path& ready_file);

  FleetOptions options_;
  TemporaryDirectory directory_;
  std::string listen_;
  std::string control_;
  std::map<std::string, std::unique_ptr<Process>> processes_;
};

}  // namespace claimferry::integration
