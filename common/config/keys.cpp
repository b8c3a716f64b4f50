#include "common/config/keys.hpp"

#include <cstdio>
#include <limits>

#include "common/base/limits.hpp"

namespace claimferry::config {
namespace {

std::string quoted(const std::string& text) {
  return '"' + text + '"';
}

std::string show_list(const TextList& list) {
  std::string text = "[";
  for (const std::string& item : list) {
    text += (text.size() > 1 ? ", " : "") + quoted(item);
  }
  return text + "]";
}

std::string show_pairs(const TextPairs& pairs) {
  std::string text = "{";
  for (const auto& [from, to] : pairs) {
    text += (text.size() > 1 ? ", " : " ") + quoted(from) + " = " + quoted(to);
  }
  return text + (pairs.empty() ? "}" : " }");
}

std::string show_number(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

// One builder a type: the member it fills, and what it accepts.
template <class Owner>
class Table {
 public:
  using Keys = std::vector<Key<Owner>>;

  Table& text(std::string name, std::string Owner::* member) {
    return add<std::string>(std::move(name), "text", member, to_text, quoted);
  }
  Table& boolean(std::string name, bool Owner::* member) {
    return add<bool>(std::move(name), "true or false", member, to_bool,
                     [](bool flag) { return std::string(flag ? "true" : "false"); });
  }
  Table& list(std::string name, TextList Owner::* member) {
    return add<TextList>(std::move(name), "a list of texts", member, to_list, show_list);
  }
  Table& pairs(std::string name, TextPairs Owner::* member) {
    return add<TextPairs>(std::move(name), R"(a table such as { "/from/" = "/to/" })", member,
                          to_pairs, show_pairs);
  }
  Table& duration(std::string name, Duration Owner::* member, Duration least, Duration most,
                  std::string_view expects) {
    const auto within = [least, most](const Value& value) {
      const auto duration = to_duration(value);
      return duration && *duration >= least && *duration <= most ? duration : std::nullopt;
    };
    return add<Duration>(std::move(name), expects, member, within,
                         [](Duration value) { return quoted(show(value)); });
  }
  Table& days(std::string name, std::chrono::days Owner::* member, std::string_view expects) {
    const auto whole_days = [](const Value& value) -> std::optional<std::chrono::days> {
      const auto duration = to_duration(value);
      const auto days = std::chrono::floor<std::chrono::days>(duration.value_or(Duration(0)));
      return duration && days == *duration && days.count() > 0 ? std::optional(days) : std::nullopt;
    };
    return add<std::chrono::days>(
        std::move(name), expects, member, whole_days,
        [](std::chrono::days value) { return quoted(std::to_string(value.count()) + "d"); });
  }
  Table& bytes(std::string name, std::uint64_t Owner::* member, std::uint64_t least,
               std::uint64_t most, std::string_view expects) {
    const auto within = [least, most](const Value& value) {
      const auto bytes = to_bytes(value);
      return bytes && *bytes >= least && *bytes <= most ? bytes : std::nullopt;
    };
    return add<std::uint64_t>(std::move(name), expects, member, within,
                              [](std::uint64_t value) { return quoted(show_bytes(value)); });
  }
  template <class Number>
  Table& whole(std::string name, Number Owner::* member, std::int64_t least, std::int64_t most) {
    const auto within = [least, most](const Value& value) -> std::optional<Number> {
      const auto number = to_integer(value);
      return number && *number >= least && *number <= most
                 ? std::optional(static_cast<Number>(*number))
                 : std::nullopt;
    };
    const std::string expects =
        "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
    return add<Number>(std::move(name), expects, member, within,
                       [](Number value) { return std::to_string(value); });
  }
  Table& number(std::string name, double Owner::* member, double least, double most,
                std::string_view expects) {
    const auto within = [least, most](const Value& value) {
      const auto number = to_number(value);
      return number && *number >= least && *number <= most ? number : std::nullopt;
    };
    return add<double>(std::move(name), expects, member, within, show_number);
  }

  Keys keys;

 private:
  template <class Type, class Read, class Show>
  Table& add(std::string name, std::string_view expects, Type Owner::* member, Read read,
             Show show) {
    keys.push_back({std::move(name), std::string(expects),
                    [member, read](Owner& owner, const Value& value) {
                      auto typed = read(value);
                      if (typed) {
                        owner.*member = std::move(*typed);
                      }
                      return typed.has_value();
                    },
                    [member, show](const Owner& owner) { return show(owner.*member); }});
    return *this;
  }
};

// Puts a section's keys under its name.
template <class Section>
void append(std::vector<Key<Config>>& all, const std::string& prefix, Section Config::* section,
            const Table<Section>& table) {
  for (const Key<Section>& key : table.keys) {
    all.push_back(
        {prefix + "." + key.name, key.expects,
         [section, set = key.set](Config& config, const Value& value) {
           return set(config.*section, value);
         },
         [section, show = key.show](const Config& config) { return show(config.*section); }});
  }
}

using namespace std::chrono_literals;
constexpr std::string_view short_time = R"(a time such as "30s", from 1s to 10m)";
constexpr std::string_view long_time = R"(a time such as "24h" or "30d", from 1s to 366d)";
constexpr std::string_view kept_for = R"(a time such as "180d", up to 3660d, or "0s")";
constexpr Duration year = std::chrono::days(366);
constexpr std::string_view rate = "a number of requests a second, 0 or more";

std::vector<Key<Config>> make_keys() {
  std::vector<Key<Config>> all;
  append(all, "redis", &Config::redis,
         Table<RedisConfig>()
             .text("url", &RedisConfig::url)
             .text("username", &RedisConfig::username)
             .text("password_file", &RedisConfig::password_file)
             .text("ca_file", &RedisConfig::ca_file)
             .text("cert_file", &RedisConfig::cert_file)
             .text("key_file", &RedisConfig::key_file)
             .list("sentinels", &RedisConfig::sentinels)
             .text("sentinel_master", &RedisConfig::sentinel_master)
             .text("sentinel_username", &RedisConfig::sentinel_username)
             .text("sentinel_password_file", &RedisConfig::sentinel_password_file));
  append(all, "queue", &Config::queue,
         Table<QueueConfig>()
             .duration("lease", &QueueConfig::lease, 1s, 10min, short_time)
             .duration("heartbeat", &QueueConfig::heartbeat, 100ms, 5min,
                       R"(a time such as "10s", from 100ms to 5m)"));
  append(all, "worker", &Config::worker,
         Table<WorkerConfig>()
             .whole("shards", &WorkerConfig::shards, 1, limits::shards_max)
             .whole("slots", &WorkerConfig::slots, 1, limits::slots_max)
             .whole("requests_in_flight_max", &WorkerConfig::requests_in_flight_max, 1,
                    limits::slots_max)  // a slot has one request in flight at most
             .bytes("body_bytes_in_flight_max", &WorkerConfig::body_bytes_in_flight_max, 1U << 20U,
                    std::numeric_limits<std::uint64_t>::max(),
                    R"(a size such as "256MiB", 1MiB or more)")
             .duration("drain", &WorkerConfig::drain, 1s, 10min, short_time));
  append(all, "scheduler", &Config::scheduler,
         Table<SchedulerConfig>()
             .duration("interval", &SchedulerConfig::interval, 1s, year, long_time)
             .number("jitter", &SchedulerConfig::jitter, 0, 0.5, "a number from 0 to 0.5")
             .days("lookback", &SchedulerConfig::lookback, R"(whole days such as "730d")")
             .duration("sweep_interval", &SchedulerConfig::sweep_interval, 1s, year, long_time)
             .whole("queue_ahead_max", &SchedulerConfig::queue_ahead_max, 1, 10'000'000));
  append(all, "retention", &Config::retention,
         Table<RetentionConfig>()
             .duration("dormant_after", &RetentionConfig::dormant_after, 0s, 10 * year, kept_for)
             .duration("dormant_notice", &RetentionConfig::dormant_notice, 1s, year, long_time)
             .duration("erase_after_withdrawal", &RetentionConfig::erase_after_withdrawal, 0s,
                       10 * year, kept_for));
  append(all, "sink", &Config::sink,
         Table<SinkConfig>()
             .text("kind", &SinkConfig::kind)
             .text("path", &SinkConfig::path)
             .bytes("segment_bytes", &SinkConfig::segment_bytes, limits::segment_bytes_least,
                    limits::segment_bytes_max, R"(a size such as "64MiB", from 64KiB to 1GiB)")
             .duration("segment_age", &SinkConfig::segment_age, limits::segment_age_least,
                       limits::segment_age_max, R"(a time such as "5m", from 1s to 24h)")
             .text("fsync", &SinkConfig::fsync)
             .text("url", &SinkConfig::url)
             .text("password_file", &SinkConfig::password_file)
             .whole("connections", &SinkConfig::connections, 1, limits::sink_connections_max)
             .duration("statement_timeout", &SinkConfig::statement_timeout, 1s, 10min, short_time));
  append(all, "audit", &Config::audit,
         Table<AuditConfig>()
             .text("path", &AuditConfig::path)
             .days("keep", &AuditConfig::keep, R"(whole days such as "2191d")"));
  append(all, "vault", &Config::vault,
         Table<VaultConfig>().text("key_file", &VaultConfig::key_file));
  append(all, "telemetry", &Config::telemetry,
         Table<TelemetryConfig>()
             .text("admin_listen", &TelemetryConfig::admin_listen)
             .text("log_level", &TelemetryConfig::log_level));
  append(all, "enroll", &Config::enroll,
         Table<EnrollConfig>()
             .text("listen", &EnrollConfig::listen)
             .text("public_url", &EnrollConfig::public_url)
             .text("callback_path", &EnrollConfig::callback_path)
             .list("return_to_allow", &EnrollConfig::return_to_allow)
             .text("api_key_file", &EnrollConfig::api_key_file)
             .text("app", &EnrollConfig::app)
             .text("organisation", &EnrollConfig::organisation)
             .text("policy_version", &EnrollConfig::policy_version)
             .duration("consent_lasts", &EnrollConfig::consent_lasts, 1min, 10 * year,
                       R"(a time such as "365d", from 1m to 3660d)")
             .whole("requests_per_minute", &EnrollConfig::requests_per_minute, 1, 1'000'000)
             .boolean("behind_proxy", &EnrollConfig::behind_proxy)
             .whole("proxies", &EnrollConfig::proxies, 1, 16));
  return all;
}

std::vector<Key<PayerConfig>> make_payer_keys() {
  return Table<PayerConfig>()
      .text("auth_root", &PayerConfig::auth_root)
      .text("aud", &PayerConfig::aud)
      .text("resource_base", &PayerConfig::resource_base)
      .text("authorize_url", &PayerConfig::authorize_url)
      .text("token_url", &PayerConfig::token_url)
      .text("client_id", &PayerConfig::client_id)
      .text("client_secret_file", &PayerConfig::client_secret_file)
      .text("ca_file", &PayerConfig::ca_file)
      .text("scopes", &PayerConfig::scopes)
      .text("skin", &PayerConfig::skin)
      .list("allow_hosts", &PayerConfig::allow_hosts)
      .list("allow_path_prefixes", &PayerConfig::allow_path_prefixes)
      .pairs("next_rewrite", &PayerConfig::next_rewrite)
      .text("coverage_param", &PayerConfig::coverage_param)
      .boolean("basic_auth_raw", &PayerConfig::basic_auth_raw)
      .boolean("send_scope_on_refresh", &PayerConfig::send_scope_on_refresh)
      .list("volatile_pointers", &PayerConfig::volatile_pointers)
      .whole("jobs_running_max", &PayerConfig::jobs_running_max, 1, 100'000)
      .duration("request_timeout", &PayerConfig::request_timeout, 1s, 10min, short_time)
      .number("quota.rate", &PayerConfig::quota_rate, 0, 1e6, rate)
      .number("quota.burst", &PayerConfig::quota_burst, 0, 1e6, "a number of requests, 0 or more")
      .number("quota.floor", &PayerConfig::quota_floor, 0, 1e6, rate)
      .number("quota.ceiling", &PayerConfig::quota_ceiling, 0, 1e6, rate)
      .number("quota.backfill_share", &PayerConfig::quota_backfill_share, 0, 1,
              "a part of the rate, from 0 (the default, 0.2) to 1")
      .number("invalid_grant_surge", &PayerConfig::invalid_grant_surge, 0, 1,
              "a part of the refreshes, from 0 (never) to 1")
      .keys;
}

}  // namespace

const std::vector<Key<Config>>& keys() {
  static const auto all = make_keys();
  return all;
}

const std::vector<Key<PayerConfig>>& payer_keys() {
  static const auto all = make_payer_keys();
  return all;
}

}  // namespace claimferry::config
