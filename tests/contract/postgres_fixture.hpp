// A migrated database with a sink of the worker's role, and pages of claims for it.
#pragma once

#include <gtest/gtest.h>

#include "common/claims/adapter/postgres_sink.hpp"
#include "tests/contract/postgres_database.hpp"
#include "tests/contract/put_row.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::claims {

class PostgresFixture : public testing::Test {
 protected:
  static SyncKey key(std::string_view member, std::string_view job, std::uint64_t fence) {
    return {*PayerName::parse("aetna"),
            {*JobId::parse(job), *MemberId::parse(member), Fence{fence}}};
  }
  // As good as no pause between attempts at connecting: a server takes longer to start.
  static postgres::Pool::Options at_once() {
    postgres::Pool::Options options;
    options.reconnect = {Duration(1), Duration(1)};
    return options;
  }
  void migrate(contract::PostgresServer& server = contract::PostgresServer::shared()) {
    database_ = contract::PostgresDatabase::migrated(server);
    database_->make_user("worker", "claimferry_worker");
  }
  std::unique_ptr<PostgresSink> make_sink(const std::string& user = "worker",
                                          postgres::Pool::Options options = at_once()) {
    return std::make_unique<PostgresSink>(executor_of(io_), database_->login(user), options, clock_,
                                          random_);
  }
  template <class T>
  T run(awaitable<T> call) {
    return contract::run(io_, std::move(call));
  }

  static std::uint32_t add(ParsedPage& page, const std::string& id, const std::string& content) {
    ResourceRow row;
    row.type = "ExplanationOfBenefit";
    row.id = page.texts.add(id);
    row.raw = page.texts.add(content);
    row.content_hash = row.change_hash = sha256(row.raw);
    page.resources.push_back(row);
    return static_cast<std::uint32_t>(page.resources.size() - 1);
  }
  // One claim with a row in several tables, and one entry in quarantine.
  static ParsedPage page_of(const std::string& id, const std::string& content) {
    ParsedPage page;
    const std::uint32_t number = add(page, id, content);
    put(page, TableId::claim, number, {{"claim_type", "pharmacy"}});
    put(page, TableId::claim_line, number, {{"product_display", "a drug"}}, "/item/0");
    put(page, TableId::provider, number, {{"name", "a doctor"}});
    page.rows.loose().push_back({number, "/odd", {}, "string", "loose"});
    page.quarantined.push_back({page.texts.add("{\"odd\":" + id + "}"), "wrong_shape", "/resource",
                                true, true, "ExplanationOfBenefit", page.texts.add("odd" + id)});
    return page;
  }
  static PageCommit commit_of(const SyncKey& to, ParsedPage page, bool sweep = true) {
    queue::Cursor after;
    after.resource = queue::Resource::eob;
    after.pages = 1;
    after.next_url = "https://payer/next";
    return {to, queue::Resource::eob, sweep, WallTime(), std::move(page), after};
  }
  Result<CommitReport> commit(ClaimSink& sink, const SyncKey& to, ParsedPage page,
                              bool sweep = true) {
    return run(sink.commit(commit_of(to, std::move(page), sweep)));
  }
  // Rows of a member over all tables but its fence and its tombstone.
  std::int64_t rows_of(const std::string& member) {
    std::int64_t rows = 0;
    for (const auto& table :
         database_->ask("SELECT relname FROM pg_class WHERE relkind = 'p' OR relname = 'cursor'")) {
      rows += std::stoll(database_->ask("SELECT count(*) FROM " + table[0] + " WHERE member = '" +
                                        member + "'")[0][0]);
    }
    return rows;
  }

  SystemClock clock_;
  SystemRandom random_;
  boost::asio::io_context io_;
  std::unique_ptr<contract::PostgresDatabase> database_;
};

}  // namespace claimferry::claims
