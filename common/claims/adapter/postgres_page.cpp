#include "common/claims/adapter/postgres_page.hpp"

#include "common/claims/adapter/fence_column.hpp"
#include "common/claims/adapter/postgres_tables.hpp"
#include "common/claims/parse.hpp"

namespace claimferry::claims {
namespace {

using postgres::Array;
using postgres::Call;
using postgres::Element;
using postgres::Parameters;

constexpr std::string_view ask_sql =
    "SELECT asked.n, r.version, r.change_hash, r.first_seen_at, r.absent_at IS NOT NULL, "
    "coalesce(s.missed, 0), coalesce(s.sweep, ''), r.parser_version "
    "FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS asked (type, id, n) "
    "JOIN resource_version r ON r.payer = $1 AND r.member = $2 AND r.resource_type = asked.type "
    "AND r.resource_id = asked.id AND r.valid_to IS NULL "
    "LEFT JOIN seen s ON s.payer = $1 AND s.member = $2 AND s.resource_type = asked.type AND "
    "s.resource_id = asked.id";
constexpr std::string_view end_sql =
    "UPDATE resource_version r SET valid_to = $3::text::timestamptz "
    "FROM unnest($4::text[], $5::text[]) AS ended (type, id) WHERE r.payer = $1 AND "
    "r.member = $2 AND r.resource_type = ended.type AND r.resource_id = ended.id AND "
    "r.valid_to IS NULL";
constexpr std::string_view put_versions_sql =
    "INSERT INTO resource_version (payer, member, fence, parser_version, valid_from, "
    "resource_type, resource_id, version, content_hash, change_hash, raw, full_url, "
    "first_seen_at, valid_to) "
    "SELECT $1::text, $2::text, $3::bigint, $4::bigint, $5::text::timestamptz, type, id, version, "
    "content, change, raw, url, first::timestamptz, ended::timestamptz "
    "FROM unnest($6::text[], $7::text[], $8::bigint[], $9::text[], $10::text[], $11::bytea[], "
    "$12::text[], $13::text[], $14::text[]) "
    "AS made (type, id, version, content, change, raw, url, first, ended)";
constexpr std::string_view renew_sql =
    "UPDATE resource_version r SET parser_version = $3, raw = made.raw, content_hash = made.hash "
    "FROM unnest($4::text[], $5::text[], $6::bigint[], $7::bytea[], $8::text[]) "
    "AS made (type, id, version, raw, hash) WHERE r.payer = $1 AND r.member = $2 AND "
    "r.resource_type = made.type AND r.resource_id = made.id AND r.version = made.version";
constexpr std::string_view seen_in_sweep_sql =
    "INSERT INTO seen (payer, member, resource_type, resource_id, sweep, missed) "
    "SELECT $1::text, $2::text, type, id, $3::text, 0 FROM unnest($4::text[], $5::text[]) "
    "AS found (type, id) ON CONFLICT (payer, member, resource_type, resource_id) "
    "DO UPDATE SET sweep = excluded.sweep, missed = 0";
// Which sweep judged it last stays.
constexpr std::string_view seen_in_window_sql =
    "UPDATE seen s SET missed = 0 FROM unnest($3::text[], $4::text[]) AS found (type, id) "
    "WHERE s.payer = $1 AND s.member = $2 AND s.resource_type = found.type AND "
    "s.resource_id = found.id";
constexpr std::string_view quarantine_sql =
    "INSERT INTO quarantine (payer, member, fence, received_at, content_hash, reason, pointer, "
    "raw, resource_type, resource_id) SELECT $1::text, $2::text, $3::bigint, "
    "$4::text::timestamptz, hash, reason, pointer, raw, type, id FROM unnest($5::text[], "
    "$6::text[], $7::text[], $8::bytea[], $9::text[], $10::text[]) "
    "AS kept (hash, reason, pointer, raw, type, id) ON CONFLICT DO NOTHING";
constexpr std::string_view cursor_sql =
    "INSERT INTO cursor (payer, member, job, cursor) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (payer, member, job) DO UPDATE SET cursor = excluded.cursor";

// An empty one is NULL, as in the other sinks.
void text_or_null(Array& to, std::string_view text) {
  if (text.empty()) {
    to.null();
  } else {
    to.text(text);
  }
}

template <class Keys>
void add_keys(Parameters& to, const Keys& keys) {
  Array types(Element::text);
  Array ids(Element::text);
  for (const auto& [type, id] : keys) {
    types.text(type);
    ids.text(id);
  }
  to.array(std::move(types)).array(std::move(ids));
}

}  // namespace

Parameters postgres_member(const SyncKey& key) {
  Parameters parameters;
  parameters.text(key.payer.str()).text(key.job.member.str());
  return parameters;
}

Call postgres_quarantine(const SyncKey& key, WallTime at,
                         const std::vector<PostgresQuarantined>& entries) {
  Array hashes(Element::text);
  Array reasons(Element::text);
  Array pointers(Element::text);
  Array raws(Element::bytes);
  Array types(Element::text);
  Array ids(Element::text);
  for (const PostgresQuarantined& entry : entries) {
    hashes.text(to_hex(sha256(entry.raw)));
    reasons.text(entry.reason);
    text_or_null(pointers, entry.pointer);
    raws.bytes(entry.raw);
    text_or_null(types, entry.type);
    text_or_null(ids, entry.id);
  }
  Call call{quarantine_sql, postgres_member(key)};
  call.parameters.integer(column_integer(key.job.fence)).text(format_exact_time(at));
  call.parameters.array(std::move(hashes)).array(std::move(reasons)).array(std::move(pointers));
  call.parameters.array(std::move(raws)).array(std::move(types)).array(std::move(ids));
  return call;
}

Parameters PostgresPage::member() const {
  return postgres_member(commit_.key);
}

Call PostgresPage::ask() const {
  std::vector<Key> keys;
  for (const ResourceRow& row : commit_.page.resources) {
    keys.emplace_back(row.type, row.id);
  }
  for (const QuarantinedEntry& entry : commit_.page.quarantined) {
    keys.emplace_back(entry.type, entry.id);
  }
  Call call{ask_sql, member()};
  add_keys(call.parameters, keys);
  return call;
}

void PostgresPage::decide(const postgres::Answer& known) {
  const auto& resources = commit_.page.resources;
  for (std::size_t row = 0; row < known.rows(); ++row) {
    const auto asked = static_cast<std::size_t>(known.integer(row, 0)) - 1;
    const bool is_resource = asked < resources.size();
    const auto* entry = is_resource ? nullptr : &commit_.page.quarantined[asked - resources.size()];
    const Key key =
        is_resource ? Key(resources[asked].type, resources[asked].id) : Key(entry->type, entry->id);
    known_[key] = Known{known.integer(row, 1),           std::string(known.text(row, 2)),
                        std::string(known.text(row, 3)), known.flag(row, 4),
                        known.integer(row, 5) != 0,      std::string(known.text(row, 6)),
                        known.integer(row, 7),           std::nullopt};
  }
  rows_of_.assign(resources.size(), 0);
  for (std::uint32_t resource = 0; resource < resources.size(); ++resource) {
    decide_resource(resource);
  }
  decide_quarantined();
}

// The rules are those of sqlite_store.cpp, and the same suite holds both to them.
void PostgresPage::decide_resource(std::uint32_t resource) {
  const ResourceRow& row = commit_.page.resources[resource];
  const Key key(row.type, row.id);
  const auto found = known_.find(key);
  if (found == known_.end()) {
    ++report_.inserted;
    Known& fresh = known_[key];
    add_version(resource, fresh);
    note_seen(key, fresh);
    return;
  }
  Known& known = found->second;
  const bool unchanged = known.change_hash == to_hex(row.change_hash) && !known.absent;
  report_.repeated += commit_.sweep && known.sweep == commit_.key.job.job.str() ? 1 : 0;
  if (unchanged) {
    ++report_.unchanged;
    if (known.parser_version < parser_version) {
      renewed_.push_back({resource, known.version, {}, false});
      rows_of_[resource] = known.version;
      known.parser_version = parser_version;
    }
  } else {
    ++report_.changed;
    add_version(resource, known);
  }
  note_seen(key, known);
}

// Of a resource that the database holds, or that stood on this page before, or of neither.
void PostgresPage::add_version(std::uint32_t resource, Known& known) {
  const ResourceRow& row = commit_.page.resources[resource];
  if (known.made) {
    new_versions_[*known.made].superseded = true;
  } else if (known.version > 0) {
    ended_.emplace(row.type, row.id);
  } else {
    known.first_seen_at = format_exact_time(commit_.at);
  }
  known.version += 1;
  known.change_hash = to_hex(row.change_hash);
  known.absent = false;
  known.parser_version = parser_version;
  known.made = new_versions_.size();
  new_versions_.push_back({resource, known.version, known.first_seen_at, false});
  rows_of_[resource] = known.version;
}

void PostgresPage::note_seen(const Key& key, Known& known) {
  if (commit_.sweep || known.was_missed) {
    seen_.insert(key);
  }
  known.was_missed = false;
  if (commit_.sweep) {
    known.sweep = commit_.key.job.job.str();
  }
}

// A claim that we know and that came in a shape we cannot read is still there: it was seen.
void PostgresPage::decide_quarantined() {
  for (const QuarantinedEntry& entry : commit_.page.quarantined) {
    ++report_.quarantined;
    const auto found = known_.find(Key(entry.type, entry.id));
    if (!entry.id.empty() && found != known_.end()) {
      note_seen(found->first, found->second);
    }
  }
}

std::vector<Call> PostgresPage::writes() const {
  std::vector<Call> calls;
  write_versions(calls);
  write_renewed(calls);
  const PostgresRowSource rows[]{{commit_.page, rows_of_}};
  write_postgres_rows(member(), rows, calls);
  write_seen(calls);
  write_quarantined(calls);
  write_cursor(calls);
  return calls;
}

void PostgresPage::write_versions(std::vector<Call>& calls) const {
  const std::string at = format_exact_time(commit_.at);
  if (!ended_.empty()) {
    Call end{end_sql, member()};
    end.parameters.text(at);
    add_keys(end.parameters, ended_);
    calls.push_back(std::move(end));
  }
  if (new_versions_.empty()) {
    return;
  }
  std::vector<Key> keys;
  Array versions(Element::integer);
  Array contents(Element::text);
  Array changes(Element::text);
  Array raws(Element::bytes);
  Array urls(Element::text);
  Array firsts(Element::text);
  Array ends(Element::text);
  for (const NewVersion& made : new_versions_) {
    const ResourceRow& row = commit_.page.resources[made.resource];
    keys.emplace_back(row.type, row.id);
    versions.integer(made.version);
    contents.text(to_hex(row.content_hash));
    changes.text(to_hex(row.change_hash));
    raws.bytes(row.raw);
    text_or_null(urls, row.full_url);
    firsts.text(made.first_seen_at);
    text_or_null(ends, made.superseded ? std::string_view(at) : std::string_view());
  }
  Call put{put_versions_sql, member()};
  put.parameters.integer(column_integer(commit_.key.job.fence)).integer(parser_version).text(at);
  add_keys(put.parameters, keys);
  put.parameters.array(std::move(versions)).array(std::move(contents)).array(std::move(changes));
  put.parameters.array(std::move(raws)).array(std::move(urls)).array(std::move(firsts));
  put.parameters.array(std::move(ends));
  calls.push_back(std::move(put));
}

// Of versions that an earlier release's parser read. Their raw bytes become those that their rows
// are made of now: they differ in volatile places at most.
void PostgresPage::write_renewed(std::vector<Call>& calls) const {
  if (renewed_.empty()) {
    return;
  }
  PostgresVersions renewed;
  Array versions(Element::integer);
  for (const NewVersion& made : renewed_) {
    const ResourceRow& row = commit_.page.resources[made.resource];
    renewed.keys.emplace_back(row.type, row.id);
    renewed.numbers.push_back(made.version);
    versions.integer(made.version);
  }
  drop_postgres_rows(member(), renewed, calls);
  Array raws(Element::bytes);
  Array hashes(Element::text);
  for (const NewVersion& made : renewed_) {
    const ResourceRow& row = commit_.page.resources[made.resource];
    raws.bytes(row.raw);
    hashes.text(to_hex(row.content_hash));
  }
  Call renew{renew_sql, member()};
  renew.parameters.integer(parser_version);
  add_keys(renew.parameters, renewed.keys);
  renew.parameters.array(std::move(versions)).array(std::move(raws)).array(std::move(hashes));
  calls.push_back(std::move(renew));
}

void PostgresPage::write_seen(std::vector<Call>& calls) const {
  if (seen_.empty()) {
    return;
  }
  Call found{commit_.sweep ? seen_in_sweep_sql : seen_in_window_sql, member()};
  if (commit_.sweep) {
    found.parameters.text(commit_.key.job.job.str());
  }
  add_keys(found.parameters, seen_);
  calls.push_back(std::move(found));
}

void PostgresPage::write_quarantined(std::vector<Call>& calls) const {
  if (commit_.page.quarantined.empty()) {
    return;
  }
  std::vector<PostgresQuarantined> entries;
  for (const QuarantinedEntry& entry : commit_.page.quarantined) {
    entries.push_back({entry.raw, entry.reason, entry.pointer, entry.type, entry.id});
  }
  calls.push_back(postgres_quarantine(commit_.key, commit_.at, entries));
}

void PostgresPage::write_cursor(std::vector<Call>& calls) const {
  queue::Cursor after = commit_.after;
  after.entries -= std::min<std::uint64_t>(after.entries, report_.repeated);
  Call put{cursor_sql, member()};
  put.parameters.text(commit_.key.job.job.str()).text(after.str());
  calls.push_back(std::move(put));
}

}  // namespace claimferry::claims
