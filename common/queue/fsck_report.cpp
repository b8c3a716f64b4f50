#include "common/queue/fsck_report.hpp"

#include <numeric>

namespace claimferry::queue {
namespace {

std::uint64_t sum(const std::map<std::string, std::uint64_t>& counts) {
  return std::accumulate(
      counts.begin(), counts.end(), std::uint64_t{0},
      [](std::uint64_t so_far, const auto& count) { return so_far + count.second; });
}

std::uint64_t value(const std::map<std::string, std::uint64_t>& counts, const std::string& name) {
  const auto found = counts.find(name);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

const std::vector<FsckRow>& fsck_rows() {
  static const std::vector<FsckRow> rows{
      {"I1", "a member stands in its ready set exactly when it may run"},
      {"I2", "a member is busy with the one job of it that runs"},
      {"I3", "a job is whole, and stands where it says and nowhere else"},
      {"I4", "uniq names the live jobs, and no others"},
      {"I5", "a payer's load is the number of its running jobs"},
      {"I6", "fences only grow"},
      {"I7", "an active member is due, or has a live job"},
      {"counts", "live, states and lastok are what they count"},
      {"reruns", "work asked for again while it ran is not forgotten"},
      {"batches", "a batch counts each of its members once"},
      {"pauses", "a pause is of a scope, and ends when it says"},
      {"keys", "keys and numbers are of the type and name that ours have"}};
  return rows;
}

void FsckReport::begin_walk() {
  left_.clear();
  left_examples_.clear();
  aside_.clear();
  unjudged_.clear();
  mended_in_walk_ = 0;
  hidden_ = 0;
}

void FsckReport::add(Finding finding) {
  auto& counts = finding.mended ? mended_ : left_;
  auto& examples = finding.mended ? mended_examples_ : left_examples_;
  ++counts[finding.row];
  mended_in_walk_ += finding.mended ? 1 : 0;
  if (examples.size() < examples_max) {
    examples.push_back(std::move(finding));
  }
}

void FsckReport::add_aside(std::string key) {
  if (aside_.size() < examples_max) {
    aside_.push_back(std::move(key));
  }
}

void FsckReport::add_unjudged(std::string count) {
  unjudged_.push_back(std::move(count));
}

FsckReport::Count FsckReport::count(const std::string& row) const {
  const std::uint64_t mended = value(mended_, row);
  return {mended + value(left_, row), mended};
}

std::uint64_t FsckReport::found() const {
  return sum(mended_) + sum(left_);
}

std::uint64_t FsckReport::left() const {
  return sum(left_);
}

std::uint64_t FsckReport::mended_in_walk() const {
  return mended_in_walk_;
}

std::vector<Finding> FsckReport::examples() const {
  std::vector<Finding> examples = left_examples_;
  for (const Finding& finding : mended_examples_) {
    if (examples.size() < examples_max) {
      examples.push_back(finding);
    }
  }
  return examples;
}

}  // namespace claimferry::queue
