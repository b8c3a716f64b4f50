#include "common/config/check.hpp"

#include <filesystem>

#include <boost/url/parse.hpp>

#include "common/base/limits.hpp"
#include "common/http/listen_address.hpp"
#include "common/http/url.hpp"
#include "common/postgres/address.hpp"
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
    complete_audit();
    require("vault.key_file", config_.vault.key_file, "make one with: claimferry keys init FILE");
    check_telemetry();
    if (config_.payers.empty()) {
      report("", "no payer is configured; add a table [payer.NAME], see deploy/config");
    }
    if (config_.payers.size() > limits::payers_max) {
      report("", std::to_string(config_.payers.size()) + " payers are configured; " +
                     std::to_string(limits::payers_max) + " are the most");
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
    RedisConfig& settings = config_.redis;
    const bool has_sentinels = !settings.sentinels.empty();
    if (has_sentinels && settings.url == RedisConfig::default_url) {
      settings.url = "redis:///0";
    }
    const auto endpoint = has_sentinels ? redis::Endpoint::parse_hostless(settings.url)
                                        : redis::Endpoint::parse(settings.url);
    if (!endpoint) {
      report("redis.url", endpoint.failure().detail);
    } else {
      check_redis_tls(endpoint->is_tls);
      if (endpoint->database != 0 && !endpoint->further.empty()) {
        report("redis.url", "names several nodes and a database: a Redis Cluster has none but 0");
      }
    }
    check_sentinels();
  }

  void check_redis_tls(bool is_tls) {
    const RedisConfig& settings = config_.redis;
    for (const auto& [key, value] : {std::pair{"redis.ca_file", &settings.ca_file},
                                     std::pair{"redis.cert_file", &settings.cert_file},
                                     std::pair{"redis.key_file", &settings.key_file}}) {
      if (!is_tls && !value->empty()) {
        report(key, "is for TLS; write rediss:// in redis.url, or remove it");
      }
    }
    if (settings.cert_file.empty() != settings.key_file.empty()) {
      const bool lacks_key = settings.key_file.empty();
      report(
          lacks_key ? "redis.key_file" : "redis.cert_file",
          std::string("is missing beside ") + (lacks_key ? "redis.cert_file" : "redis.key_file"));
    }
  }

  void check_sentinels() {
    const RedisConfig& settings = config_.redis;
    if (settings.sentinels.empty()) {
      for (const auto& [key, value] :
           {std::pair{"redis.sentinel_master", &settings.sentinel_master},
            std::pair{"redis.sentinel_username", &settings.sentinel_username},
            std::pair{"redis.sentinel_password_file", &settings.sentinel_password_file}}) {
        if (!value->empty()) {
          report(key, "needs redis.sentinels beside it");
        }
      }
      return;
    }
    for (const std::string& one : settings.sentinels) {
      if (!redis::parse_tcp_address(one, redis::Sentinels::default_port)) {
        report("redis.sentinels", R"(each is host:port, as "10.0.0.1:26379", without a scheme)");
      }
    }
    if (settings.sentinels.size() > redis::Sentinels::addresses_max) {
      report("redis.sentinels", std::to_string(redis::Sentinels::addresses_max) + " are the most");
    }
    require("redis.sentinel_master", settings.sentinel_master,
            R"(write the name that stands behind "sentinel monitor")");
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
    if (config_.sink.kind == "postgres") {
      check_postgres();
      return;
    }
    const bool is_ndjson = config_.sink.kind == "ndjson";
    if (config_.sink.kind != "sqlite" && !is_ndjson) {
      report("sink.kind", R"(must be "sqlite", "postgres" or "ndjson")");
    }
    require("sink.path", config_.sink.path,
            is_ndjson ? "name the directory for segments" : "name the database file");
    if (!config_.sink.url.empty() || !config_.sink.password_file.empty()) {
      report("sink.url", "is for sinks on a server; " + config_.sink.kind + " takes sink.path");
    }
    if (is_ndjson) {
      check_segments();
    }
  }

  void check_segments() {
    while (config_.sink.path.size() > 1 && config_.sink.path.ends_with('/')) {
      config_.sink.path.pop_back();  // beside it, not in it, the audit stands
    }
    if (config_.sink.fsync != "page" && config_.sink.fsync != "segment") {
      report("sink.fsync",
             R"(must be "page" (what is acknowledged survives a power loss) or "segment" (what )"
             "stands in finished segments does)");
    }
  }

  void check_postgres() {
    if (!config_.sink.path.empty()) {
      report("sink.path", "is for sqlite and ndjson; postgres takes sink.url");
    }
    if (config_.sink.url.empty()) {
      report("sink.url",
             "is missing; name the database: postgresql://user@host/claims?sslmode=verify-full");
    } else if (const auto address = postgres::Address::parse(config_.sink.url); !address) {
      report("sink.url", address.failure().detail);
    }
  }

  void complete_audit() {
    if (config_.audit.path.empty() && !config_.sink.path.empty()) {
      config_.audit.path =
          (std::filesystem::path(config_.sink.path).parent_path() / "audit").string();
    }
    require("audit.path", config_.audit.path, "name a directory for the audit");
  }

  void check_telemetry() {
    if (!http::ListenAddress::parse(config_.telemetry.admin_listen)) {
      report("telemetry.admin_listen",
             "must be a numeric address and a port, such as 127.0.0.1:9464 or [::1]:9464; port 0 "
             "picks a free one");
    }
    if (!telemetry::parse_log_level(config_.telemetry.log_level)) {
      report("telemetry.log_level", "must be debug, info, warning or error");
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
    check_url(prefix + "aud", payer.aud);
    if (payer.resource_base.find('?') != std::string::npos) {
      report(prefix + "resource_base", "must have no query: searches put theirs behind it");
    }
    check_quota(payer, prefix);
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

  // Zero says nothing: no limit of ours, no bound for what is learned.
  void check_quota(const PayerConfig& payer, const std::string& prefix) {
    if (payer.quota_burst > 0 && payer.quota_rate == 0) {
      report(prefix + "quota.burst", "needs quota.rate beside it");
    }
    if (payer.quota_burst > 0 && payer.quota_burst < 1) {
      report(prefix + "quota.burst", "must be at least 1, or no request would ever leave");
    }
    const double ceiling = payer.quota_ceiling;
    if (ceiling > 0 && (payer.quota_floor > ceiling || payer.quota_rate > ceiling)) {
      report(prefix + "quota.ceiling", "must not be below quota.rate or quota.floor");
    }
    if (payer.quota_rate > 0 && payer.quota_floor > payer.quota_rate) {
      report(prefix + "quota.floor", "must not be above quota.rate");
    }
  }

  // http::Url says what can be sent, Boost.URL what RFC 3986 allows: workers take a base apart with
  // the latter, which throws for what it refuses.
  static std::optional<http::Url> parse_url(const std::string& text) {
    auto url = http::Url::parse(text);
    return url && boost::urls::parse_uri(text) ? std::move(url) : std::nullopt;
  }

  void check_url(const std::string& key, const std::string& text) {
    if (text.empty()) {
      return;
    }
    const auto url = parse_url(text);
    if (!url) {
      report(key,
             "is no URL such as https://host/path: without credentials, fragment, spaces and "
             "characters that RFC 3986 forbids, such as { } |, which are written as %XX");
    } else if (!url->tls && !url->is_loopback()) {
      report(key, "must begin with https://; plain http is for loopback addresses only");
    }
  }

  // The path of a URL, and nothing else of one.
  static bool is_path(const std::string& text) {
    return text.starts_with('/') && text.find('?') == std::string::npos &&
           parse_url("https://host" + text).has_value();
  }

  void check_next_links(PayerConfig& payer, const std::string& prefix) {
    if (const auto url = parse_url(payer.resource_base); url && payer.allow_path_prefixes.empty()) {
      payer.allow_path_prefixes.push_back(url->target.ends_with('/') ? url->target
                                                                     : url->target + "/");
    }
    for (const std::string& path : payer.allow_path_prefixes) {
      if (!is_path(path) || !path.ends_with('/')) {
        report(prefix + "allow_path_prefixes", R"(each begins and ends with '/', as "/fhir/")");
      }
    }
    for (const auto& [from, to] : payer.next_rewrite) {
      if (!is_path(from) || !is_path(to)) {
        report(prefix + "next_rewrite", R"(both paths begin with '/', as { "/a/" = "/b/" })");
      }
    }
    for (const std::string& host : payer.allow_hosts) {
      const auto url = parse_url("https://" + host);
      if (!url || url->host_header != host) {
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

}  // namespace

std::vector<Problem> complete_and_check(Config& config) {
  return Checker(config).run();
}

}  // namespace claimferry::config
