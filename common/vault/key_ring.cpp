#include "common/vault/key_ring.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/encoding.hpp"
#include "common/base/ids.hpp"
#include "common/base/private_file.hpp"
#include "common/base/random.hpp"

namespace claimferry::vault {
namespace {

constexpr std::size_t file_bytes_max = 64UL * 1024;
constexpr std::size_t key_id_bytes_max = 32;

Failure refused(std::string detail) {
  return {FailureKind::permanent, "key_file", std::move(detail)};
}

Failure refused_by_system(const std::string& path, std::string_view what) {
  const std::string reason = std::strerror(errno);  // NOLINT(concurrency-mt-unsafe)
  return refused("cannot " + std::string(what) + " the key file " + path + ": " + reason);
}

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (is_open()) {
      ::close(descriptor_);
    }
  }
  bool is_open() const noexcept { return descriptor_ >= 0; }
  int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r";
  const auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

// Empty optional: the line is not a key.
std::optional<Key> parse_key(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view id = line.substr(0, colon);
  auto decoded = from_base64(trimmed(line.substr(colon + 1)));
  if (!decoded) {
    return std::nullopt;
  }
  Secret bytes(std::move(*decoded));
  if (!is_plain_name(id, key_id_bytes_max) || bytes.reveal().size() != key_bytes) {
    return std::nullopt;
  }
  return Key{std::string(id), std::move(bytes)};
}

Result<Secret> read_all(const File& file, const std::string& path) {
  std::string content(file_bytes_max + 1, '\0');
  std::size_t filled = 0;
  while (filled < content.size()) {
    const ssize_t got = ::read(file.descriptor(), content.data() + filled, content.size() - filled);
    if (got < 0) {
      const Secret wiped(std::move(content));
      return refused_by_system(path, "read");
    }
    if (got == 0) {
      break;
    }
    filled += static_cast<std::size_t>(got);
  }
  content.resize(filled);
  Secret text(std::move(content));
  if (filled > file_bytes_max) {
    return refused("the key file " + path + " is larger than 64 KiB; it holds one key a line");
  }
  return text;
}

bool write_all(const File& file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(file.descriptor(), text.data(), text.size());
    if (put < 0) {
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return ::fsync(file.descriptor()) == 0;
}

// A new file's name is durable only when its directory is.
bool sync_directory_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  const File directory(
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory.is_open() && ::fsync(directory.descriptor()) == 0;
}

}  // namespace

Result<KeyRing> KeyRing::parse(const Secret& text, std::string_view source) {
  std::vector<Key> keys;
  std::optional<std::size_t> marked;
  std::string_view rest = text.reveal();
  for (unsigned number = 1; !rest.empty(); ++number) {
    const auto end = rest.find('\n');
    std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.empty() || line.front() == '#') {
      continue;
    }
    const std::string place = std::string(source) + ":" + std::to_string(number);
    if (line.front() == '*') {
      if (marked) {
        return refused(place + ": a second key is marked active; leave one *");
      }
      marked = keys.size();
      line = trimmed(line.substr(1));
    }
    auto key = parse_key(line);
    if (!key) {
      return refused(place +
                     ": not a key; write `id:base64 of 32 bytes`, or make a file with "
                     "`claimferry keys init`");
    }
    for (const Key& known : keys) {
      if (known.id == key->id) {
        return refused(place + ": the key id " + key->id + " stands twice; ids name one key");
      }
    }
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) {
    return refused(std::string(source) + " holds no key; make one with `claimferry keys init`");
  }
  return KeyRing(std::move(keys), marked.value_or(0));
}

Result<KeyRing> KeyRing::load(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) {
    return refused_by_system(path, "open");
  }
  struct stat status{};
  if (::fstat(file.descriptor(), &status) != 0) {
    return refused_by_system(path, "look at");
  }
  if (!S_ISREG(status.st_mode)) {
    return refused("the key file " + path + " is not a regular file");
  }
  if ((status.st_mode & 0100U) != 0 || !is_private(status)) {
    return refused("the key file " + path + " is open to others than its owner; chmod 600 " + path);
  }
  auto text = read_all(file, path);
  if (!text) {
    return std::move(text.failure());
  }
  return parse(*text, path);
}

const Key* KeyRing::find(std::string_view id) const noexcept {
  for (const Key& key : keys_) {
    if (key.id == id) {
      return &key;
    }
  }
  return nullptr;
}

Result<std::string> write_new_key_file(const std::string& path) {
  SystemRandom random;
  const std::string id = "k" + random.hex(4);
  std::string bytes(key_bytes, '\0');
  random.fill(std::as_writable_bytes(std::span(bytes)));
  const Secret key(std::move(bytes));
  const Secret line("*" + id + ":" + to_base64(key.reveal()) + "\n");
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.is_open() && errno == EEXIST) {
    return refused(path +
                   " exists and is left as it is: it may seal members' tokens; name another file");
  }
  if (!file.is_open()) {
    Failure failure = refused_by_system(path, "create");
    failure.detail += "; make its folder, owned by this user, or name another file";
    return failure;
  }
  const bool written = write_all(file,
                                 "# claimferry: keys that seal tokens. Losing this file "
                                 "loses every member's tokens.\n") &&
                       write_all(file, line.reveal()) && sync_directory_of(path);
  if (!written) {
    Failure failure = refused_by_system(path, "write");
    ::unlink(path.c_str());
    return failure;
  }
  return id;
}

}  // namespace claimferry::vault
