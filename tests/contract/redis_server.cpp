#include "tests/contract/redis_server.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace claimferry::contract {
namespace {

constexpr int start_timeout_ms = 20'000;
constexpr int port_attempts_max = 5;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("redis-server: " + what);
}
[[noreturn]] void fail_errno(const std::string& what) {
  fail(what + ": " + std::strerror(errno));
}

struct Descriptor {
  int number = -1;
  explicit Descriptor(int descriptor) : number(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }
  void reset() {
    if (number >= 0) {
      ::close(number);
      number = -1;
    }
  }
};

std::uint16_t free_port() {
  const Descriptor probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (probe.number < 0 ||
      ::bind(probe.number, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::getsockname(probe.number, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    fail_errno("no free port");
  }
  return ntohs(address.sin_port);
}

std::filesystem::path private_directory() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "claimferry-redis-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    fail_errno("no private directory");
  }
  return pattern;
}

[[noreturn]] void become(const std::vector<std::string>& arguments, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(127);  // the parent died before the line above
  }
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  std::vector<char*> words;
  for (const std::string& argument : arguments) {
    words.push_back(const_cast<char*>(argument.c_str()));
  }
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  ::_exit(127);
}

// Reads Redis' log until it says that it is ready; what it said instead otherwise.
bool wait_until_ready(int log, std::string& said) {
  std::array<char, 4096> piece;
  for (;;) {
    pollfd readable{log, POLLIN, 0};
    if (::poll(&readable, 1, start_timeout_ms) <= 0) {
      said += " [no further word within 20 s]";
      return false;
    }
    const ssize_t size = ::read(log, piece.data(), piece.size());
    if (size <= 0) {
      return false;
    }
    said.append(piece.data(), static_cast<std::size_t>(size));
    if (said.find("eady to accept connections") != std::string::npos) {
      return true;
    }
  }
}

}  // namespace

bool RedisServer::available() {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const std::string candidate = std::string(rest.substr(0, colon)) + "/redis-server";
    if (::access(candidate.c_str(), X_OK) == 0) {
      return true;
    }
    rest = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
  }
  return false;
}

RedisServer::RedisServer(std::vector<std::string> further_arguments)
    : directory_(private_directory()), further_arguments_(std::move(further_arguments)) {}

RedisServer::~RedisServer() {
  end(SIGKILL);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::vector<std::string> RedisServer::arguments() const {
  std::vector<std::string> all{"redis-server",
                               "--bind",
                               "127.0.0.1",
                               "--port",
                               std::to_string(port_),
                               "--unixsocket",
                               (directory_ / "redis.sock").string(),
                               "--dir",
                               directory_.string(),
                               "--save",
                               "",
                               "--appendonly",
                               "no",
                               "--daemonize",
                               "no",
                               "--maxmemory-policy",
                               "noeviction",
                               "--loglevel",
                               "notice",
                               "--logfile",
                               ""};
  all.insert(all.end(), further_arguments_.begin(), further_arguments_.end());
  return all;
}

void RedisServer::start() {
  if (running()) {
    return;
  }
  // Another process may take the port between the probe and the start; once it ran, it is kept.
  const bool port_is_ours = port_ != 0;
  std::string said;
  for (int attempt = 0; attempt < port_attempts_max; ++attempt) {
    port_ = port_is_ours ? port_ : free_port();
    int pipe_ends[2];
    if (::pipe2(pipe_ends, O_CLOEXEC) != 0) {
      fail_errno("no pipe");
    }
    const Descriptor log(pipe_ends[0]);
    Descriptor output(pipe_ends[1]);
    const auto command = arguments();
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ == 0) {
      become(command, output.number, parent);
    }
    output.reset();
    said.clear();
    // Redis ignores SIGPIPE: it may go on logging when nobody reads any more.
    if (process_ > 0 && wait_until_ready(log.number, said)) {
      return;
    }
    end(SIGKILL);
    if (said.find("Address already in use") == std::string::npos) {
      break;
    }
  }
  fail("did not start: " + said);
}

void RedisServer::stop() {
  end(SIGTERM);
}

void RedisServer::kill() {
  end(SIGKILL);
}

void RedisServer::restart() {
  stop();
  start();
}

void RedisServer::end(int signal) {
  if (process_ <= 0) {
    return;
  }
  ::kill(process_, signal);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
}

redis::Endpoint RedisServer::endpoint() const {
  redis::Endpoint endpoint;
  endpoint.address = redis::UnixAddress{(directory_ / "redis.sock").string()};
  return endpoint;
}

redis::Endpoint RedisServer::tcp_endpoint() const {
  redis::Endpoint endpoint;
  endpoint.address = redis::TcpAddress{"127.0.0.1", port_};
  return endpoint;
}

}  // namespace claimferry::contract
