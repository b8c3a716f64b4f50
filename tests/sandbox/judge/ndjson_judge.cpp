#include "tests/sandbox/judge/ndjson_judge.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include <openssl/sha.h>

#include "tests/sandbox/judge/exact.hpp"
#include "tests/sandbox/judge/segments.hpp"

namespace claimferry::sandbox {
namespace {

constexpr std::size_t examples_max = 20;

std::string sha256_hex(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : digest) {
    text += {digits[byte >> 4U], digits[byte & 15U]};
  }
  return text;
}

class NdjsonJudge {
 public:
  explicit NdjsonJudge(const std::vector<LedgerMember>& ledger) : ledger_(ledger) {
    for (const LedgerMember& member : ledger) {
      for (const LedgerResource& resource : member.resources) {
        truth_[{member.member, resource.type, resource.id}] = &resource;
      }
    }
  }

  Verdict run(const std::vector<SegmentLine>& lines) {
    judge_versions(standing_versions(lines));
    for (const SegmentLine& line : standing(lines)) {
      judge_resource(line);
    }
    count_what_is_missing();
    verdict_.billed_total = billed_.str();
    verdict_.paid_total = paid_.str();
    return std::move(verdict_);
  }

 private:
  using Key = std::tuple<std::string, std::string, std::string>;
  static Key key_of(const SegmentLine& line) { return {line.member, line.type, line.id}; }

  void blame(std::uint64_t& count, const std::string& what, const Key& key) {
    ++count;
    if (verdict_.examples.size() < examples_max) {
      verdict_.examples.push_back(what + ": " + std::get<0>(key) + " " + std::get<1>(key) + "/" +
                                  std::get<2>(key));
    }
  }
  bool acceptable(const Key& key, const std::string& hash) const {
    const auto found = truth_.find(key);
    return found != truth_.end() && std::ranges::find(found->second->acceptable_hashes, hash) !=
                                        found->second->acceptable_hashes.end();
  }

  // A version that says what the one before it said came of a page stored twice.
  void judge_versions(const std::vector<SegmentLine>& versions) {
    const SegmentLine* before = nullptr;
    for (const SegmentLine& line : versions) {
      const Key key = key_of(line);
      const bool follows = before != nullptr && key_of(*before) == key &&
                           before->operation == "upsert" && line.operation == "upsert";
      if (follows && (line.sha256 == before->sha256 ||
                      (acceptable(key, line.sha256) && acceptable(key, before->sha256)))) {
        blame(verdict_.duplicated, "a version that changed nothing", key);
      }
      before = &line;
    }
  }

  void judge_resource(const SegmentLine& line) {
    const Key key = key_of(line);
    ++verdict_.resources[line.type];
    const auto found = truth_.find(key);
    if (found == truth_.end()) {
      blame(verdict_.wrong, "unknown to the payer", key);
      return;
    }
    if (!held_.insert(key).second) {
      blame(verdict_.duplicated, "held under two payers", key);
    }
    if (sha256_hex(line.raw) != line.sha256) {
      blame(verdict_.wrong, "bytes do not match their hash", key);
    } else if (!acceptable(key, line.sha256)) {
      blame(verdict_.wrong, "other bytes than were sent", key);
    } else if (line.type == "ExplanationOfBenefit") {
      add_claim(*found->second);
    }
  }
  void add_claim(const LedgerResource& truth) {
    ++verdict_.claims_by_type[truth.claim_type];
    verdict_.lines += truth.lines.size();
    billed_.add(truth.submitted);
    paid_.add(truth.paid);
  }

  void count_what_is_missing() {
    ExactSum billed;
    ExactSum paid;
    for (const LedgerMember& member : ledger_) {
      bool complete = true;
      for (const LedgerResource& resource : member.resources) {
        const Key key{member.member, resource.type, resource.id};
        if (!resource.withdrawn && !held_.contains(key)) {
          blame(verdict_.lost, "not in the sink", key);
          complete = false;
        }
      }
      verdict_.members += complete ? 1 : 0;
      billed.add(member.totals.submitted);
      paid.add(member.totals.paid);
    }
    verdict_.billed_by_ledger = billed.str();
    verdict_.paid_by_ledger = paid.str();
  }

  const std::vector<LedgerMember>& ledger_;
  std::map<Key, const LedgerResource*> truth_;
  std::set<Key> held_;
  ExactSum billed_;
  ExactSum paid_;
  Verdict verdict_;
};

}  // namespace

Verdict judge_ndjson(const std::string& directory, const std::vector<LedgerMember>& ledger) {
  return NdjsonJudge(ledger).run(read_segments(directory));
}

}  // namespace claimferry::sandbox
