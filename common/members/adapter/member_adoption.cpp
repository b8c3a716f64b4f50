#include "common/members/adapter/member_adoption.hpp"

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

// Until it has left Redis, a member is as Redis says: a try that was broken off may have brought
// something older. What was changed here since is not undone (`record`, the tokens' version).
const std::string& put_member() {
  static const std::string sql =
      "INSERT INTO enrolled_member AS e (member, payer, state, record, changed_in, fingerprint, "
      "added_at, consented_at, consent_expires_at, last_ok_at, last_sweep_at, erasure, left_at, "
      "erased_at, erase_fence, consent_terms) VALUES ($1, $2, $3, 1, pg_current_xact_id(), $4, "
      "coalesce(" +
      time_of("$5") + ", now()), " + time_of("$6") + ", " + time_of("$7") + ", " + time_of("$8") +
      ", " + time_of("$9") + ", nullif($10, ''), " + time_of("$11") + ", " + time_of("$12") +
      ", nullif($13, ''), $14) ON CONFLICT (member) DO UPDATE SET payer = excluded.payer, "
      "state = excluded.state, changed_in = excluded.changed_in, "
      "fingerprint = excluded.fingerprint, consented_at = excluded.consented_at, "
      "consent_expires_at = excluded.consent_expires_at, consent_terms = excluded.consent_terms, "
      "erasure = excluded.erasure, left_at = excluded.left_at, erased_at = excluded.erased_at, "
      "erase_fence = excluded.erase_fence WHERE e.record = 1";
  return sql;
}
const std::string& put_tokens() {
  static const std::string sql =
      "INSERT INTO member_token AS t (member, payer, version, data_key, patient, refresh_token, "
      "access_token, issued_at, expires_at, intent_fence, intent_at, intent_sends, intent_before) "
      "VALUES ($1, $2, $3::text::bigint, $4, $5, $6, nullif($7, ''), " +
      time_of("$8") + ", " + time_of("$9") + ", nullif($10, '')::bigint, " + time_of("$11") +
      ", nullif($12, '')::bigint, nullif($13, '')::bigint) ON CONFLICT (member) DO UPDATE SET "
      "payer = excluded.payer, version = excluded.version, data_key = excluded.data_key, "
      "patient = excluded.patient, refresh_token = excluded.refresh_token, "
      "access_token = excluded.access_token, issued_at = excluded.issued_at, "
      "expires_at = excluded.expires_at, intent_fence = excluded.intent_fence, "
      "intent_at = excluded.intent_at, intent_sends = excluded.intent_sends, "
      "intent_before = excluded.intent_before "
      "WHERE t.version < excluded.version OR (t.version = excluded.version AND "
      "t.refresh_token = excluded.refresh_token)";
  return sql;
}
constexpr std::string_view ask_version = "SELECT version FROM member_token WHERE member = $1";

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

Failure changed() {
  return {FailureKind::local, "sink_busy",
          "a member changed meanwhile; stop the workers, and run it again"};
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

awaitable<Result<std::uint64_t>> MemberAdoption::put(std::vector<Call> calls) {
  auto answers = co_await run_calls(pool_, std::move(calls));
  if (!answers) {
    co_return std::move(answers.failure());
  }
  const postgres::Answer& kept = answers->back();
  co_return kept.rows() == 0 ? std::uint64_t{0} : static_cast<std::uint64_t>(kept.integer(0, 0));
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
  for (const std::string_view sql : {drop_tokens_of_leaver, ask_version}) {
    Call made{sql, {}};
    made.parameters.text(member.str());
    calls.push_back(std::move(made));
  }
  const auto kept = co_await put(std::move(calls));
  if (!kept) {
    co_return kept.failure();
  }
  if (tokens && *kept != 0 && *kept < number_in((*tokens)[version])) {
    co_return changed();
  }
  std::vector<std::string> words{member.str(), tokens ? (*tokens)[version] : ""};
  auto yielded =
      co_await call_script(redis_, QueueScripts::shared()->member_yielded, std::move(words));
  if (!yielded) {
    co_return std::move(yielded.failure());
  }
  if (yielded->integer() == nullptr || *yielded->integer() != 1) {
    co_return changed();
  }
  co_return true;
}

}  // namespace claimferry::members
