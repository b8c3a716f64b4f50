// Fleet: the real processes on one machine, for a test: a private Redis, the sandbox, schedulers
// and workers, all on free loopback ports in a private directory.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/control.hpp"
#include "tests/integration/process.hpp"

namespace claimferry::integration {

struct FleetOptions {
  std::string queue = "lease = \"2s\"\nheartbeat = \"500ms\"\n";
  std::string worker = "shards = 1\nslots = 8\nrequests_in_flight_max = 8\ndrain = \"5s\"\n";
  std::string scheduler;  // lines of the scheduler's table
  std::string payer;      // further lines of the payer's table
  bool tls = false;       // the payer speaks TLS, with a certificate of its own
  std::string eviction_policy = "noeviction";
  std::string our_client_secret = "integration-secret";  // the sandbox expects this one
  std::string enroll;                                    // further lines of the enrolment's table
  std::string skin = "skin13";
  bool discovers = false;  // the profile names no authorize_url
  std::string log_level = "info";
  std::string sink;    // lines of the sink's table; empty: SQLite
  std::string judged;  // that sink as the judge is told of it: "postgres:dbname=…"
  // A Redis that the test started itself: lines of its table, how redis-cli begins, and, where each
  // program has a user of its own, the folder of "worker.password" and the others.
  std::string redis;
  std::function<std::vector<std::string>()> redis_cli;
  std::string redis_users;
};

// A job as it stands in Redis, field by field.
using JobFields = std::map<std::string, std::string>;

class Fleet {
 public:
  explicit Fleet(FleetOptions options = {});

  // Starts and waits until ready (throws with the log's tail when it is not).
  void start_redis();
  void start_sandbox();
  void start_scheduler(const std::string& name = "scheduler");
  void start_worker(const std::string& name);
  void start_all_but_workers();  // Redis only where it is the fleet's own
  // claimferry-enroll; answers where it listens. Its one API key is `api_key`.
  std::string start_enroll();
  static constexpr auto api_key = "integration-api-key-0123456789abcdef";
  // Without waiting: for one that cannot become ready. Names that begin with "scheduler" and
  // "enroll" are such; any other is a worker's.
  void launch(const std::string& name);
  std::string wait_until_ready(const std::string& name);  // answers its ready file
  Process& process(const std::string& name) { return *processes_.at(name); }
  // What it answers to a command of the `claimferry` CLI, and how it ended.
  Output cli(std::vector<std::string> words, const std::string& input = "");
  // Waits for a process that ends by itself; answers its exit status.
  int wait_for_end(const std::string& name);
  // Signals, waits for the end, forgets; answers the exit status.
  int stop(const std::string& name, int signal);
  // Pauses a process while it holds no lock on the sink, whose other writers go on.
  void pause_between_writes(const std::string& name);

  // Enrols `count` members with `eobs` claims each through the CLI, with its further options.
  void add_members(unsigned count, unsigned eobs, const std::vector<std::string>& options = {});
  bool wait_until_synced(unsigned members, std::chrono::milliseconds at_most);
  long members_synced();
  std::string redis(const std::vector<std::string>& command);
  std::vector<JobFields> jobs(const std::string& state);
  bool wait_for_jobs(const std::string& set, long count);  // "delayed", "dead", …
  // Asks the sandbox's control port.
  std::string control(const std::string& method, const std::string& path,
                      const std::string& body = "");
  void set_faults(const std::string& json) { control("PATCH", "/v1/faults", json); }
  long violation(const std::string& name);  // or a figure that stands with them, such as "pages"
  // An answer of the admin port of a scheduler or worker, by name.
  Answer admin(const std::string& name, const std::string& path);
  std::string metrics(const std::string& name) { return admin(name, "/metrics").body; }

  const std::string& payer_url() const noexcept { return listen_; }  // the sandbox's origin
  std::filesystem::path directory() const { return directory_.path(); }
  void keep_directory() noexcept { directory_.keep(); }
  std::filesystem::path sink() const { return directory() / "claims.db"; }
  std::string config_file() const { return (directory() / "claimferry.toml").string(); }
  // The rows that a query of the sink answers, columns parted by "|".
  std::string query(const std::string& sql);
  // What the judge says, clean or not, as its JSON. Throws when there is no verdict.
  std::string judgement(
      const std::string& sink_of_kind = "");  // KIND:WHERE; empty: the SQLite sink
  // The judge's verdict: empty when clean, else its text. Throws when there is none.
  std::string verdict(const std::string& sink_of_kind = "");
  std::string logs();

 private:
  void write_config();
  void make_certificate();
  std::vector<std::string> as_user(const std::string& role) const;
  void start(const std::string& name, std::vector<std::string> command);
  std::filesystem::path ready_file(const std::string& name) const;

  FleetOptions options_;
  TemporaryDirectory directory_;
  std::string listen_;
  std::string control_;
  std::map<std::string, std::unique_ptr<Process>> processes_;
};

std::uint16_t free_port();

// A program under test, by its name.
std::string binary(const std::string& name);

}  // namespace claimferry::integration
