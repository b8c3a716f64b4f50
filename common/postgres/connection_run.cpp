// A run: many statements sent in one turn, and their answers.
#include <libpq-fe.h>

#include "common/postgres/connection.hpp"
#include "common/postgres/limit.hpp"

namespace claimferry::postgres {
namespace {

constexpr int binary = 1;
constexpr int text = 0;

Failure local(std::string code, std::string detail) {
  return {FailureKind::local, std::move(code), std::move(detail)};
}

std::string field(const PGresult* result, int which) {
  const char* value = PQresultErrorField(result, which);
  return value == nullptr ? "" : value;
}

Failure refused(const PGresult* result) {
  const std::string state = field(result, PG_DIAG_SQLSTATE);
  std::string detail = "PostgreSQL refused a statement, SQLSTATE " + state;
  for (const int which : {PG_DIAG_TABLE_NAME, PG_DIAG_CONSTRAINT_NAME}) {
    const std::string name = field(result, which);
    detail += name.empty() ? "" : ", " + name;
  }
  return local("postgres_" + state, std::move(detail));
}

bool is_refusal(ExecStatusType status) {
  return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
}

// As libpq takes them.
struct Values {
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
  explicit Values(const Parameters& parameters) {
    for (std::size_t at = 0; at < parameters.size(); ++at) {
      const auto& value = parameters.at(at);
      values.push_back(value ? value->data() : nullptr);
      lengths.push_back(value ? static_cast<int>(value->size()) : 0);
      formats.push_back(binary);
    }
  }
  int size() const noexcept { return static_cast<int>(values.size()); }
};

}  // namespace

Failure Connection::lost(const Limit& limit) const {
  if (limit.passed()) {
    return local("postgres_timeout", "PostgreSQL gave no answer in time");
  }
  return local("postgres_unreachable", "the connection to PostgreSQL broke");
}

awaitable<Result<Answers>> Connection::run(std::vector<Call> calls, Duration deadline) {
  if (session_ == nullptr || unanswered_) {
    co_return local("postgres_unreachable", "there is no connection to PostgreSQL");
  }
  unanswered_ = true;
  const auto limit = std::make_shared<const Limit>(socket_, deadline);
  sent_.clear();
  bool sent = true;
  for (const Call& call : calls) {
    sent = sent && send(call);
  }
  if (!sent || PQpipelineSync(session_) != 1) {
    co_return lost(*limit);
  }
  calls.clear();  // libpq has copied what may be large
  co_return co_await collect(limit);
}

bool Connection::send(const Call& call) {
  const Values values(call.parameters);
  if (!call.prepared) {
    sent_.push_back({});
    return PQsendQueryParams(session_, std::string(call.sql).c_str(), values.size(), nullptr,
                             values.values.data(), values.lengths.data(), values.formats.data(),
                             text) == 1;
  }
  const std::string name = name_of(call.sql);
  if (name.empty()) {
    return false;
  }
  sent_.push_back({});
  return PQsendQueryPrepared(session_, name.c_str(), values.size(), values.values.data(),
                             values.lengths.data(), values.formats.data(), text) == 1;
}

// Prepares it on the way where that was not done yet; empty: libpq refused.
std::string Connection::name_of(std::string_view sql) {
  if (const auto known = prepared_.find(sql); known != prepared_.end()) {
    return known->second;
  }
  for (const Sent& sent : sent_) {
    if (sent.prepares == sql) {
      return sent.name;
    }
  }
  std::string name = "s" + std::to_string(++names_);
  sent_.push_back({sql, name});
  const bool sent =
      PQsendPrepare(session_, name.c_str(), std::string(sql).c_str(), 0, nullptr) == 1;
  return sent ? name : std::string();
}

// One result a statement, a NULL behind each, and the pipeline's end after all. Behind a refusal
// the server skips to that end.
awaitable<Result<Answers>> Connection::collect(std::shared_ptr<const Limit> limit) {
  Answers answers;
  std::optional<Failure> why_not;
  std::size_t at = 0;
  for (;;) {
    const bool ready = co_await await_result(limit);
    if (!ready) {
      co_return lost(*limit);
    }
    PGresult* result = PQgetResult(session_);
    if (result == nullptr) {
      if (PQstatus(session_) != CONNECTION_OK) {
        co_return lost(*limit);
      }
      continue;
    }
    Answer answer(result);
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_PIPELINE_SYNC) {
      break;
    }
    if (is_refusal(status) && !why_not) {
      why_not = refused(result);
    }
    const bool fits = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (fits && at < sent_.size()) {
      const Sent& sent = sent_[at];
      if (sent.prepares.empty()) {
        answers.push_back(std::move(answer));
      } else {
        prepared_.emplace(sent.prepares, sent.name);
      }
    }
    ++at;
  }
  unanswered_ = false;
  if (why_not) {
    co_return std::move(*why_not);
  }
  co_return answers;
}

// Until PQgetResult() would not block.
awaitable<bool> Connection::await_result(std::shared_ptr<const Limit> limit) {
  int unsent = PQflush(session_);
  while (unsent == 1 || (unsent == 0 && PQisBusy(session_) == 1)) {
    if (limit->passed()) {
      co_return false;
    }
    // While the server sends, too, it may take no more: read what there is.
    auto wait = unsent == 1 ? readable_or_writable() : readable();
    const bool ready = co_await std::move(wait);
    if (!ready) {
      co_return false;
    }
    if (PQconsumeInput(session_) != 1) {
      co_return false;
    }
    unsent = PQflush(session_);
  }
  co_return unsent == 0;
}

}  // namespace claimferry::postgres
