#include "tests/sandbox/judge/judge.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <unordered_map>

#include <openssl/sha.h>
#include <sqlite3.h>

#include "tests/sandbox/judge/exact.hpp"

namespace claimferry::sandbox {
namespace {

constexpr std::size_t examples_max = 20;

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

class Rows {
 public:
  Rows(sqlite3* database, const char* sql) {
    if (sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) != SQLITE_OK) {
      throw std::runtime_error(std::string("cannot read the sink: ") + sqlite3_errmsg(database));
    }
  }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows() { sqlite3_finalize(statement_); }
  bool next() {
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
      throw std::runtime_error(std::string("cannot read the sink: ") + sqlite3_errstr(code));
    }
    return code == SQLITE_ROW;
  }
  std::string_view text(int column) {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return bytes == nullptr
               ? std::string_view()
               : std::string_view(
                     bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

struct Judged {
  const LedgerResource* truth;
  unsigned current = 0;  // rows in the sink that say they are the current version
  unsigned claims = 0;   // rows in `claim` for it
};

std::string key_of(std::string_view member, std::string_view type, std::string_view id) {
  return std::string(member) + '\n' + std::string(type) + '\n' + std::string(id);
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
    judge_claims();
    count_what_is_missing();
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

  void judge_resources() {
    Rows rows(database_,
              "SELECT member, resource_type, resource_id, content_hash, raw FROM resource_current");
    while (rows.next()) {
      const auto member = rows.text(0);
      const auto type = rows.text(1);
      const auto id = rows.text(2);
      ++verdict_.resources[std::string(type)];
      const auto found = truth_.find(key_of(member, type, id));
      if (found == truth_.end()) {
        blame(verdict_.wrong, "unknown to the payer", member, type, id);
        continue;
      }
      if (++found->second.current > 1) {
        blame(verdict_.duplicated, "twice current", member, type, id);
      }
      const auto hash = rows.text(3);
      if (sha256_hex(rows.text(4)) != hash) {
        blame(verdict_.wrong, "bytes do not match their hash", member, type, id);
      } else if (std::ranges::find(found->second.truth->acceptable_hashes, hash) ==
                 found->second.truth->acceptable_hashes.end()) {
        blame(verdict_.wrong, "other bytes than were sent", member, type, id);
      }
    }
  }

  void judge_claims() {
    Rows rows(database_,
              "SELECT member, eob_id, claim_type, submitted, allowed, paid, member_liability "
              "FROM claim_current");
    while (rows.next()) {
      const auto member = rows.text(0);
      const auto id = rows.text(1);
      const auto found = truth_.find(key_of(member, "ExplanationOfBenefit", id));
      if (found == truth_.end()) {
        blame(verdict_.wrong, "a claim unknown to the payer", member, "claim", id);
        continue;
      }
      if (++found->second.claims > 1) {
        blame(verdict_.duplicated, "a claim twice current", member, "claim", id);
        continue;
      }
      judge_claim(rows, *found->second.truth);
    }
  }

  void judge_claim(Rows& rows, const LedgerResource& truth) {
    ++verdict_.claims_by_type[std::string(rows.text(2))];
    billed_.add(rows.text(3).empty() ? "0" : rows.text(3));
    paid_.add(rows.text(5).empty() ? "0" : rows.text(5));
    const bool right =
        rows.text(2) == truth.claim_type && same_amount(rows.text(3), truth.submitted) &&
        same_amount(rows.text(4), truth.allowed) && same_amount(rows.text(5), truth.paid) &&
        same_amount(rows.text(6), truth.member_liability);
    if (!right) {
      blame(verdict_.wrong, "another type or amount", rows.text(0), "claim", rows.text(1));
    }
  }

  void count_what_is_missing() {
    for (const LedgerMember& member : ledger_) {
      bool complete = true;
      for (const LedgerResource& resource : member.resources) {
        const Judged& judged = truth_.at(key_of(member.member, resource.type, resource.id));
        const bool is_eob = resource.type == "ExplanationOfBenefit";
        if (resource.withdrawn) {
          continue;
        }
        if (judged.current == 0) {
          blame(verdict_.lost, "not in the sink", member.member, resource.type, resource.id);
          complete = false;
        } else if (is_eob && judged.claims == 0) {
          blame(verdict_.lost, "no claim row", member.member, resource.type, resource.id);
        }
      }
      verdict_.members += complete ? 1 : 0;
    }
  }

  sqlite3* database_;
  const std::vector<LedgerMember>& ledger_;
  std::unordered_map<std::string, Judged> truth_;
  ExactSum billed_;
  ExactSum paid_;
  Verdict verdict_;
};

}  // namespace

Verdict judge_sqlite(const std::string& path, const std::vector<LedgerMember>& ledger) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database(opened, sqlite3_close);
  if (code != SQLITE_OK) {
    throw std::runtime_error("cannot open " + path + ": " + sqlite3_errstr(code));
  }
  sqlite3_busy_timeout(database.get(), 10'000);
  return Judge(database.get(), ledger).run();
}

}  // namespace claimferry::sandbox
