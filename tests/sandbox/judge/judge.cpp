#include "tests/sandbox/judge/judge.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <unordered_map>

#include <openssl/sha.h>
#include <sqlite3.h>

#include "tests/sandbox/judge/exact.hpp"
#include "tests/sandbox/judge/sink_rows.hpp"

namespace claimferry::sandbox {
namespace {

constexpr std::size_t examples_max = 20;
constexpr std::string_view eob_type = "ExplanationOfBenefit";

std::string sha256_hex(std::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : digest) {
    text += {digits[byte >> 4U], digits[byte & 15U]};
  }
  return text;
}

struct Judged {
  const LedgerResource* truth;
  unsigned current = 0;  // rows in the sink that say they are the current version
  unsigned typed = 0;    // rows in the type's own table for it
  std::map<std::string, unsigned, std::less<>> lines = {};  // rows by sequence
};

std::string key_of(std::string_view member, std::string_view type, std::string_view id) {
  return std::string(member) + '\n' + std::string(type) + '\n' + std::string(id);
}

bool same_amounts(const SinkRows& rows, const LedgerAmounts& truth) {
  return same_amount(rows.text("submitted"), truth.submitted) &&
         same_amount(rows.text("allowed"), truth.allowed) &&
         same_amount(rows.text("paid"), truth.paid) &&
         same_amount(rows.text("member_liability"), truth.member_liability);
}

// A reference may be absolute; an end that never comes may be none.
bool same_fact(std::string_view name, std::string_view held, std::string_view truth) {
  const bool suffix = name == "patient_ref" && held.ends_with("/" + std::string(truth));
  const bool open = name == "period_end" && truth.starts_with("3000") && held.empty();
  return held == truth || suffix || open;
}

bool same_facts(const SinkRows& rows, const LedgerResource& truth) {
  return std::ranges::all_of(truth.facts, [&rows](const auto& fact) {
    return same_fact(fact.first, rows.text(fact.first), fact.second);
  });
}

bool acceptable(const LedgerResource& truth, std::string_view hash) {
  return std::ranges::find(truth.acceptable_hashes, hash) != truth.acceptable_hashes.end();
}

class Judge {
 public:
  Judge(sqlite3* database, const std::vector<LedgerMember>& ledger)
      : database_(database), ledger_(ledger) {
    for (const LedgerMember& member : ledger) {
      for (const LedgerResource& resource : member.resources) {
        truth_.emplace(key_of(member.member, resource.type, resource.id), Judged{&resource});
      }
    }
  }

  Verdict run() {
    judge_resources();
    judge_versions();
    judge_claims();
    judge_lines();
    judge_coverages();
    count_what_is_missing();
    add_up_the_ledger();
    verdict_.billed_total = billed_.str();
    verdict_.paid_total = paid_.str();
    return std::move(verdict_);
  }

 private:
  void blame(std::uint64_t& count, const std::string& what, std::string_view member,
             std::string_view type, std::string_view id) {
    ++count;
    if (verdict_.examples.size() < examples_max) {
      verdict_.examples.push_back(what + ": " + std::string(member) + " " + std::string(type) +
                                  "/" + std::string(id));
    }
  }

  Judged* find(std::string_view member, std::string_view type, std::string_view id) {
    const auto found = truth_.find(key_of(member, type, id));
    return found == truth_.end() ? nullptr : &found->second;
  }

  void judge_resources() {
    SinkRows rows(database_,
                  "SELECT member, resource_type, resource_id, content_hash, raw "
                  "FROM resource_current");
    while (rows.next()) {
      const auto member = rows.text("member");
      const auto type = rows.text("resource_type");
      const auto id = rows.text("resource_id");
      ++verdict_.resources[std::string(type)];
      Judged* judged = find(member, type, id);
      if (judged == nullptr) {
        blame(verdict_.wrong, "unknown to the payer", member, type, id);
        continue;
      }
      if (++judged->current > 1) {
        blame(verdict_.duplicated, "twice current", member, type, id);
      }
      const auto hash = rows.text("content_hash");
      if (sha256_hex(rows.text("raw")) != hash) {
        blame(verdict_.wrong, "bytes do not match their hash", member, type, id);
      } else if (!acceptable(*judged->truth, hash)) {
        blame(verdict_.wrong, "other bytes than were sent", member, type, id);
      }
    }
  }

  // A version that says what the one before it said came of a page stored twice. What had been
  // absent and came back is another matter.
  void judge_versions() {
    SinkRows rows(database_,
                  "SELECT member, resource_type, resource_id, content_hash, absent_at "
                  "FROM resource_version "
                  "ORDER BY payer, member, resource_type, resource_id, version");
    std::string key_before;
    std::string hash_before;
    while (rows.next()) {
      const auto member = rows.text("member");
      const auto type = rows.text("resource_type");
      const auto id = rows.text("resource_id");
      const auto hash = rows.text("content_hash");
      const std::string key = key_of(member, type, id);
      const Judged* judged = find(member, type, id);
      const bool restamped = judged != nullptr && acceptable(*judged->truth, hash) &&
                             acceptable(*judged->truth, hash_before);
      if (key == key_before && (hash == hash_before || restamped)) {
        blame(verdict_.duplicated, "a version that changed nothing", member, type, id);
      }
      key_before = key;
      hash_before = rows.text("absent_at").empty() ? std::string(hash) : "";
    }
  }

