#include "common/members/adapter/postgres_data_keys.hpp"

#include "common/base/limits.hpp"
#include "common/members/adapter/member_sql.hpp"
#include "common/queue/adapter/queue_scripts.hpp"
#include "common/vault/vault.hpp"

namespace claimferry::members {
namespace {

using postgres::Answer;
using postgres::Array;
using postgres::Call;
using postgres::Element;
using queue::MemberDirectory;
using queue::Rewrapped;
using queue::WrappedKey;

constexpr std::string_view ask_page =
    "SELECT member FROM member_token WHERE member > $1 ORDER BY member LIMIT $2";
constexpr std::string_view ask_keys =
    "SELECT payer, member, data_key FROM member_token WHERE member = ANY ($1::text[])";
constexpr std::string_view put_key =
    "UPDATE member_token SET data_key = $3 WHERE member = $1 AND data_key = $2 RETURNING member";

std::vector<Call> one(std::string_view sql, postgres::Parameters parameters = {}) {
  std::vector<Call> calls;
  calls.push_back({sql, std::move(parameters)});
  return calls;
}

}  // namespace

awaitable<Result<void>> PostgresDataKeys::check_rights() {
  auto answers =
      co_await run_calls(pool_, one("SELECT data_key FROM member_token LIMIT 1 FOR UPDATE"));
  if (!answers) {
    co_return std::move(answers.failure());
  }
  co_return Result<void>();
}

awaitable<Result<MemberDirectory::Page>> PostgresDataKeys::scan(std::string from) {
  postgres::Parameters after;
  after.text(from == "0" ? "" : from).integer(static_cast<std::int64_t>(limits::script_items_max));
  auto answers = co_await run_calls(pool_, one(ask_page, std::move(after)));
  if (!answers) {
    co_return std::move(answers.failure());
  }
  const Answer& rows = answers->at(0);
  MemberDirectory::Page page{{}, "0"};
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    page.next = rows.text(row, 0);
    if (auto member = MemberId::parse(rows.text(row, 0))) {
      page.members.push_back(std::move(*member));
    }
  }
  co_return page;
}

awaitable<Result<std::vector<WrappedKey>>> PostgresDataKeys::read(std::vector<MemberId> members) {
  Array names(Element::text);
  for (const MemberId& member : members) {
    names.text(member.str());
  }
  postgres::Parameters whose;
  whose.array(std::move(names));
  auto answers = co_await run_calls(pool_, one(ask_keys, std::move(whose)));
  if (!answers) {
    co_return std::move(answers.failure());
  }
  const Answer& rows = answers->at(0);
  std::vector<WrappedKey> keys;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    auto payer = PayerName::parse(rows.text(row, 0));
    auto member = MemberId::parse(rows.text(row, 1));
    if (payer && member) {
      keys.push_back({{std::move(*payer), std::move(*member)}, std::string(rows.text(row, 2))});
    }
  }
  co_return keys;
}

awaitable<Result<std::vector<MemberId>>> PostgresDataKeys::replace(std::vector<Rewrapped> keys) {
  // In one order for all, so that two at once do not wait for each other in a circle.
  std::ranges::sort(keys, {}, [](const Rewrapped& key) { return key.held.owner.member; });
  std::vector<Call> calls;
  for (const Rewrapped& key : keys) {
    Call made{put_key, {}};
    made.parameters.text(key.held.owner.member.str()).text(key.held.wrapped).text(key.wrapped);
    calls.push_back(std::move(made));
  }
  auto answers = co_await run_calls(pool_, std::move(calls));
  if (!answers) {
    co_return std::move(answers.failure());
  }
  std::vector<MemberId> changed;
  std::vector<std::string> done;
  for (std::size_t at = 0; at < keys.size(); ++at) {
    const MemberId& member = keys[at].held.owner.member;
    if (answers->at(at).rows() == 0) {
      changed.push_back(member);
    } else {
      done.push_back(member.str());
    }
  }
  if (!done.empty()) {
    auto noted = co_await note(std::move(done), vault::Vault::key_id(keys.front().wrapped));
    if (!noted) {
      co_return std::move(noted.failure());
    }
  }
  co_return changed;
}

awaitable<Result<void>> PostgresDataKeys::note(std::vector<std::string> members, std::string key) {
  std::vector<std::string> words{std::move(key)};
  std::ranges::move(members, std::back_inserter(words));
  const redis::Script script = queue::QueueScripts::shared()->keys_rewrapped;
  auto reply = co_await queue::call_script(redis_, script, std::move(words));
  if (!reply) {
    co_return std::move(reply.failure());
  }
  co_return Result<void>();
}

}  // namespace claimferry::members
