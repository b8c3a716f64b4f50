// A directory of segments, stores on it that are used without a thread, and a disk whose steps can
// be made to fail.
#pragma once

#include <csignal>
#include <filesystem>
#include <functional>
#include <limits>

#include <gtest/gtest.h>
#include <unistd.h>

#include "common/claims/adapter/ndjson_store.hpp"
#include "tests/sandbox/judge/segments.hpp"

namespace claimferry::claims {

// At its step number `at`: refuses it, or ends the process by SIGKILL. Dying before a write leaves
// half of it in the file.
class FaultyDisk final : public SegmentDisk {
 public:
  enum class Fault : std::uint8_t { none, refuse, die_before, die_after };
  explicit FaultyDisk(Fault fault = Fault::none, unsigned at = 0) : fault_(fault), at_(at) {}
  unsigned steps() const noexcept { return steps_; }
  void refuse_all(bool refuses) noexcept { refuses_all_ = refuses; }

  Result<SegmentHandle> create(const std::filesystem::path& path) override {
    return step([&] { return SegmentDisk::create(path); });
  }
  Result<void> write(const SegmentHandle& file, std::string_view bytes) override {
    if (fault_ == Fault::die_before && steps_ == at_) {
      static_cast<void>(SegmentDisk::write(file, bytes.substr(0, bytes.size() / 2)));
    }
    return step([&] { return SegmentDisk::write(file, bytes); });
  }
  Result<void> cut(const SegmentHandle& file, std::uint64_t bytes) override {
    return step([&] { return SegmentDisk::cut(file, bytes); });
  }
  Result<void> sync(const SegmentHandle& file) override {
    return step([&] { return SegmentDisk::sync(file); });
  }
  Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return step([&] { return SegmentDisk::rename(from, to); });
  }
  Result<void> remove(const std::filesystem::path& path) override {
    return step([&] { return SegmentDisk::remove(path); });
  }
  Result<void> sync_directory(const std::filesystem::path& path) override {
    return step([&] { return SegmentDisk::sync_directory(path); });
  }

 private:
  template <class Call>
  auto step(Call call) -> decltype(call()) {
    const bool now = steps_++ == at_;
    if (refuses_all_ || (now && fault_ == Fault::refuse)) {
      return Failure{FailureKind::local, "disk_full", "planted"};
    }
    if (now && fault_ == Fault::die_before) {
      ::kill(::getpid(), SIGKILL);
    }
    auto result = call();
    if (now && fault_ == Fault::die_after) {
      ::kill(::getpid(), SIGKILL);
    }
    return result;
  }

  const Fault fault_;
  const unsigned at_;
  unsigned steps_ = 0;
  bool refuses_all_ = false;
};

class MovedClock final : public Clock {
 public:
  WallTime wall() const override { return WallTime(now); }
  SteadyTime steady() const override { return SteadyTime(now); }
  Duration now = std::chrono::hours(24 * 365 * 56);
};

// Id and content; a content is JSON.
using LakeClaims = std::vector<std::pair<std::string, std::string>>;

class NdjsonStoreFixture : public testing::Test {
 protected:
  NdjsonStoreFixture();
  ~NdjsonStoreFixture() override;

  std::filesystem::path lake() const { return directory_ / "lake"; }
  NdjsonOptions options() const { return {lake(), 64 * 1024, std::chrono::minutes(5), true}; }
  // Fails the test where it cannot be opened.
  std::unique_ptr<NdjsonStore> open(SegmentDisk& disk) { return open(disk, options()); }
  std::unique_ptr<NdjsonStore> open(SegmentDisk& disk, NdjsonOptions options);
  std::unique_ptr<NdjsonStore> open() { return open(disk_); }
  // As the writer's thread does it.
  static Result<void> transact(NdjsonStore& store,
                               const std::function<Result<void>(NdjsonStore&)>& work);

  static SyncKey key(const std::string& member, const std::string& job, std::uint64_t fence);
  // Page `number` of its job, with the cursor behind it.
  Result<CommitReport> commit(NdjsonStore& store, const SyncKey& to, const LakeClaims& claims,
                              unsigned number = 1, bool sweep = false);
  Result<CloseReport> close(NdjsonStore& store, const SyncKey& of);
  Result<void> erase(NdjsonStore& store, const std::string& member, std::uint64_t fence);
  static std::uint64_t pages_of(NdjsonStore& store, const SyncKey& key);

  // By the reader's rule, from finished segments alone: id and content.
  LakeClaims standing(const std::string& member = "M1") const;
  std::size_t lines() const { return sandbox::read_segments(lake()).size(); }
  std::size_t files(std::string_view ending) const;
  // How the child that ran it ended: true: killed.
  static bool dies(const std::function<void()>& child);

  std::filesystem::path directory_;
  SegmentDisk disk_;
  MovedClock clock_;
};

// About so many bytes of JSON.
std::string content_of(const std::string& word, std::size_t bytes = 20);

}  // namespace claimferry::claims
