#include "scheduler/enroll/api_keys.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <openssl/crypto.h>
#include <sys/stat.h>

#include "common/base/ascii.hpp"
#include "common/base/digest.hpp"
#include "common/base/ids.hpp"
#include "common/base/private_file.hpp"

namespace claimferry::enroll {
namespace {

constexpr std::size_t name_bytes_max = 32;
constexpr std::size_t key_bytes_least = 32;
constexpr std::size_t key_bytes_max = 256;
constexpr std::size_t keys_max = 64;

Failure refused(std::string detail) {
  return {FailureKind::permanent, "api_key_file", std::move(detail)};
}

std::string digest_of(std::string_view key) {
  return to_hex(sha256(key));
}

bool is_key(std::string_view text) {
  return text.size() >= key_bytes_least && text.size() <= key_bytes_max &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string_view next_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  while (line.ends_with(' ') || line.ends_with('\t') || line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

}  // namespace

Result<ApiKeys> ApiKeys::parse(const Secret& text, std::string_view source) {
  std::vector<Key> keys;
  std::string_view rest = text.reveal();
  for (unsigned number = 1; !rest.empty(); ++number) {
    const std::string_view line = next_line(rest);
    if (line.empty() || line.front() == '#') {
      continue;
    }
    const std::string place = std::string(source) + ":" + std::to_string(number) + ": ";
    const auto colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == std::string_view::npos || !is_plain_name(name, name_bytes_max) ||
        !is_key(line.substr(colon + 1))) {
      return refused(place +
                     "not a key; write `name:key` with a key of 32 to 256 visible characters, "
                     "such as `openssl rand -hex 32` makes");
    }
    if (std::ranges::find(keys, name, &Key::name) != keys.end()) {
      return refused(place + "the name " + std::string(name) + " stands twice");
    }
    if (keys.size() == keys_max) {
      return refused(place + "more than 64 keys; remove those that nobody uses");
    }
    keys.push_back({std::string(name), digest_of(line.substr(colon + 1))});
  }
  if (keys.empty()) {
    return refused(std::string(source) + " holds no key; write `name:key`, one a line");
  }
  return ApiKeys(std::move(keys));
}

Result<ApiKeys> ApiKeys::load(const std::string& path) {
  struct stat status{};
  std::ifstream file(path);
  if (!file || ::stat(path.c_str(), &status) != 0) {
    const std::string reason = std::strerror(errno);  // NOLINT(concurrency-mt-unsafe)
    return refused("cannot open the file of API keys " + path + ": " + reason);
  }
  if (!is_private(status)) {
    return refused("the file of API keys " + path + " may be read by others; chmod 600 it");
  }
  std::ostringstream text;
  text << file.rdbuf();
  return parse(Secret(std::move(text).str()), path);
}

std::optional<std::string> ApiKeys::caller(const Secret& authorization) const {
  // Of any case (RFC 9110 section 11.1).
  constexpr std::string_view scheme = "bearer ";
  const std::string_view value = authorization.reveal();
  const auto same = [](char sent, char ours) { return ascii_lower(sent) == ours; };
  if (!std::ranges::equal(value.substr(0, scheme.size()), scheme, same)) {
    return std::nullopt;
  }
  const std::string digest = digest_of(value.substr(scheme.size()));
  std::optional<std::string> found;
  for (const Key& key : keys_) {
    if (CRYPTO_memcmp(digest.data(), key.digest.data(), digest.size()) == 0) {
      found = key.name;
    }
  }
  return found;
}

}  // namespace claimferry::enroll
