#include "tests/contract/postgres_server.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/contract/postgres_database.hpp"

namespace claimferry::contract {
namespace {

namespace fs = std::filesystem;

constexpr int log_bytes = 1 << 20;
constexpr int start_timeout_ms = 20'000;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("postgres: " + what);
}

std::uint16_t free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const bool bound = ::bind(probe, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(probe);
  if (!bound) {
    fail("no free port");
  }
  return ntohs(address.sin_port);
}

// Runs a program of PostgreSQL's as the user, and dies with the test.
pid_t launch(const std::vector<std::string>& arguments, uid_t user, gid_t group, int output) {
  const pid_t parent = ::getpid();
  std::vector<char*> words;
  for (const std::string& argument : arguments) {
    words.push_back(const_cast<char*>(argument.c_str()));
  }
  words.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) {
    return child;
  }
  if (::getuid() == 0 &&
      (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0 || ::setuid(user) != 0)) {
    ::_exit(126);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(127);
  }
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execv(words[0], words.data());
  ::_exit(127);
}

int wait_for(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      fail("no pipe");
    }
    read_end = ends[0];
    write_end = ends[1];
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(read_end);
    close_write();
  }
  void close_write() {
    if (write_end >= 0) {
      ::close(write_end);
      write_end = -1;
    }
  }
  // Until the word is said; false: the other end closed, or was silent for too long.
  bool read_until(std::string_view word, std::string& said) const {
    std::array<char, 4096> piece;
    for (;;) {
      pollfd readable{read_end, POLLIN, 0};
      if (::poll(&readable, 1, start_timeout_ms) <= 0) {
        return false;
      }
      const ssize_t size = ::read(read_end, piece.data(), piece.size());
      if (size <= 0) {
        return false;
      }
      said.append(piece.data(), static_cast<std::size_t>(size));
      if (!word.empty() && said.find(word) != std::string::npos) {
        return true;
      }
    }
  }
};

// Where the outcome of these programs' initdb is kept: beside the binaries, for this user alone.
// Empty: nowhere.
fs::path template_directory(const fs::path& programs, const std::string& holds) {
  const char* binaries = std::getenv("CLAIMFERRY_BIN");
  if (binaries == nullptr) {
    return {};
  }
  const fs::path folder =
      fs::path(binaries).parent_path() / ("postgres-" + std::to_string(::getuid()));
  ::mkdir(folder.c_str(), 0700);
  struct stat known{};
  const bool is_private = ::lstat(folder.c_str(), &known) == 0 && S_ISDIR(known.st_mode) &&
                          known.st_uid == ::getuid() && (known.st_mode & 077U) == 0;
  std::error_code ec;
  const auto built = fs::last_write_time(programs / "postgres", ec).time_since_epoch().count();
  const std::string name =
      programs.parent_path().filename().string() + "-" + std::to_string(built) + "-" + holds;
  return is_private && !ec ? folder / name : fs::path();
}

// Whole or not at all, also where another process keeps one at the same time.
void keep(const fs::path& data, const fs::path& at) {
  std::string form = at.string() + ".XXXXXX";
  if (::mkdtemp(form.data()) == nullptr) {
    return;
  }
  std::error_code failed;
  fs::copy(data, form, fs::copy_options::recursive, failed);
  if (!failed) {
    fs::rename(form, at, failed);
  }
  if (failed) {
    std::error_code ignored;
    fs::remove_all(form, ignored);
  }
}

void give_away(const fs::path& folder, uid_t user, gid_t group) {
  if (::getuid() != 0) {
    return;
  }
  bool given = ::chown(folder.c_str(), user, group) == 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    given = ::chown(entry.path().c_str(), user, group) == 0 && given;
  }
  if (!given) {
    fail("the data cannot be given away");
  }
}

}  // namespace

std::filesystem::path PostgresServer::programs() {
  std::vector<std::filesystem::path> found;
  std::error_code ignored;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
    const auto bin = version.path() / "bin";
    if (::access((bin / "initdb").c_str(), X_OK) == 0 &&
        ::access((bin / "postgres").c_str(), X_OK) == 0) {
      found.push_back(bin);
    }
  }
  const auto newest = std::ranges::max_element(found);
  return newest == found.end() ? std::filesystem::path() : *newest;
}

PostgresServer& PostgresServer::shared() {
  static PostgresServer server;
  server.start();
  return server;
}

PostgresServer::PostgresServer() : user_(::getuid()), group_(::getgid()) {
  std::string form =
      (std::filesystem::temp_directory_path() / "claimferry-postgres-XXXXXX").string();
  if (::mkdtemp(form.data()) == nullptr) {
    fail("no private directory");
  }
  directory_ = form;
  if (user_ == 0) {
    const passwd* who = ::getpwnam("postgres");
    who = who == nullptr ? ::getpwnam("nobody") : who;
    if (who == nullptr) {
      fail("neither a user postgres nor nobody");
    }
    user_ = who->pw_uid;
    group_ = who->pw_gid;
    if (::chown(directory_.c_str(), user_, group_) != 0) {
      fail("the directory cannot be given away");
    }
  }
}

