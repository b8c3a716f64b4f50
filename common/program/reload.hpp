// How what several programs read at their start is read anew.
#pragma once

#include <string>

#include "common/base/live_secret.hpp"
#include "common/config/config.hpp"
#include "common/program/file_watch.hpp"
#include "common/redis/endpoint.hpp"
#include "common/vault/vault.hpp"

namespace claimferry::program {

// The key file's new keys, once they pass the vault's test.
Result<void> reload_keys(vault::Vault& vault, const std::string& path);

// Redis' password, its sentinels', and the certificates of a link over TLS.
void watch_redis(FileWatch& files, const config::RedisConfig& config,
                 const redis::Endpoint& endpoint);

// A password that serves from the next connection on.
void watch_password(FileWatch& files, const std::string& setting, const std::string& path,
                    LiveSecret password);

}  // namespace claimferry::program
