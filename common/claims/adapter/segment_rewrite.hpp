// rewrite_segment: a segment without a member's lines, in pieces, however long lines are.
#pragma once

#include "common/claims/adapter/segment_disk.hpp"
#include "common/queue/job.hpp"

namespace claimferry::claims {

struct Erased {
  const PayerName& payer;
  const MemberId& member;
  Fence fence;  // lines of larger ones stay: the member came back
};

struct Rewritten {
  std::uint64_t dropped = 0;  // lines
  bool holds_more = false;    // of the member, of larger fences
  std::uint64_t bytes = 0;    // what was copied
};

// From one file to the end of another, which is not synced. Lines of erasures are kept, and lines
// that are none of ours.
Result<Rewritten> rewrite_segment(SegmentDisk& disk, const SegmentHandle& from,
                                  const SegmentHandle& to, const Erased& erased);

}  // namespace claimferry::claims
