#include "common/config/check.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <sys/stat.h>

#include "common/base/limits.hpp"
#include "common/http/url.hpp"
#include "common/redis/endpoint.hpp"
#include "common/telemetry/log.hpp"

namespace claimferry::config {
namespace {

class Checker {
 public:
  explicit Checker(Config& config) : config_(config) {}

  std::vector<Problem> run() {
    check_redis();
    check_times();
    check_sink();
    require("vault.key_file", config_.vault.key_file, "make one with: claimferry keys init FILE");
    if (!telemetry::parse_log_level(config_.telemetry.log_level)) {
      report("telemetry.log_level", "write debug, info, warning or error");
    }
    if (config_.payers.empty()) {
      report("payer", "no payer is configured; add a table [payer.NAME], see deploy/config");
    }
    if (config_.payers.size() > limits::payers_max) {
      report("payer", "at most " + std::to_string(limits::payers_max) + " payers");
    }
    for (PayerConfig& payer : config_.payers) {
      check_payer(payer);
    }
    return std::move(problems_);
  }

 private:
  void report(std::string key, std::string what) {
    problems_.push_back({"", std::move(key), std::move(what)});
  }
  void require(const std::string& key, const std::string& value, const std::string& how) {
    if (value.empty()) {
      report(key, "is missing; " + how);
    }
  }

  void check_redis() {
    const auto endpoint = redis::Endpoint::parse(config_.redis.url);
    if (!endpoint) {
      report("redis.url", endpoint.failure().detail);
    }
    if (!config_.redis.ca_file.empty()) {
      report("redis.ca_file",
             "Redis over TLS is not supported yet; remove it, and reach Redis over "
             "loopback, a unix socket or a private network");
    }
  }

  void check_times() {
    if (config_.queue.heartbeat * 2 >= config_.queue.lease) {
      report("queue.heartbeat",
             "must be less than half of queue.lease, so that one lost beat does "
             "not lose the lease");
    }
    if (config_.worker.slots < config_.worker.shards) {
      report("worker.slots", "must be at least worker.shards: each shard needs a slot");
    }
    if (config_.worker.requests_in_flight_max < config_.worker.shards) {
      report("worker.requests_in_flight_max", "must be at least worker.shards");
    }
  }

  void check_sink() {
    if (config_.sink.kind != "sqlite") {
      report("sink.kind", R"(must be "sqlite")");
    }
    require("sink.path", config_.sink.path, "name the database file");
    if (!config_.sink.url.empty()) {
      report("sink.url", "is for sinks on a server; sqlite takes sink.path");
    }
  }

  void check_payer(PayerConfig& payer) {
    const std::string prefix = "payer." + payer.name.str() + ".";
    for (const auto& [key, value] : {std::pair{"auth_root", &payer.auth_root},
                                     std::pair{"resource_base", &payer.resource_base},
                                     std::pair{"token_url", &payer.token_url}}) {
      require(prefix + key, *value, "see deploy/config for the published ones");
      check_url(prefix + key, *value);
    }
    check_url(prefix + "authorize_url", payer.authorize_url);
    require(prefix + "client_id", payer.client_id, "the payer's developer portal shows it");
    require(prefix + "client_secret_file", payer.client_secret_file,
            "name a file whose first line is the secret");
    while (payer.resource_base.ends_with('/')) {
      payer.resource_base.pop_back();
    }
    if (payer.aud.empty()) {
      payer.aud = payer.auth_root;
    }
    if (payer.coverage_param != "patient" && payer.coverage_param != "beneficiary") {
      report(prefix + "coverage_param", R"(must be "patient" or "beneficiary")");
    }
    check_next_links(payer, prefix);
  }

  void check_url(const std::string& key, const std::string& text) {
    if (text.empty()) {
      return;
    }
    const auto url = http::Url::parse(text);
    if (!url) {
      report(key, "is no URL such as https://host/path (without credentials and fragment)");
    } else if (!url->tls && !url->is_loopback()) {
      report(key, "must begin with https://; plain http is for loopback addresses only");
    }
  }

  void check_next_links(PayerConfig& payer, const std::string& prefix) {
    if (const auto url = http::Url::parse(payer.resource_base);
        url && payer.allow_path_prefixes.empty()) {
      payer.allow_path_prefixes.push_back(url->target.ends_with('/') ? url->target
                                                                     : url->target + "/");
    }
    for (const std::string& path : payer.allow_path_prefixes) {
      if (!path.starts_with('/') || !path.ends_with('/')) {
        report(prefix + "allow_path_prefixes", R"(each begins and ends with '/', as "/fhir/")");
      }
    }
    for (const auto& [from, to] : payer.next_rewrite) {
      if (!from.starts_with('/') || !to.starts_with('/')) {
        report(prefix + "next_rewrite", R"(both paths begin with '/', as { "/a/" = "/b/" })");
      }
    }
    for (const std::string& host : payer.allow_hosts) {
      if (!http::Url::parse("https://" + host)) {
        report(prefix + "allow_hosts", R"(each is a host or host:port, without a scheme)");
      }
    }
    for (const std::string& pointer : payer.volatile_pointers) {
      if (!pointer.starts_with('/')) {
        report(prefix + "volatile_pointers", R"(each is a JSON pointer, as "/meta/lastUpdated")");
      }
    }
  }

  Config& config_;
  std::vector<Problem> problems_;
};

void check_file(std::vector<Problem>& problems, const std::string& key, const std::string& path,
                bool is_secret) {
  struct stat status{};
  if (path.empty()) {
    return;
  }
  if (stat(path.c_str(), &status) != 0) {
    problems.push_back({path, key, std::string(std::strerror(errno)) + "; correct the path"});
  } else if (!S_ISREG(status.st_mode)) {
    problems.push_back({path, key, "is no file"});
  } else if (is_secret && (status.st_mode & 0077) != 0) {
    problems.push_back({path, key, "may be read by others; chmod 600 it"});
  } else if (!std::ifstream(path)) {
    problems.push_back({path, key, "cannot be read by this user"});
  }
}

}  // namespace

std::vector<Problem> complete_and_check(Config& config) {
  return Checker(config).run();
}

std::vector<Problem> check_files(const Config& config) {
  std::vector<Problem> problems;
  check_file(problems, "vault.key_file", config.vault.key_file, true);
  check_file(problems, "redis.password_file", config.redis.password_file, false);
  for (const PayerConfig& payer : config.payers) {
    const std::string prefix = "payer." + payer.name.str() + ".";
    check_file(problems, prefix + "client_secret_file", payer.client_secret_file, false);
    check_file(problems, prefix + "ca_file", payer.ca_file, false);
  }
  return problems;
}

Result<Secret> read_secret_file(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file) {
    return Failure{FailureKind::permanent, "secret_file",
                   path + " cannot be read: " + std::strerror(errno)};
  }
  std::getline(file, line);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) {
    line.pop_back();
  }
  Secret secret(std::move(line));
  if (secret.empty()) {
    return Failure{FailureKind::permanent, "secret_file",
                   path + " holds no secret in its first line"};
  }
  return secret;
}

}  // namespace claimferry::config
