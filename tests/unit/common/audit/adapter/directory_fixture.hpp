// A private directory with an audit in it, for the tests of its files.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "common/audit/adapter/audit_directory.hpp"
#include "common/audit/adapter/verify_files.hpp"
#include "tests/unit/common/audit/chain_fixture.hpp"

namespace claimferry::audit {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

inline const WallTime in_november = std::chrono::sys_days(2026y / 11 / 24);

inline std::string read_text(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}
inline void write_text(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

class DirectoryFixture {
 public:
  DirectoryFixture() {
    char name[] = "/tmp/claimferry-audit-XXXXXX";
    if (::mkdtemp(name) == nullptr) {
      throw std::runtime_error("mkdtemp");
    }
    root_ = name;
  }
  DirectoryFixture(const DirectoryFixture&) = delete;
  DirectoryFixture& operator=(const DirectoryFixture&) = delete;
  ~DirectoryFixture() {
    std::error_code ec;
    fs::remove_all(root_, ec);
  }

  fs::path path() const { return root_ / "audit"; }
  fs::path file(const std::string& name) const { return path() / name; }
  AuditDirectory directory(std::chrono::days keep = std::chrono::days(2191)) const {
    return AuditDirectory({path(), keep});
  }
  // Entries first … last, a second apart from `at` on.
  static Batch batch(int first, int last, std::optional<Head> known, WallTime at = in_november) {
    Batch batch{at, std::move(known), {}};
    for (int number = first; number <= last; ++number) {
      Entry entry = numbered(number);
      entry.at = at + std::chrono::seconds(number);
      batch.entries.push_back(std::move(entry));
    }
    return batch;
  }
  // Appended, and forgotten by Redis.
  Head fill(int first, int last, std::optional<Head> known = std::nullopt,
            WallTime at = in_november) const {
    return directory().take(batch(first, last, std::move(known), at), at)->head;
  }
  VerifyReport verified(std::optional<Head> redis = std::nullopt) const {
    return *verify_files(path(), std::move(redis));
  }

 private:
  fs::path root_;
};

}  // namespace claimferry::audit
