// ClaimRebuild: the part of a sink that makes rows anew from the raw bytes that it holds, after a
// parser has changed. Beside workers at work; whoever was erased meanwhile stays so. reprocess()
// drives it.
//
// Failures: as those of a ClaimSink.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/async/awaitable.hpp"
#include "common/base/ids.hpp"
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

class ClaimRebuild {
 public:
  virtual ~ClaimRebuild() = default;
  // How many versions an earlier parser has read.
  virtual awaitable<Result<std::uint64_t>> count_outdated() = 0;
  // Some of them, so many at most.
  virtual awaitable<Result<std::vector<StoredVersion>>> outdated(std::size_t most) = 0;
  // Puts their rows in the place of those that are there, in one transaction, and notes the parser.
  virtual awaitable<Result<void>> renew(std::vector<RebuiltVersion> versions) = 0;
  // Takes all for outdated.
  virtual awaitable<Result<void>> forget_parsers() = 0;
};

struct ReprocessReport {
  std::uint64_t renewed = 0;
  std::uint64_t unreadable = 0;  // without rows: their raw bytes are kept
};

// Until none is outdated. Ended before, the next run goes on. Tells of each batch. The sink
// outlives it.
using ReprocessTold = std::function<void(ReprocessReport so_far)>;
awaitable<Result<ReprocessReport>> reprocess(ClaimRebuild* sink, ReprocessTold tell);

}  // namespace claimferry::claims
