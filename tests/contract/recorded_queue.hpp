// RecordedQueue: a QueueContract that runs a third time with its members in a real PostgreSQL.
#pragma once

#include "tests/contract/postgres_database.hpp"
#include "tests/contract/queue_fixture.hpp"

namespace claimferry::queue {

class RecordedQueue : public QueueContract {
 protected:
  bool recorded() const { return std::string_view(GetParam()) == "postgres"; }
  std::optional<postgres::Login> database() override {
    if (!recorded()) {
      return std::nullopt;
    }
    find_database();
    return database_ != nullptr ? std::optional(database_->login("worker")) : std::nullopt;
  }
  // As a rotation does.
  void put_data_key(int member, const std::string& wrapped) {
    const std::string name = member_named(member).str();
    if (recorded()) {
      database_->ask("UPDATE member_token SET data_key = '" + wrapped + "' WHERE member = '" +
                     name + "'");
    } else {
      command({"HSET", "cf-tok:{0}:" + name, "data_key", wrapped});
    }
  }

  contract::PostgresDatabase* database_ = nullptr;

 private:
  void find_database() {
    CLAIMFERRY_NEEDS_POSTGRES();
    database_ = &contract::PostgresDatabase::emptied();
    database_->make_user("worker", "claimferry_worker");
  }
};

inline auto on_each() {
  return testing::Values("redis", "memory", "postgres");
}

}  // namespace claimferry::queue
