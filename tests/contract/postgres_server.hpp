// PostgresServer: a real PostgreSQL of one's own, in a private directory, on a unix socket there
// and on a free port of 127.0.0.1, run in the foreground, by an unprivileged user where the test is
// root's. Without fsync. Killed and reaped when it goes, also when the test dies.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace claimferry::contract {

class PostgresServer {
 public:
  // Where initdb and postgres are installed; empty: nowhere.
  static std::filesystem::path programs();
  // One for the whole test program, started with the first database that is asked for.
  static PostgresServer& shared();

  PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer();

  // Returns when it accepts connections; throws std::runtime_error with PostgreSQL's own words when
  // not. Settings: "ssl=on".
  void start(const std::vector<std::string>& settings = {});
  // Begins as a copy of the other, which runs, and follows it until it is promoted.
  void start_standby_of(const PostgresServer& other);
  // SIGINT, its fast shutdown, or SIGKILL of its first process; returns when all
  // have gone.
  void stop();
  void kill();

  // The address of a fresh, empty database, by the superuser; by default of a name of its own.
  std::string make_database(std::string name = "");
  unsigned next_number() noexcept { return ++databases_; }
  // The address of a database that is there, by the superuser; and the same by another user.
  std::string address(const std::string& database) const;
  static std::string as_user(const std::string& address, const std::string& user);
  // Where its files are, and who owns them.
  const std::filesystem::path& directory() const noexcept { return directory_; }
  // Puts a file of mode 0600 there, the server's own.
  std::filesystem::path add_file(const std::string& name, const std::string& text);
  std::uint16_t port() const noexcept { return port_; }

 private:
  void end(int signal);
  void initialize();
  void run_processes(const std::vector<std::string>& settings);

  std::filesystem::path directory_;
  uid_t user_ = 0;
  gid_t group_ = 0;
  std::uint16_t port_ = 0;
  unsigned databases_ = 0;
  pid_t process_ = 0;
  int log_ = -1;  // its processes hold the other end: closed when the last of them has gone
};

}  // namespace claimferry::contract

#define CLAIMFERRY_NEEDS_POSTGRES()                                                            \
  if (::claimferry::contract::PostgresServer::programs().empty()) {                            \
    GTEST_SKIP() << "PostgreSQL is not installed; deploy/install-deps.sh installs its server"; \
  }                                                                                            \
  static_assert(true)