  void judge_claims() {
    SinkRows rows(database_,
                  "SELECT member, eob_id, claim_type, status, billable_start, patient_ref, "
                  "submitted, allowed, paid, member_liability FROM claim_current");
    while (rows.next()) {
      const auto member = rows.text("member");
      const auto id = rows.text("eob_id");
      Judged* judged = find(member, eob_type, id);
      if (judged == nullptr) {
        blame(verdict_.wrong, "a claim unknown to the payer", member, "claim", id);
      } else if (++judged->typed > 1) {
        blame(verdict_.duplicated, "a claim twice current", member, "claim", id);
      } else {
        judge_claim(rows, *judged->truth);
      }
    }
  }

  void judge_claim(const SinkRows& rows, const LedgerResource& truth) {
    ++verdict_.claims_by_type[std::string(rows.text("claim_type"))];
    // What is no number is found by the comparison.
    billed_.add(rows.text("submitted"));
    paid_.add(rows.text("paid"));
    if (rows.text("claim_type") != truth.claim_type || !same_facts(rows, truth) ||
        !same_amounts(rows, truth)) {
      blame(verdict_.wrong, "another type, fact or amount", rows.text("member"), "claim",
            rows.text("eob_id"));
    }
  }

  void judge_lines() {
    SinkRows rows(database_,
                  "SELECT member, eob_id, line_sequence, submitted, allowed, paid, "
                  "member_liability FROM claim_line_current WHERE path = 'item'");
    while (rows.next()) {
      ++verdict_.lines;
      const auto member = rows.text("member");
      const auto sequence = rows.text("line_sequence");
      const std::string line = std::string(rows.text("eob_id")) + "#" + std::string(sequence);
      Judged* judged = find(member, eob_type, rows.text("eob_id"));
      const LedgerLine* truth = judged == nullptr ? nullptr : line_of(*judged->truth, sequence);
      if (truth == nullptr) {
        blame(verdict_.wrong, "a line unknown to the payer", member, "line", line);
      } else if (++judged->lines[truth->sequence] > 1) {
        blame(verdict_.duplicated, "a line twice current", member, "line", line);
      } else if (!same_amounts(rows, *truth)) {
        blame(verdict_.wrong, "another amount", member, "line", line);
      }
    }
  }

  static const LedgerLine* line_of(const LedgerResource& truth, std::string_view sequence) {
    const auto found = std::ranges::find(truth.lines, sequence, &LedgerLine::sequence);
    return found == truth.lines.end() ? nullptr : &*found;
  }

  void judge_coverages() {
    SinkRows rows(database_,
                  "SELECT member, coverage_id, status, type_code, subscriber_id, period_start, "
                  "period_end FROM coverage_current");
    while (rows.next()) {
      const auto member = rows.text("member");
      const auto id = rows.text("coverage_id");
      Judged* judged = find(member, "Coverage", id);
      if (judged == nullptr) {
        blame(verdict_.wrong, "a coverage unknown to the payer", member, "coverage", id);
      } else if (++judged->typed > 1) {
        blame(verdict_.duplicated, "a coverage twice current", member, "coverage", id);
      } else if (!same_facts(rows, *judged->truth)) {
        blame(verdict_.wrong, "another fact", member, "coverage", id);
      }
    }
  }

  void count_what_is_missing() {
    for (const LedgerMember& member : ledger_) {
      bool complete = true;
      for (const LedgerResource& resource : member.resources) {
        const Judged& judged = *find(member.member, resource.type, resource.id);
        if (resource.withdrawn) {
          continue;
        }
        if (judged.current == 0) {
          blame(verdict_.lost, "not in the sink", member.member, resource.type, resource.id);
          complete = false;
        } else if (resource.type != "Patient" && judged.typed == 0) {
          blame(verdict_.lost, "no row of its own", member.member, resource.type, resource.id);
        } else {
          count_missing_lines(member.member, judged);
        }
      }
      verdict_.members += complete ? 1 : 0;
    }
  }

  void count_missing_lines(std::string_view member, const Judged& judged) {
    for (const LedgerLine& line : judged.truth->lines) {
      if (!judged.lines.contains(line.sequence)) {
        blame(verdict_.lost, "a line is missing", member, "line",
              judged.truth->id + "#" + line.sequence);
      }
    }
  }

  void add_up_the_ledger() {
    ExactSum billed;
    ExactSum paid;
    for (const LedgerMember& member : ledger_) {
      billed.add(member.totals.submitted);
      paid.add(member.totals.paid);
    }
    verdict_.billed_by_ledger = billed.str();
    verdict_.paid_by_ledger = paid.str();
  }

  sqlite3* database_;
  const std::vector<LedgerMember>& ledger_;
  std::unordered_map<std::string, Judged> truth_;
  ExactSum billed_;
  ExactSum paid_;
  Verdict verdict_;
};

}  // namespace

Verdict judge_tables(sqlite3* database, const std::vector<LedgerMember>& ledger) {
  return Judge(database, ledger).run();
}

Verdict judge_sqlite(const std::string& path, const std::vector<LedgerMember>& ledger) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database(opened, sqlite3_close);
  if (code != SQLITE_OK) {
    throw std::runtime_error("cannot open " + path + ": " + sqlite3_errstr(code));
  }
  sqlite3_busy_timeout(database.get(), 10'000);
  return judge_tables(database.get(), ledger);
}

}  // namespace claimferry::sandbox
