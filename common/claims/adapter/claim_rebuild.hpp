// ClaimRebuild: the part of a sink that makes rows anew from the raw bytes that it holds, after a
// parser has changed. Beside workers at work; whoever was erased meanwhile stays so. reprocess()
// drives it.
//
// Failures: as those of a ClaimSink.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/ids.hpp"
#include "common/base/limits.hpp"
#include "common/base/result.hpp"
#include "common/claims/page.hpp"

namespace claimferry::claims {

struct VersionKey {
  PayerName payer;
  MemberId member;
  std::string type;
  std::string id;
  std::int64_t version;
};

struct StoredVersion {
  VersionKey key;
  std::string raw;
};

// page: of that one resource; without rows where the parser takes it no more.
struct RebuiltVersion {
  VersionKey key;
  ParsedPage page;
};

// A step of a walk over all versions. next: behind which one the next step begins; nothing: this
// was the last.
struct OutdatedStep {
  std::vector<StoredVersion> versions;
  std::optional<VersionKey> next;
};
struct MarkedStep {
  std::uint64_t versions = 0;
  std::optional<VersionKey> next;
};

// Of a version that is to be read again by whichever parser; below every parser's.
inline constexpr int marked_version = -1;

class ClaimRebuild {
 public:
  virtual ~ClaimRebuild() = default;
  // How many versions an earlier parser has read, the marked among them.
  virtual awaitable<Result<std::uint64_t>> count_outdated() = 0;
  // Some of them, from behind `after` on: limits::rebuild_versions_max with
  // limits::rebuild_bytes_max of raw bytes at most, or one that is larger. A step that finds none
  // need not be the last.
  virtual awaitable<Result<OutdatedStep>> outdated(std::optional<VersionKey> after) = 0;
  // Puts their rows in the place of those that are there, in one transaction, and notes the parser.
  // Not of those that were erased or read again meanwhile.
  virtual awaitable<Result<void>> renew(std::vector<RebuiltVersion> versions) = 0;
  // Marks versions from behind `after` on, limits::rebuild_walk_max of them at most, in one
  // transaction.
  virtual awaitable<Result<MarkedStep>> mark(std::optional<VersionKey> after) = 0;
  // Whether marking came to its end, and renewing has not: what is marked last is renewed last.
  virtual awaitable<Result<bool>> all_marked() = 0;
};

struct ReprocessReport {
  std::uint64_t renewed = 0;
  std::uint64_t unreadable = 0;  // without rows: their raw bytes are kept
};

// Until none is outdated. Broken off, the next run goes on. Tells of each batch. The sink outlives
// it.
using ReprocessTold = std::function<void(ReprocessReport so_far)>;
awaitable<Result<ReprocessReport>> reprocess(ClaimRebuild* sink, ReprocessTold tell);

// Marks every version, for reprocess(). Broken off, here or in that, the next run goes on. Tells
// how many it has marked.
using MarkTold = std::function<void(std::uint64_t so_far)>;
awaitable<Result<void>> mark_all(ClaimRebuild* sink, MarkTold tell);

}  // namespace claimferry::claims
