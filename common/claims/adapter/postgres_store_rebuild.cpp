// Rows that are made anew. A walk goes by the primary key, which every partition has as an index;
// what a step passes is bounded, so that it ends within its time however much was renewed before.
// A transaction takes the locks of its members' fences first, in the order of the walk: workers
// hold one at most.
#include "common/base/encoding.hpp"
#include "common/base/limits.hpp"
#include "common/claims/adapter/postgres_page.hpp"
#include "common/claims/adapter/postgres_store.hpp"
#include "common/claims/parse.hpp"

namespace claimferry::claims {
namespace {

using postgres::Answer;
using postgres::Answers;
using postgres::Array;
using postgres::Call;
using postgres::Element;
using postgres::Parameters;

constexpr std::string_view begin_sql = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
constexpr std::string_view lock_sql =
    "SELECT FROM member_fence WHERE payer = $1 AND member = $2 FOR NO KEY UPDATE";
constexpr std::string_view count_sql =
    "SELECT count(*) FROM resource_version WHERE parser_version < $1";
// Parameters: the key to begin behind, how many to pass; then the parser, and how many of what it
// has not read may be taken, with how many bytes. Answers the taken and the last one passed.
constexpr std::string_view outdated_sql =
    "SELECT payer, member, resource_type, resource_id, version, taken, "
    "CASE WHEN taken THEN encode(raw, 'hex') END, passed, found FROM (SELECT *, old AND "
    "number_old <= $8 AND bytes_old - octet_length(raw) < $9 AS taken FROM (SELECT *, "
    "count(*) OVER () AS passed, count(*) FILTER (WHERE old) OVER () AS found, "
    "row_number() OVER by_key AS number, count(*) FILTER (WHERE old) OVER by_key AS number_old, "
    "sum(octet_length(raw)) FILTER (WHERE old) OVER by_key AS bytes_old FROM (SELECT payer, "
    "member, resource_type, resource_id, version, raw, parser_version < $7 AS old "
    "FROM resource_version WHERE (payer, member, resource_type, resource_id, version) > "
    "($1, $2, $3, $4, $5) ORDER BY payer, member, resource_type, resource_id, version LIMIT $6) "
    "AS walk WINDOW by_key AS (ORDER BY payer, member, resource_type, resource_id, version)) "
    "AS counted) AS judged WHERE taken OR number = passed "
    "ORDER BY payer, member, resource_type, resource_id, version";
constexpr std::string_view note_sql =
    "UPDATE resource_version r SET parser_version = $3 "
    "FROM unnest($4::text[], $5::text[], $6::bigint[]) WITH ORDINALITY "
    "AS made (type, id, version, n) WHERE r.payer = $1 AND r.member = $2 AND "
    "r.resource_type = made.type AND r.resource_id = made.id AND r.version = made.version AND "
    "r.parser_version < $3 RETURNING made.n";
constexpr std::string_view walk_sql =
    "SELECT payer, member, resource_type, resource_id, version FROM resource_version "
    "WHERE (payer, member, resource_type, resource_id, version) > ($1, $2, $3, $4, $5) "
    "ORDER BY payer, member, resource_type, resource_id, version LIMIT $6";
constexpr std::string_view mark_sql =
    "UPDATE resource_version SET parser_version = $9 WHERE payer = $1 AND member = $2 AND "
    "(resource_type, resource_id, version) >= ($3, $4, $5) AND "
    "(resource_type, resource_id, version) <= ($6, $7, $8) AND parser_version <> $9";
constexpr std::string_view last_sql =
    "SELECT parser_version FROM resource_version ORDER BY payer DESC, member DESC, "
    "resource_type DESC, resource_id DESC, version DESC LIMIT 1";

Parameters member_of(const VersionKey& key) {
  Parameters parameters;
  parameters.text(key.payer.str()).text(key.member.str());
  return parameters;
}

Call walk_from(std::string_view sql, const std::optional<VersionKey>& after) {
  Call call{sql, {}};
  if (after) {
    call.parameters = member_of(*after);
    call.parameters.text(after->type).text(after->id).integer(after->version);
  } else {
    call.parameters.text("").text("").text("").text("").integer(0);  // before every key
  }
  call.parameters.integer(limits::rebuild_walk_max);
  return call;
}

// What this sink wrote itself.
VersionKey key_at(const Answer& answer, std::size_t row) {
  return {*PayerName::parse(answer.text(row, 0)), *MemberId::parse(answer.text(row, 1)),
          std::string(answer.text(row, 2)), std::string(answer.text(row, 3)),
          answer.integer(row, 4)};
}

std::string bytes_at(const Answer& answer, std::size_t row, std::size_t column) {
  return from_hex(answer.text(row, column)).value_or("");
}

OutdatedStep step_of(const Answer& answer) {
  OutdatedStep step;
  if (answer.rows() == 0) {
    return step;
  }
  for (std::size_t row = 0; row < answer.rows(); ++row) {
    if (answer.flag(row, 5)) {
      step.versions.push_back({key_at(answer, row), bytes_at(answer, row, 6)});
    }
  }
  const auto passed = static_cast<std::size_t>(answer.integer(0, 7));
  const auto found = static_cast<std::size_t>(answer.integer(0, 8));
  if (step.versions.size() < found) {
    step.next = step.versions.back().key;
  } else if (passed == limits::rebuild_walk_max) {
    step.next = key_at(answer, answer.rows() - 1);
  }
  return step;
}

bool same_member(const VersionKey& one, const VersionKey& other) {
  return one.payer == other.payer && one.member == other.member;
}

// Neighbours of one member; the walk brings them together.
using Group = std::span<const RebuiltVersion>;

std::vector<Group> groups_of(const std::vector<RebuiltVersion>& versions) {
  std::vector<Group> groups;
  std::size_t begin = 0;
  for (std::size_t at = 1; at <= versions.size(); ++at) {
    if (at == versions.size() || !same_member(versions[begin].key, versions[at].key)) {
      groups.emplace_back(versions.data() + begin, at - begin);
      begin = at;
    }
  }
  return groups;
}

Call note_of(Group group) {
  Array types(Element::text);
  Array ids(Element::text);
  Array numbers(Element::integer);
  for (const RebuiltVersion& version : group) {
    types.text(version.key.type);
    ids.text(version.key.id);
    numbers.integer(version.key.version);
  }
  Call note{note_sql, member_of(group.front().key)};
  note.parameters.integer(parser_version).array(std::move(types)).array(std::move(ids));
  note.parameters.array(std::move(numbers));
  return note;
}

// The rows of those of a group that were noted: by their places in it, from 1.
void write_group(Group group, const Answer& noted, std::vector<Call>& calls) {
  PostgresVersions dropped;
  std::vector<std::vector<std::int64_t>> numbers;
  std::vector<PostgresRowSource> sources;
  numbers.reserve(noted.rows());
  for (std::size_t row = 0; row < noted.rows(); ++row) {
    const RebuiltVersion& version = group[static_cast<std::size_t>(noted.integer(row, 0)) - 1];
    dropped.keys.emplace_back(version.key.type, version.key.id);
    dropped.numbers.push_back(version.key.version);
    if (!version.page.resources.empty()) {
      numbers.push_back({version.key.version});
      sources.push_back({version.page, numbers.back()});
    }
  }
  if (dropped.numbers.empty()) {
    return;
  }
  const Parameters member = member_of(group.front().key);
  drop_postgres_rows(member, dropped, calls);
  write_postgres_rows(member, sources, calls);
}

}  // namespace

awaitable<Result<std::uint64_t>> PostgresStore::count_outdated() {
  std::vector<Call> calls{{count_sql, {}}};
  calls[0].parameters.integer(parser_version);
  auto answers = co_await lease_.run(std::move(calls));
  if (!answers) {
    co_return std::move(answers.failure());
  }
  co_return static_cast<std::uint64_t>(answers->at(0).integer(0, 0));
}

awaitable<Result<OutdatedStep>> PostgresStore::outdated(std::optional<VersionKey> after) {
  std::vector<Call> calls{walk_from(outdated_sql, after)};
  calls[0].parameters.integer(parser_version).integer(limits::rebuild_versions_max);
  calls[0].parameters.integer(limits::rebuild_bytes_max);
  auto answers = co_await lease_.run(std::move(calls));
  if (!answers) {
    co_return std::move(answers.failure());
  }
  co_return step_of(answers->at(0));
}

awaitable<Result<void>> PostgresStore::renew(
    std::shared_ptr<const std::vector<RebuiltVersion>> versions) {
  const std::vector<Group> groups = groups_of(*versions);
  std::vector<Call> calls{{begin_sql, {}}};
  for (const Group group : groups) {
    calls.push_back({lock_sql, member_of(group.front().key)});
  }
  for (const Group group : groups) {
    calls.push_back(note_of(group));
  }
  auto noted = co_await lease_.run(std::move(calls));
  if (!noted) {
    co_return co_await give_up(std::move(noted.failure()));
  }
  std::vector<Call> writes;
  for (std::size_t at = 0; at < groups.size(); ++at) {
    write_group(groups[at], noted->at(1 + groups.size() + at), writes);
  }
  auto done = co_await finish(std::move(writes));
  if (!done) {
    co_return std::move(done.failure());
  }
  co_return Result<void>();
}

awaitable<Result<MarkedStep>> PostgresStore::mark(std::optional<VersionKey> after) {
  std::vector<Call> asks{walk_from(walk_sql, after)};
  auto walked = co_await lease_.run(std::move(asks));
  if (!walked) {
    co_return std::move(walked.failure());
  }
  const Answer& keys = walked->at(0);
  std::vector<Call> locks{{begin_sql, {}}};
  std::vector<Call> marks;
  for (std::size_t row = 0; row < keys.rows();) {
    const VersionKey first = key_at(keys, row);
    VersionKey last = first;
    while (++row < keys.rows() && same_member(first, key_at(keys, row))) {
      last = key_at(keys, row);
    }
    locks.push_back({lock_sql, member_of(first)});
    Call mark{mark_sql, member_of(first)};
    const VersionKey* const ends[]{&first, &last};
    for (const VersionKey* end : ends) {
      mark.parameters.text(end->type).text(end->id).integer(end->version);
    }
    mark.parameters.integer(marked_version);
    marks.push_back(std::move(mark));
  }
  for (Call& mark : marks) {
    locks.push_back(std::move(mark));
  }
  auto done = co_await finish(std::move(locks));
  if (!done) {
    co_return std::move(done.failure());
  }
  MarkedStep step;
  step.versions = keys.rows();
  if (keys.rows() == limits::rebuild_walk_max) {
    step.next = key_at(keys, keys.rows() - 1);
  }
  co_return step;
}

awaitable<Result<bool>> PostgresStore::all_marked() {
  std::vector<Call> calls{{last_sql, {}}};
  auto answers = co_await lease_.run(std::move(calls));
  if (!answers) {
    co_return std::move(answers.failure());
  }
  const Answer& last = answers->at(0);
  co_return last.rows() > 0 && last.integer(0, 0) == marked_version;
}

}  // namespace claimferry::claims
