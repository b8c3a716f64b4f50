#include "common/program/reload.hpp"

#include "common/config/files.hpp"
#include "common/redis/tls_stream.hpp"

namespace claimferry::program {

Result<void> reload_keys(vault::Vault& vault, const std::string& path) {
  auto keys = vault::KeyRing::load(path);
  if (!keys) {
    return std::move(keys.failure());
  }
  vault.replace(std::move(*keys));
  return {};
}

void watch_redis(FileWatch& files, const config::RedisConfig& config,
                 const redis::Endpoint& endpoint) {
  watch_password(files, "redis.password_file", config.password_file, endpoint.password);
  if (endpoint.sentinels) {
    watch_password(files, "redis.sentinel_password_file", config.sentinel_password_file,
                   endpoint.sentinels->password);
  }
  if (endpoint.tls != nullptr) {
    const auto reload = [tls = endpoint.tls] { return tls->reload(); };
    files.add("redis.ca_file", config.ca_file, reload);
    files.add("redis.cert_file", config.cert_file, reload);
    files.add("redis.key_file", config.key_file, [reload, path = config.key_file] {
      auto fit = config::check_private(path);
      return fit ? reload() : fit;
    });
  }
}

void watch_password(FileWatch& files, const std::string& setting, const std::string& path,
                    LiveSecret password) {
  files.add(setting, path, [path, password]() mutable -> Result<void> {
    auto secret = config::read_secret_file(path);
    if (!secret) {
      return std::move(secret.failure());
    }
    password.replace(std::move(*secret));
    return {};
  });
}

}  // namespace claimferry::program