PostgresServer::~PostgresServer() {
  end(SIGQUIT);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

// initdb takes seconds, and our tables half a second; their outcome is kept in the build tree and
// copied from there. What is copied costs, too: small segments of the log are most of it less.
void PostgresServer::initialize() {
  const fs::path kept = template_directory(programs(), migrated_database());
  if (!kept.empty() && fs::exists(kept)) {
    fs::copy(kept, directory_ / "data", fs::copy_options::recursive);
    give_away(directory_ / "data", user_, group_);
    return;
  }
  Pipe output;
  const pid_t child =
      launch({programs() / "initdb", "--no-sync", "--wal-segsize=1", "--no-locale", "-E", "UTF8",
              "-A", "trust", "-U", "postgres", "-D", directory_ / "data"},
             user_, group_, output.write_end);
  output.close_write();
  std::string said;
  output.read_until("", said);
  if (wait_for(child) != 0) {
    fail("initdb: " + said);
  }
  if (!kept.empty()) {
    run_processes({"wal_recycle=off", "min_wal_size=2MB"});  // nothing that is copied in vain
    make_migrated_database(*this);
    stop();
    keep(directory_ / "data", kept);
  }
}

void PostgresServer::start(const std::vector<std::string>& settings) {
  if (process_ > 0) {
    return;
  }
  if (!std::filesystem::exists(directory_ / "data")) {
    port_ = free_port();
    initialize();
  }
  run_processes(settings);
}

void PostgresServer::start_standby_of(const PostgresServer& other) {
  port_ = free_port();
  Pipe output;
  const pid_t child = launch({programs() / "pg_basebackup", "-D", directory_ / "data", "-R", "-c",
                              "fast", "-d", other.address("postgres")},
                             user_, group_, output.write_end);
  output.close_write();
  std::string said;
  output.read_until("", said);
  if (wait_for(child) != 0) {
    fail("pg_basebackup: " + said);
  }
  run_processes({});
}

void PostgresServer::run_processes(const std::vector<std::string>& settings) {
  std::vector<std::string> command{
      programs() / "postgres", "-D", directory_ / "data", "-k", directory_, "-h", "127.0.0.1", "-p",
      std::to_string(port_)};
  for (const char* setting : {"fsync=off", "max_connections=40", "shared_buffers=32MB",
                              "log_min_messages=log", "logging_collector=off"}) {
    command.insert(command.end(), {"-c", setting});
  }
  for (const std::string& setting : settings) {
    command.insert(command.end(), {"-c", setting});
  }
  Pipe log;
  // Nobody reads on once it is ready; a test's errors have room.
  ::fcntl(log.read_end, F_SETPIPE_SZ, log_bytes);
  process_ = launch(command, user_, group_, log.write_end);
  log.close_write();
  std::string said;
  if (!log.read_until("ready to accept ", said)) {  // "connections", "read-only connections"
    end(SIGKILL);
    fail("did not start: " + said);
  }
  log_ = ::fcntl(log.read_end, F_DUPFD_CLOEXEC, 0);
}

void PostgresServer::stop() {
  end(SIGINT);
}

void PostgresServer::kill() {
  end(SIGKILL);
}

void PostgresServer::end(int signal) {
  if (process_ > 0) {
    ::kill(process_, signal);
    wait_for(process_);
    process_ = 0;
  }
  if (log_ >= 0) {
    std::array<char, 4096> rest;
    pollfd readable{log_, POLLIN, 0};
    while (::poll(&readable, 1, start_timeout_ms) > 0 &&
           ::read(log_, rest.data(), rest.size()) > 0) {
    }
    ::close(log_);
    log_ = -1;
  }
}

std::filesystem::path PostgresServer::add_file(const std::string& name, const std::string& text) {
  const auto path = directory_ / name;
  std::ofstream(path) << text;
  if (::chmod(path.c_str(), 0600) != 0 ||
      (::getuid() == 0 && ::chown(path.c_str(), user_, group_) != 0)) {
    fail(name + " cannot be given away");
  }
  return path;
}

std::string PostgresServer::make_database(std::string name) {
  name = name.empty() ? "test" + std::to_string(next_number()) : name;
  Pipe output;
  const pid_t child =
      launch({programs() / "psql", "-Xqc", "CREATE DATABASE " + name, address("postgres")}, user_,
             group_, output.write_end);
  output.close_write();
  std::string said;
  output.read_until("", said);
  if (wait_for(child) != 0) {
    fail("no database: " + said);
  }
  return address(name);
}

std::string PostgresServer::address(const std::string& database) const {
  return "host=" + directory_.string() + " port=" + std::to_string(port_) + " dbname=" + database +
         " user=postgres";
}

std::string PostgresServer::as_user(const std::string& address, const std::string& user) {
  return address + " user=" + user;  // the last one counts
}

}  // namespace claimferry::contract
