#include "common/members/adapter/member_adoption.hpp"

#include "common/claims/adapter/postgres_failure.hpp"
#include "common/members/adapter/member_sql.hpp"
#include "common/queue/adapter/lease_reply.hpp"
#include "common/queue/adapter/queue_scripts.hpp"

namespace claimferry::members {
namespace {

using postgres::Call;
using queue::call_script;
using queue::QueueScripts;

// In the order of member_yield.lua.
enum About : std::size_t {
  payer,
  state,
  added_at,
  consented_at,
  consent_expires_at,
  last_ok,
  last_sweep,
  erasure,
  left_at,
  erased_at,
  erase_fence,
  terms,
  terms_end = terms + 5
};
enum Tokens : std::size_t { version, enrolled = 7, tokens_end = 12 };

const std::string& put_member() {
  static const std::string sql =
      "INSERT INTO enrolled_member (member, payer, state, record, changed_in, fingerprint, "
      "added_at, consented_at, consent_expires_at, last_ok_at, last_sweep_at, erasure, left_at, "
      "erased_at, erase_fence, consent_terms) VALUES ($1, $2, $3, 1, pg_current_xact_id(), $4, "
      "coalesce(" +
      time_of("$5") + ", now()), " + time_of("$6") + ", " + time_of("$7") + ", " + time_of("$8") +
      ", " + time_of("$9") + ", nullif($10, ''), " + time_of("$11") + ", " + time_of("$12") +
      ", nullif($13, ''), $14) ON CONFLICT (member) DO NOTHING";
  return sql;
}
const std::string& put_tokens() {
  static const std::string sql =
      "INSERT INTO member_token (member, payer, version, data_key, patient, refresh_token, "
      "access_token, issued_at, expires_at, intent_fence, intent_at, intent_sends, intent_before) "
      "VALUES ($1, $2, $3::text::bigint, $4, $5, $6, nullif($7, ''), " +
      time_of("$8") + ", " + time_of("$9") + ", nullif($10, '')::bigint, " + time_of("$11") +
      ", nullif($12, '')::bigint, nullif($13, '')::bigint) ON CONFLICT (member) DO NOTHING";
  return sql;
}

std::optional<std::vector<std::string>> texts_in(const redis::Reply& reply, std::size_t least) {
  const auto* fields = reply.array();
  if (fields == nullptr || fields->size() < least) {
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const redis::Reply& field : *fields) {
    if (field.text() == nullptr) {
      return std::nullopt;
    }
    texts.push_back(*field.text());
  }
  return texts;
}

Call member_call(const MemberId& member, const std::vector<std::string>& about,
                 const std::string& fingerprint) {
  Call made{put_member(), {}};
  made.parameters.text(member.str()).text(about[payer]).text(about[state]).text(fingerprint);
  for (std::size_t field = added_at; field < terms; ++field) {
    made.parameters.text(about[field]);
  }
  postgres::Array words(postgres::Element::text);
  for (std::size_t field = terms; field < terms_end && !about[terms].empty(); ++field) {
    words.text(about[field]);
  }
  made.parameters.array(std::move(words));
  return made;
}

Call tokens_call(const MemberId& member, const std::vector<std::string>& about,
                 const std::vector<std::string>& tokens) {
  Call made{put_tokens(), {}};
  made.parameters.text(member.str()).text(about[payer]);
  for (std::size_t field = version; field < tokens_end; ++field) {
    if (field != enrolled) {
      made.parameters.text(tokens[field]);
    }
  }
  return made;
}

}  // namespace

awaitable<Result<void>> MemberAdoption::put(std::vector<Call> calls) {
  auto lease = co_await postgres::Pool::lease(pool_);
  if (!lease) {
    co_return claims::sink_failure(lease.failure());
  }
  auto answers = co_await lease->run(std::move(calls));
  if (!answers) {
    co_return claims::sink_failure(answers.failure());
  }
  co_return Result<void>();
}

awaitable<Result<bool>> MemberAdoption::adopt(MemberId member) {
  std::vector<std::string> whom{member.str()};
  auto reply = co_await call_script(redis_, QueueScripts::shared()->member_yield, std::move(whom));
  if (!reply || reply->is_nil()) {
    co_return reply ? Result<bool>(false) : Result<bool>(std::move(reply.failure()));
  }
  const auto* parts = reply->array();
  const bool is_whole = parts != nullptr && !parts->empty();
  const auto about = is_whole ? texts_in((*parts)[0], terms_end) : std::nullopt;
  if (!about) {
    co_return queue::unexpected_reply("member_yield");
  }
  const auto tokens = parts->size() > 1 ? texts_in((*parts)[1], tokens_end) : std::nullopt;
  std::vector<Call> calls{member_call(member, *about, tokens ? (*tokens)[enrolled] : "")};
  if (tokens) {
    calls.push_back(tokens_call(member, *about, *tokens));
  }
  auto done = co_await put(std::move(calls));
  if (!done) {
    co_return std::move(done.failure());
  }
  std::vector<std::string> words{member.str(), tokens ? (*tokens)[version] : ""};
  auto yielded =
      co_await call_script(redis_, QueueScripts::shared()->member_yielded, std::move(words));
  if (!yielded) {
    co_return std::move(yielded.failure());
  }
  if (yielded->integer() == nullptr || *yielded->integer() != 1) {
    co_return Failure{FailureKind::local, "sink_busy",
                      "a member changed meanwhile; stop the workers, and run it again"};
  }
  co_return true;
}

}  // namespace claimferry::members
