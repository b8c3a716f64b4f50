#include "common/members/adapter/postgres_tokens.hpp"

#include "common/claims/adapter/postgres_failure.hpp"
#include "common/members/adapter/member_sql.hpp"

namespace claimferry::members {
namespace {

using oauth::SealedTokens;
using postgres::Answer;
using postgres::Call;

// In ms; NULL without an intent.
constexpr std::string_view intent_age =
    "(extract(epoch FROM clock_timestamp() - intent_at) * 1000)::bigint";

const std::string& ask_tokens() {
  static const std::string sql =
      "SELECT version, data_key, refresh_token, coalesce(access_token, ''), " + ms_of("issued_at") +
      ", " + ms_of("expires_at") + ", patient, intent_fence, intent_sends, " +
      std::string(intent_age) + " FROM member_token WHERE member = $1";
  return sql;
}
const std::string& lock_tokens() {
  static const std::string sql = "SELECT version, intent_fence, intent_sends, intent_before, " +
                                 std::string(intent_age) +
                                 ", refresh_token FROM member_token WHERE member = $1 FOR UPDATE";
  return sql;
}
constexpr std::string_view put_intent =
    "UPDATE member_token SET intent_fence = $2, intent_sends = $3, intent_before = $4, "
    "intent_at = CASE WHEN $2::bigint IS NULL THEN NULL ELSE clock_timestamp() END "
    "WHERE member = $1";
const std::string& put_tokens() {
  static const std::string sql =
      "UPDATE member_token SET version = $2, refresh_token = $3, access_token = nullif($4, ''), "
      "issued_at = " +
      time_of("$5") + ", expires_at = " + time_of("$6") +
      ", patient = CASE WHEN patient = '' THEN $7 ELSE patient END, intent_fence = NULL, "
      "intent_at = NULL, intent_sends = NULL, intent_before = NULL WHERE member = $1";
  return sql;
}

Call call(std::string_view sql) {
  return {sql, {}};
}
Call call(std::string_view sql, const MemberId& member) {
  Call made{sql, {}};
  made.parameters.text(member.str());
  return made;
}

std::optional<Fence> fence_in(const Answer& answer, std::size_t column) {
  if (answer.is_null(0, column)) {
    return std::nullopt;
  }
  return Fence{static_cast<std::uint64_t>(answer.integer(0, column))};
}

void put_fence(postgres::Parameters& parameters, std::optional<Fence> fence) {
  if (fence) {
    parameters.integer(static_cast<std::int64_t>(to_number(*fence)));
  } else {
    parameters.null();
  }
}

SealedTokens tokens_in(const Answer& answer) {
  SealedTokens tokens;
  tokens.version = static_cast<std::uint64_t>(answer.integer(0, 0));
  tokens.data_key = answer.text(0, 1);
  tokens.refresh_token = answer.text(0, 2);
  tokens.access_token = answer.text(0, 3);
  tokens.access_issued_at = time_in(answer, 0, 4);
  tokens.access_expires_at = time_in(answer, 0, 5);
  tokens.patient = answer.text(0, 6);
  if (const auto fence = fence_in(answer, 7)) {
    tokens.intent = oauth::RefreshIntent{tokens.version, *fence,
                                         Duration(std::max<std::int64_t>(0, answer.integer(0, 9))),
                                         static_cast<unsigned>(answer.integer(0, 8))};
  }
  return tokens;
}

}  // namespace

awaitable<Result<std::optional<SealedTokens>>> PostgresTokens::load(MemberId member) {
  std::vector<Call> ask{call(ask_tokens(), member)};
  auto answers = co_await run_calls(pool_, std::move(ask));
  if (!answers) {
    co_return std::move(answers.failure());
  }
  std::optional<SealedTokens> tokens;
  if (answers->at(0).rows() > 0) {
    tokens = tokens_in(answers->at(0));
  }
  co_return tokens;
}

awaitable<Result<PostgresTokens::Locked>> PostgresTokens::lock(MemberId member) {
  auto lease = co_await postgres::Pool::lease(pool_);
  if (!lease) {
    co_return claims::sink_failure(lease.failure());
  }
  std::vector<Call> ask{call("BEGIN"), call(lock_tokens(), member)};
  auto answers = co_await lease->run(std::move(ask));
  if (!answers) {
    co_return claims::sink_failure(answers.failure());
  }
  const Answer& found = answers->at(1);
  if (found.rows() == 0) {
    Locked nothing(std::move(*lease), std::move(member), {}, Duration::zero(), "");
    co_await nothing.release();
    co_return Failure{FailureKind::permanent, "token_version", "the member has no tokens any more"};
  }
  StandingIntent standing{static_cast<std::uint64_t>(found.integer(0, 0)), fence_in(found, 1),
                          static_cast<unsigned>(found.integer(0, 2)), fence_in(found, 3)};
  const Duration age(std::max<std::int64_t>(0, found.integer(0, 4)));
  co_return Locked(std::move(*lease), std::move(member), standing, age,
                   std::string(found.text(0, 5)));
}

awaitable<Result<void>> PostgresTokens::Locked::end(std::vector<Call> calls) {
  auto answers = co_await lease_.run(std::move(calls));
  if (!answers) {
    co_return claims::sink_failure(answers.failure());
  }
  co_return Result<void>();
}

awaitable<void> PostgresTokens::Locked::release() {
  std::vector<Call> calls{call("ROLLBACK")};
  const auto ended = co_await end(std::move(calls));
  static_cast<void>(ended);
}

awaitable<Result<void>> PostgresTokens::Locked::change(IntentChange change) {
  using Kind = IntentChange::Kind;
  std::vector<Call> calls;
  if (change.kind != Kind::nothing) {
    Call made = call(put_intent, member_);
    const bool stays = change.kind == Kind::set;
    put_fence(made.parameters, stays ? std::optional(change.fence) : std::nullopt);
    if (stays) {
      made.parameters.integer(change.sends);
    } else {
      made.parameters.null();
    }
    put_fence(made.parameters, change.before);
    calls.push_back(std::move(made));
  }
  calls.push_back(call("COMMIT"));
  co_return co_await end(std::move(calls));
}

awaitable<Result<void>> PostgresTokens::Locked::store(SealedTokens tokens) {
  Call made = call(put_tokens(), member_);
  made.parameters.integer(static_cast<std::int64_t>(tokens.version));
  made.parameters.text(tokens.refresh_token).text(tokens.access_token);
  put_time(made.parameters, tokens.access_issued_at);
  put_time(made.parameters, tokens.access_expires_at);
  made.parameters.text(tokens.patient);
  std::vector<Call> calls{std::move(made), call("COMMIT")};
  co_return co_await end(std::move(calls));
}

}  // namespace claimferry::members
