#include "common/config/files.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <sys/stat.h>
#include <unistd.h>

#include "common/base/private_file.hpp"
#include "common/http/connection.hpp"
#include "common/redis/tls_stream.hpp"
#include "common/vault/key_ring.hpp"

namespace claimferry::config {
namespace {

std::string reason() {
  return std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): before any thread is started
}

class FileChecker {
 public:
  std::vector<Problem> run(const Config& config) {
    check_keys(config.vault.key_file);
    check_secret("redis.password_file", config.redis.password_file);
    check_secret("redis.sentinel_password_file", config.redis.sentinel_password_file);
    check_redis_tls(config.redis);
    check_secret("sink.password_file", config.sink.password_file);
    if (config.sink.kind == "ndjson") {
      check_directory(config.sink.path);
    } else {
      check_database(config.sink.path);
    }
    for (const PayerConfig& payer : config.payers) {
      const std::string prefix = "payer." + payer.name.str() + ".";
      check_secret(prefix + "client_secret_file", payer.client_secret_file);
      check_trust_anchors(prefix + "ca_file", payer.ca_file);
    }
    return std::move(problems_);
  }

 private:
  bool report(const std::string& path, const std::string& key, std::string what) {
    problems_.push_back({path, key, std::move(what)});
    return false;
  }

  // Whether it may be opened; false also for no path at all.
  bool is_readable(const std::string& key, const std::string& path,
                   const std::string& fix = "correct the path") {
    struct stat status{};
    if (path.empty()) {
      return false;
    }
    if (::stat(path.c_str(), &status) != 0) {
      return report(path, key, "cannot be opened (" + reason() + "); " + fix);
    }
    if (!S_ISREG(status.st_mode)) {
      return report(path, key, "is no file");
    }
    if (!std::ifstream(path)) {
      return report(path, key, "cannot be read by this user; change its owner");
    }
    return true;
  }
  bool is_private(const std::string& key, const std::string& path,
                  const std::string& fix = "correct the path") {
    struct stat status{};
    if (!is_readable(key, path, fix) || ::stat(path.c_str(), &status) != 0) {
      return false;
    }
    return claimferry::is_private(status) ||
           report(path, key, "may be read by others; chmod 600 it");
  }

  void check_keys(const std::string& path) {
    const std::string fix = "correct the path, or make one with: claimferry keys init " + path;
    if (is_private("vault.key_file", path, fix)) {
      if (const auto keys = vault::KeyRing::load(path); !keys) {
        report("", "vault.key_file", keys.failure().detail);
      }
    }
  }

  void check_secret(const std::string& key, const std::string& path) {
    if (is_private(key, path) && !read_secret_file(path)) {
      report(path, key, "holds no secret in its first line; write it there");
    }
  }

  void check_trust_anchors(const std::string& key, const std::string& path) {
    if (!is_readable(key, path)) {
      return;
    }
    try {
      const http::TlsContext anchors(path);
    } catch (const std::runtime_error&) {
      report(path, key, "holds no certificate that can be read; it takes PEM");
    }
  }

  void check_redis_tls(const RedisConfig& redis) {
    const bool has_certificate = !redis.cert_file.empty() && !redis.key_file.empty();
    bool readable = redis.ca_file.empty() || is_readable("redis.ca_file", redis.ca_file);
    if (has_certificate) {
      readable = is_readable("redis.cert_file", redis.cert_file) && readable;
      readable = is_private("redis.key_file", redis.key_file) && readable;
    }
    if (!readable || (redis.ca_file.empty() && !has_certificate)) {
      return;
    }
    try {
      const redis::TlsContext context({redis.ca_file, has_certificate ? redis.cert_file : "",
                                       has_certificate ? redis.key_file : ""});
    } catch (const std::runtime_error& error) {
      report("", "", error.what());
    }
  }

  // Workers make the file and others beside it (-wal, -shm), so its folder is written to as well.
  void check_database(const std::string& path) {
    const std::string key = "sink.path";
    struct stat status{};
    if (path.empty()) {
      return;
    }
    const auto parent = std::filesystem::path(path).parent_path();
    const std::string folder = parent.empty() ? "." : parent.string();
    if (::stat(folder.c_str(), &status) != 0) {
      report(path, key, "cannot be made, its folder is missing (" + reason() + "); make " + folder);
    } else if (!S_ISDIR(status.st_mode)) {
      report(path, key, folder + " is no folder");
    } else if (::access(folder.c_str(), W_OK | X_OK) != 0) {
      report(path, key, folder + " cannot be written to by this user; change its owner");
    } else if (::stat(path.c_str(), &status) == 0) {
      check_database_file(key, path, S_ISREG(status.st_mode));
    }
  }
  // Workers make it, where its folder is there.
  void check_directory(const std::string& path) {
    const std::string key = "sink.path";
    struct stat status{};
    if (path.empty()) {
      return;
    }
    if (::stat(path.c_str(), &status) != 0) {
      check_database(path);
    } else if (!S_ISDIR(status.st_mode)) {
      report(path, key, "is no folder; ndjson writes segments into one");
    } else if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
      report(path, key, "cannot be written to by this user; change its owner");
    }
  }
  void check_database_file(const std::string& key, const std::string& path, bool is_file) {
    if (!is_file) {
      report(path, key, "is no file");
    } else if (::access(path.c_str(), R_OK | W_OK) != 0) {
      report(path, key, "cannot be written to by this user; change its owner");
    }
  }

  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> check_files(const Config& config) {
  return FileChecker().run(config);
}

std::string first_line(std::istream& text) {
  std::string line;
  std::getline(text, line);
  line.resize(line.find_last_not_of(" \t\r") + 1);
  return line;
}

Result<void> check_private(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return Failure{FailureKind::permanent, "secret_file", path + " cannot be read: " + reason()};
  }
  if (!is_private(status)) {
    return Failure{FailureKind::permanent, "secret_file",
                   path + " may be read by others; chmod 600 it"};
  }
  return {};
}

Result<Secret> read_secret_file(const std::string& path) {
  if (auto fit = check_private(path); !fit) {
    return std::move(fit.failure());
  }
  std::ifstream file(path);
  if (!file) {
    return Failure{FailureKind::permanent, "secret_file", path + " cannot be read: " + reason()};
  }
  Secret secret(first_line(file));
  if (secret.empty()) {
    return Failure{FailureKind::permanent, "secret_file",
                   path + " holds no secret in its first line"};
  }
  return secret;
}

Result<std::vector<Secret>> read_client_secrets(const std::string& path) {
  auto first = read_secret_file(path);
  if (!first) {
    return std::move(first.failure());
  }
  std::vector<Secret> secrets;
  secrets.push_back(std::move(*first));
  std::ifstream file(path);
  first_line(file);
  if (Secret second(first_line(file)); !second.empty()) {
    secrets.push_back(std::move(second));
  }
  return secrets;
}

}  // namespace claimferry::config
