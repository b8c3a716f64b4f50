// Sources with logic and no unit test at the mirrored place: each is here with what covers it, or
// it is a finding.
#include <algorithm>
#include <array>

#include "tests/tidy/rules.hpp"

namespace claimferry::tidy {
namespace {

struct Covered {
  std::string_view source;
  std::string_view by;
};

constexpr auto covered_elsewhere = std::to_array<Covered>({
    {"common/async/asio.cpp", "nothing of ours: Asio's own sources"},
    {"common/claims/adapter/sqlite_store_rebuild.cpp", "claim_rebuild_test.cpp, by the sink"},
    {"common/claims/tables/claim_part_tables.cpp",
     "tests/unit/common/claims/tables/table_test.cpp"},
    {"common/claims/tables/claim_table.cpp", "tests/unit/common/claims/tables/table_test.cpp"},
    {"common/claims/tables/party_tables.cpp", "tests/unit/common/claims/tables/table_test.cpp"},
    {"common/claims/tables/place_tree.cpp", "flattener_test.cpp, which walks by it"},
    {"common/claims/tables/row_set.cpp", "flattener_test.cpp, which fills one"},
    {"common/claims/tables/table_maker.cpp", "tests/unit/common/claims/tables/table_test.cpp"},
    {"common/http/beast.cpp", "nothing of ours: Beast's own sources"},
    {"common/async/executor.cpp", "every test that has an io_context"},
    {"common/async/timer_sleeper.cpp", "tests/unit/common/async, whose tests sleep by it"},
    {"common/base/assert.cpp", "no logic: prints and aborts"},
    {"common/base/body.cpp", "tests/unit/common/http, whose bodies it holds"},
    {"common/base/failure.cpp", "no logic: names of enumerators"},
    {"common/base/thread_name.cpp", "no logic: one system call"},
    {"common/claims/adapter/postgres_export.cpp", "tests/contract/postgres_export_test.cpp"},
    {"common/claims/adapter/ndjson_sink.cpp", "tests/contract/sink_contract_test.cpp"},
    {"common/claims/adapter/ndjson_store.cpp", "tests/contract/ndjson_segments_test.cpp"},
    {"common/claims/adapter/ndjson_store_adopt.cpp", "tests/contract/ndjson_crash_test.cpp"},
    {"common/claims/adapter/ndjson_store_erase.cpp", "tests/contract/ndjson_erasure_test.cpp"},
    {"common/claims/adapter/segment_disk.cpp", "tests/contract/ndjson_crash_test.cpp"},
    {"common/claims/adapter/segment_part.cpp", "tests/contract/ndjson_crash_test.cpp"},
    {"common/claims/adapter/sqlite_member_state.cpp", "tests/contract/sink_contract_test.cpp"},
    {"common/claims/adapter/sqlite_opening.cpp", "tests/contract/sink_open_test.cpp"},
    {"common/claims/adapter/postgres_failure.cpp", "tests/contract/postgres_sink_test.cpp"},
    {"common/claims/adapter/postgres_migrations.cpp", "tests/contract/postgres_schema_test.cpp"},
    {"common/claims/adapter/postgres_page.cpp", "tests/contract/postgres_sink_test.cpp"},
    {"common/claims/adapter/postgres_rows.cpp", "tests/contract/postgres_sink_test.cpp"},
    {"common/claims/adapter/postgres_schema.cpp", "tests/contract/postgres_schema_test.cpp"},
    {"common/claims/adapter/postgres_sink.cpp", "tests/contract/sink_contract_test.cpp"},
    {"common/claims/adapter/postgres_store.cpp", "tests/contract/sink_contract_test.cpp"},
    {"common/claims/adapter/postgres_store_close.cpp", "tests/contract/sink_contract_test.cpp"},
    {"common/claims/adapter/postgres_store_rebuild.cpp",
     "tests/contract/postgres_rebuild_test.cpp"},
    {"common/claims/adapter/postgres_tables.cpp", "tests/contract/postgres_schema_test.cpp"},
    {"common/members/adapter/member_adoption.cpp", "tests/contract/members_contract_test.cpp"},
    {"scheduler/ctl/adopt_command.cpp", "tests/integration/recorded_members_test.cpp"},
    {"common/members/adapter/member_mirror.cpp", "tests/contract/members_contract_test.cpp"},
    {"common/members/adapter/member_recorder.cpp", "tests/contract/members_contract_test.cpp"},
    {"common/members/adapter/member_sql.cpp", "tests/contract/members_contract_test.cpp"},
    {"common/members/adapter/member_stores.cpp", "tests/contract/members_contract_test.cpp"},
    {"common/members/adapter/postgres_members.cpp", "tests/contract/members_contract_test.cpp"},
    {"common/members/adapter/recorded_erasure.cpp", "tests/contract/members_contract_test.cpp"},
    {"common/members/adapter/recorded_register.cpp", "tests/contract/members_contract_test.cpp"},
    {"common/members/adapter/postgres_data_keys.cpp",
     "tests/contract/key_rotation_contract_test.cpp"},
    {"common/members/adapter/postgres_tokens.cpp", "tests/contract/late_token_contract_test.cpp"},
    {"common/members/adapter/recorded_tokens.cpp", "tests/contract/late_token_contract_test.cpp"},
    {"scheduler/member_keeper.cpp", "tests/integration/postgres_test.cpp"},
    {"common/postgres/answer.cpp", "tests/unit/common/postgres/connection_test.cpp"},
    {"common/postgres/connection_run.cpp", "tests/unit/common/postgres/connection_test.cpp"},
    {"scheduler/ctl/db_command.cpp", "tests/integration/postgres_test.cpp"},
    {"worker/sinks.cpp", "tests/integration/postgres_test.cpp"},
    {"common/claims/adapter/sqlite_database.cpp", "tests/contract/sink_contract_test.cpp"},
    {"common/claims/adapter/sqlite_store_rows.cpp", "tests/contract/sink_contract_test.cpp"},
    {"common/claims/adapter/sqlite_store_quarantine.cpp", "tests/contract/sink_contract_test.cpp"},
    {"common/claims/adapter/fence_column.cpp", "tests/unit/common/claims/adapter, by every row"},
    {"common/claims/adapter/writer_waits.cpp",
     "tests/unit/common/claims/adapter/sqlite_writer_test.cpp"},
    {"common/claims/entry_sorter.cpp", "tests/unit/common/claims/parse_test.cpp"},
    {"common/config/keys.cpp", "tests/unit/common/config/loader_test.cpp"},
    {"common/audit/adapter/redis_audit_stream.cpp", "tests/contract/audit_contract_test.cpp"},
    {"common/http/client.cpp", "no logic: names of failures"},
    {"common/http/connection.cpp", "tests/unit/common/http/beast_client_test.cpp"},
    {"common/queue/adapter/data_keys.cpp", "tests/contract/key_rotation_contract_test.cpp"},
    {"common/queue/adapter/enrolment.cpp", "tests/contract/enrolment_contract_test.cpp"},
    {"common/queue/adapter/key_rotation.cpp", "tests/contract/key_rotation_contract_test.cpp"},
    {"common/queue/adapter/lease_reply.cpp", "tests/contract/queue_contract_test.cpp"},
    {"common/claims/adapter/sqlite_store_erase.cpp", "tests/contract/sink_erasure_test.cpp"},
    {"common/queue/adapter/member_erasure.cpp", "tests/contract/queue_erasure_contract_test.cpp"},
    {"common/queue/adapter/member_directory.cpp", "tests/integration/fleet_test.cpp"},
    {"common/queue/adapter/queue_fsck.cpp", "tests/contract/queue_fsck_contract_test.cpp"},
    {"common/queue/adapter/queue_scripts.cpp", "tests/contract/queue_contract_test.cpp"},
    {"common/queue/adapter/redis_job_queue.cpp", "tests/contract/queue_contract_test.cpp"},
    {"common/queue/adapter/redis_queue_upkeep.cpp",
     "tests/contract/queue_upkeep_contract_test.cpp"},
    {"scheduler/library_keeper.cpp", "tests/integration/console_test.cpp"},
    {"scheduler/ctl/console_commands.cpp", "tests/integration/console_test.cpp"},
    {"common/queue/adapter/redis_queue_check.cpp", "tests/contract/queue_fsck_contract_test.cpp"},
    {"common/queue/adapter/redis_token_store.cpp", "tests/contract/queue_contract_test.cpp"},
    {"common/queue/adapter/server_check.cpp", "tests/contract/queue_contract_test.cpp"},
    {"common/queue/cursor.cpp", "tests/world, where every job's cursor passes through it"},
    {"common/queue/disposition.cpp", "tests/world, where every failure passes through it"},
    {"common/queue/job.cpp", "tests/contract/queue_contract_test.cpp"},
    {"common/redis/channel.cpp", "tests/unit/common/redis/tcp_client_test.cpp"},
    {"common/redis/dial.cpp", "tests/unit/common/redis/tcp_client_test.cpp"},
    {"common/redis/greet.cpp", "tests/unit/common/redis/attempt_test.cpp"},
    {"common/redis/link.cpp", "tests/unit/common/redis/tcp_client_test.cpp"},
    {"common/redis/sentinel.cpp", "tests/unit/common/redis/attempt_test.cpp"},
    {"common/redis/tls_stream.cpp", "tests/contract/redis_tls_test.cpp"},
    {"common/queue/adapter/enrolment_store.cpp",
     "tests/contract/enrolment_store_contract_test.cpp"},
    {"common/quota/adapter/departure.cpp", "tests/unit/worker/payer_requests_test.cpp"},
    {"scheduler/enroll/code_exchange.cpp", "tests/integration/enroll_test.cpp"},
    {"scheduler/enroll/enroller.cpp", "tests/integration/enroll_test.cpp"},
    {"scheduler/enroll/main.cpp", "tests/integration/enroll_test.cpp"},
    {"scheduler/enroll/redis_registry.cpp", "tests/integration/enroll_test.cpp"},
    {"scheduler/enroll/router.cpp", "tests/integration/enroll_test.cpp"},
    {"scheduler/enroll/service.cpp", "tests/integration/enroll_test.cpp"},
    {"scheduler/ctl/", "tests/integration, which run it as a program"},
    {"scheduler/main.cpp", "tests/integration"},
    {"scheduler/scheduler_loop.cpp", "tests/world, which run this very loop"},
    {"scheduler/service.cpp", "tests/integration"},
    {"worker/heartbeat.cpp", "tests/world"},
    {"worker/intake.cpp", "tests/world"},
    {"worker/job_driver.cpp", "tests/world"},
    {"worker/main.cpp", "tests/integration"},
    {"worker/payer.cpp", "tests/world"},
    {"worker/payer_health.cpp", "tests/world"},
    {"worker/payer_requests.cpp", "tests/world"},
    {"worker/running_jobs.cpp", "tests/world"},
    {"worker/service.cpp", "tests/integration"},
    {"worker/shard.cpp", "tests/integration"},
    {"worker/worker_loop.cpp", "tests/world, which run this very loop"},
});

bool is_covered(const SourceFile& file) {
  return std::ranges::any_of(covered_elsewhere,
                             [&](const Covered& covered) { return file.in(covered.source); });
}

}  // namespace

Findings untested_sources(const Tree& tree) {
  constexpr std::string_view ending = ".cpp";
  Findings findings;
  for (const SourceFile& file : tree) {
    const bool is_product = file.in("common/") || file.in("worker/") || file.in("scheduler/");
    if (!is_product || !file.path.ends_with(ending) || is_covered(file)) {
      continue;
    }
    const std::string stem = file.path.substr(0, file.path.size() - ending.size());
    const std::string test = "tests/unit/" + stem + "_test.cpp";
    if (std::ranges::find(tree, test, &SourceFile::path) == tree.end()) {
      findings.push_back(file.path + ":1: has no " + test +
                         "; write it, or say in tests/tidy what covers the source");
    }
  }
  return findings;
}

}  // namespace claimferry::tidy
