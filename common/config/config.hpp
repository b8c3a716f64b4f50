// The whole configuration as values, validated. How it is read (TOML, environment, flags) is
// config/loader.hpp's business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/base/secret.hpp"

namespace claimferry::config {

struct RedisConfig {
  static constexpr auto default_url = "redis://127.0.0.1:6379/0";
  std::string url = default_url;  // redis://host:port/db, rediss://…, unix:///path
  std::string username;
  std::string password_file;
  std::string ca_file;    // of rediss://; default: the system's trust anchors
  std::string cert_file;  // of this client, with key_file beside it
  std::string key_file;
  std::vector<std::string> sentinels;  // "host:port" each; then the url names no host
  std::string sentinel_master;
  std::string sentinel_username;
  std::string sentinel_password_file;
};

struct QueueConfig {
  Duration lease = std::chrono::seconds(30);
  Duration heartbeat = std::chrono::seconds(10);
};

struct WorkerConfig {
  unsigned shards = 1;
  unsigned slots = 32;                   // jobs at once, over all shards
  unsigned requests_in_flight_max = 32;  // over all shards
  std::uint64_t body_bytes_in_flight_max = 256ULL << 20U;
  Duration drain = std::chrono::seconds(20);
};

struct SchedulerConfig {
  Duration interval = std::chrono::hours(24);  // between a member's routine syncs
  double jitter = 0.1;                         // of the interval, both ways
  std::chrono::days lookback{730};
  Duration sweep_interval = std::chrono::hours(24 * 30);
  std::uint64_t queue_ahead_max = 10'000;
};

// When members leave by themselves.
struct RetentionConfig {
  Duration dormant_after = Duration::zero();  // without consent anew or use; zero: never
  Duration dormant_notice = std::chrono::hours(24 * 30);  // to the pause, and again to the erasure
  Duration erase_after_withdrawal = std::chrono::hours(24 * 30);  // since a consent ended
};

struct SinkConfig {
  std::string kind = "sqlite";  // or "postgres" or "ndjson"
  std::string path;             // sqlite: of the file; ndjson: of the directory
  // ndjson: when a segment ends, and when its lines are synced: "page" or "segment"
  std::uint64_t segment_bytes = 64ULL << 20U;
  Duration segment_age = std::chrono::minutes(5);
  std::string fsync = "page";
  // postgres: the address in libpq's words, without a password
  std::string url;
  std::string password_file;
  unsigned connections = 4;  // of one shard
  Duration statement_timeout = std::chrono::seconds(30);
};

struct AuditConfig {
  std::string path;               // of a directory; default: "audit" beside sink.path
  std::chrono::days keep{2'191};  // six years (45 CFR 164.316(b)(2)(i))
};

struct VaultConfig {
  std::string key_file;
};

struct TelemetryConfig {
  std::string admin_listen = "127.0.0.1:0";
  std::string log_level = "info";
};

// What claimferry-enroll needs beside the rest; no other program reads it but consent_lasts.
struct EnrollConfig {
  std::string listen = "127.0.0.1:8080";
  std::string public_url;  // what browsers call it; payers have its callback registered
  std::string callback_path = "/api/auth/smart/callback";
  std::vector<std::string> return_to_allow;  // origins, or URLs up to a '/'
  std::string api_key_file;                  // one key a line
  std::string app = "claimferry";            // the name that payers show members
  std::string organisation;                  // that invites the members
  std::string policy_version;                // of its privacy policy
  Duration consent_lasts = std::chrono::hours(24 * 365);
  unsigned requests_per_minute = 120;  // of one address
  bool behind_proxy = false;           // addresses are those of X-Forwarded-For
  unsigned proxies = 1;                // of ours, each of which appends an address to it
};

struct PayerConfig {
  explicit PayerConfig(PayerName payer) : name(std::move(payer)) {}

  PayerName name;
  std::string auth_root;
  std::string aud;  // default: auth_root
  std::string resource_base;
  std::string authorize_url;
  std::string token_url;
  std::string client_id;
  std::string client_secret_file;
  std::string ca_file;  // trust anchors instead of the system's
  std::string scopes = "launch/patient patient/*.read";
  std::string skin;
  std::vector<std::string> allow_hosts;  // besides resource_base's own; "host" or "host:port"
  std::vector<std::string> allow_path_prefixes;  // default: the path of resource_base
  std::vector<std::pair<std::string, std::string>> next_rewrite;
  std::string coverage_param = "patient";  // or "beneficiary"
  bool basic_auth_raw = false;
  bool send_scope_on_refresh = false;
  std::vector<std::string> volatile_pointers{"/meta/lastUpdated", "/meta/versionId"};
  unsigned jobs_running_max = 64;
  Duration request_timeout = std::chrono::seconds(90);  // the gateway gives up after 60 s
  double quota_rate = 0;                                // requests a second; 0: not limited by us
  double quota_burst = 0;
  double quota_floor = 0;
  double quota_ceiling = 0;
  double invalid_grant_surge = 0.2;  // of a payer's refreshes: above it none is sent; 0: never
  double quota_backfill_share = 0;   // of the permits, while other lanes want them; 0: the default
};

struct Config {
  RedisConfig redis;
  QueueConfig queue;
  WorkerConfig worker;
  SchedulerConfig scheduler;
  RetentionConfig retention;
  SinkConfig sink;
  AuditConfig audit;
  VaultConfig vault;
  TelemetryConfig telemetry;
  EnrollConfig enroll;
  std::vector<PayerConfig> payers;

  const PayerConfig* payer(const PayerName& name) const noexcept;
  std::vector<PayerName> payer_names() const;
};

}  // namespace claimferry::config
