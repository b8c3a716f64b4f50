// A sink's file as the product makes it (its schema text, nothing of its code), filled by hand with
// what the payer's model says; mistakes are planted by SQL.
#pragma once

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <sqlite3.h>
#include <unistd.h>

#include "common/claims/adapter/sqlite_tables.hpp"
#include "tests/sandbox/judge/judge.hpp"
#include "tests/sandbox/model/model.hpp"

namespace claimferry::sandbox {

class SinkTest : public testing::Test {
 protected:
  static constexpr unsigned eobs_each = 40;
  static constexpr WallTime now{std::chrono::sys_days{std::chrono::year(2026) / 6 / 1}};

  void SetUp() override {
    path_ = testing::TempDir() + "claimferry-judge-" + std::to_string(getpid()) + ".db";
    std::remove(path_.c_str());
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database_), SQLITE_OK);
    run("PRAGMA synchronous = OFF");
    std::ostringstream schema;
    schema << std::ifstream(CLAIMFERRY_SQLITE_SCHEMA).rdbuf();
    run(schema.str() + claims::sqlite_create_tables());
    MemberSpec spec;
    spec.eobs = eobs_each;
    run("BEGIN");
    for (std::size_t index = 0; index < 2; ++index) {
      const std::string member = model_.enrol(spec, now).member;
      const auto resources = model_.members().resources(index);
      store(member, resources->patient, 1);
      for (const GeneratedResource& coverage : resources->coverages) {
        store(member, coverage, 1);
      }
      for (const GeneratedResource& eob : resources->eobs) {
        store(member, eob, 1);
      }
    }
    run("COMMIT");
  }
  void TearDown() override {
    sqlite3_close(database_);
    std::remove(path_.c_str());
  }

  static std::string hash_of(const std::string& bytes) {
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
    std::string text;
    for (const unsigned char byte : digest) {
      char two[3];
      std::snprintf(two, sizeof two, "%02x", byte);
      text += two;
    }
    return text;
  }

  // How many rows it changed.
  int run(const std::string& sql) { return put(sql, {}); }

  // Binds texts in their order; "" is NULL.
  int put(const std::string& sql, const std::vector<std::string>& values) {
    if (values.empty()) {
      if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        throw std::runtime_error(sqlite3_errmsg(database_));
      }
      return sqlite3_changes(database_);
    }
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr);
    for (std::size_t at = 0; at < values.size(); ++at) {
      if (!values[at].empty()) {
        sqlite3_bind_text(statement, static_cast<int>(at) + 1, values[at].data(),
                          static_cast<int>(values[at].size()), SQLITE_TRANSIENT);
      }
    }
    const bool done = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_finalize(statement);
    if (!done) {
      throw std::runtime_error(sqlite3_errmsg(database_));
    }
    return sqlite3_changes(database_);
  }

  // One version of a resource and its typed rows, under the payer's name or another.
  void store(const std::string& member, const GeneratedResource& resource, int version,
             const std::string& payer = "p") {
    const std::string number = std::to_string(version);
    put("INSERT INTO resource_version (payer, member, resource_type, resource_id, version,"
        " content_hash, change_hash, raw, fence, parser_version, first_seen_at, valid_from)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, CAST(?7 AS BLOB), 1, 1, 't', 't')",
        {payer, member, resource.type, resource.id, number, hash_of(resource.json), resource.json});
    if (resource.type == "Coverage") {
      put("INSERT INTO coverage (payer, member, coverage_id, version, pointer, status, type_code,"
          " subscriber_id, period_start, period_end) VALUES (?, ?, ?, ?, '', ?, ?, ?, ?, ?)",
          {payer, member, resource.id, number, fact(resource, "status"),
           fact(resource, "type_code"), fact(resource, "subscriber_id"),
           fact(resource, "period_start"), fact(resource, "period_end")});
    }
    if (resource.type == "ExplanationOfBenefit") {
      store_claim(payer, member, resource, number);
    }
  }

  void store_claim(const std::string& payer, const std::string& member,
                   const GeneratedResource& eob, const std::string& version) {
    put("INSERT INTO claim (payer, member, eob_id, version, pointer, claim_type, status, "
        "billable_start,"
        " patient_ref, submitted, allowed, paid, member_liability, billable_open, amount_inexact)"
        " VALUES (?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)",
        {payer, member, eob.id, version, eob.claim_type, fact(eob, "status"),
         fact(eob, "billable_start"), fact(eob, "patient_ref"), eob.submitted, eob.allowed,
         eob.paid, eob.member_liability});
    for (const GeneratedLine& line : eob.lines) {
      put("INSERT INTO claim_line (payer, member, eob_id, version, pointer, path, line_sequence,"
          " submitted, allowed, paid, member_liability, amount_inexact)"
          " VALUES (?, ?, ?, ?, '/item/' || ?5, 'item', ?5, ?, ?, ?, ?, 0)",
          {payer, member, eob.id, version, line.sequence, line.submitted, line.allowed, line.paid,
           line.member_liability});
    }
  }

  static std::string fact(const GeneratedResource& resource, const std::string& name) {
    for (const auto& [known, value] : resource.facts) {
      if (known == name) {
        return value;
      }
    }
    ADD_FAILURE() << "no such fact: " << name;
    return "";
  }

  // The first member's claim whose every amount stands in header and lines alike.
  GeneratedResource full_claim() {
    for (const GeneratedResource& eob : model_.members().resources(0)->eobs) {
      const bool full = !eob.member_liability.empty() && eob.lines.size() > 1 &&
                        !eob.lines.front().paid.empty() && eob.paid != "0.00";
      if (full) {
        return eob;
      }
    }
    ADD_FAILURE() << "no such claim";
    return {};
  }

  std::vector<LedgerMember> ledger() {
    return parse_ledger(model_.ledger_line(0) + model_.ledger_line(1));
  }
  Verdict judge() { return judge_sqlite(path_, ledger()); }

  Model model_{ModelOptions()};
  std::string path_;
  sqlite3* database_ = nullptr;
};

}  // namespace claimferry::sandbox
