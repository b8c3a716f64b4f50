// Every bound of the program in one place. Each has a test at the limit; a bound that operators may
// move is in the configuration, and its ceiling is here.
#pragma once

#include <chrono>
#include <cstddef>

namespace claimferry::limits {

using namespace std::chrono_literals;
inline constexpr std::size_t KiB = 1024;
inline constexpr std::size_t MiB = 1024 * KiB;

// The payer's answers.
inline constexpr std::size_t body_bytes_max = 64 * MiB;
inline constexpr std::size_t token_body_bytes_max = 64 * KiB;
inline constexpr std::size_t header_bytes_max = 32 * KiB;
inline constexpr std::size_t url_bytes_max = 8 * KiB;
inline constexpr std::size_t json_depth_max = 128;
// Published claims have 22 bytes and more a JSON value, 290 and more a line: a full body has room.
inline constexpr std::size_t json_nodes_per_page_max = 4'000'000;
inline constexpr std::size_t claim_lines_per_page_max = 50'000;
inline constexpr std::size_t row_cells_per_page_max = 16'000'000;      // of 16 bytes, of all tables
inline constexpr std::size_t row_text_bytes_per_page_max = 128 * MiB;  // pointers, above all
inline constexpr std::size_t parse_buffer_bytes_kept_max = 32 * MiB;   // from page to page
inline constexpr std::size_t entries_per_page_max = 10'000;
inline constexpr std::size_t pages_per_resource_max = 10'000;
inline constexpr unsigned cursor_restarts_max = 2;

// A job.
inline constexpr unsigned attempts_max = 12;
inline constexpr unsigned stalls_max = 5;
inline constexpr auto retry_delay_base = 5s;
inline constexpr auto retry_delay_max = 15min;
inline constexpr auto local_delay_max = 60s;
inline constexpr auto retry_after_max = 1h;
inline constexpr auto resource_refused_delay = 1h;
inline constexpr auto job_age_max = 24h * 7;  // however often it was snoozed

// A token refresh.
inline constexpr auto refresh_uncertain_delay = 60s;
inline constexpr auto refresh_leaves_within = 5s;  // of its intent, or it does not leave
inline constexpr auto refresh_deadline = 20s;
inline constexpr auto token_store_patience = 10min;
inline constexpr auto intent_return_patience = 60s;  // of what did not leave
inline constexpr auto refresh_drain_max = 25s;       // a drain's wait for a refresh in flight
inline constexpr auto flush_time = 3s;  // beside the drain: 28 s of Kubernetes' 30

// An enrolment.
inline constexpr auto enrolment_life = 10min;      // from its beginning to its callback
inline constexpr auto exchange_deadline = 20s;     // of a code, its waits for permits included
inline constexpr auto registration_patience = 7s;  // with a Redis that is away; a browser waits
inline constexpr auto discovery_life = 1h;
inline constexpr auto discovery_retry = 30s;  // after one that failed
inline constexpr auto discovery_deadline = 10s;
inline constexpr std::size_t return_to_bytes_max = 2'000;
inline constexpr std::size_t enroll_body_bytes_max = 16 * KiB;
inline constexpr unsigned enroll_connections_max = 256;
// An office behind one address, and no more.
inline constexpr unsigned enroll_connections_per_address_max = 32;

// A payer's breaker.
inline constexpr unsigned breaker_failures = 5;  // in a row
inline constexpr unsigned breaker_members = 3;   // from so many
// In a row from whomever: where there are fewer members, one alone speaks for the payer.
inline constexpr unsigned breaker_failures_of_few = 10;
inline constexpr auto breaker_refusals_within = 10min;
inline constexpr auto breaker_probe_delay_base = 5s;
inline constexpr auto breaker_probe_delay_max = 60s;
inline constexpr auto last_send_after = 15min;  // of another member's failure at that endpoint

// A payer's quota.
inline constexpr auto permit_life = 100ms;  // from its slot on
inline constexpr auto quota_short_wait_max =
    5s;                                      // a payer's quiet that a job waits out in its slot
inline constexpr auto quota_wait_max = 60s;  // for a permit, while others are served
inline constexpr auto quota_patience = 10s;  // with a Redis that gives none
inline constexpr unsigned quiets_in_a_row_max = 20;  // that one request waits out
inline constexpr std::size_t rate_headers_max = 16;  // items that are read

// The queue.
inline constexpr std::size_t script_items_max = 100;
inline constexpr std::size_t failure_detail_bytes_max = 300;

// The audit.
// Entries that wait for a scheduler to drain them: five hours of a fleet that ends 50 jobs a
// second, each with a refreshed token; some 300 MB of Redis, at 136 bytes an entry.
inline constexpr std::size_t audit_stream_max = 2'000'000;
inline constexpr std::size_t audit_fields_max = 32;      // of an entry; the rest is cut
inline constexpr std::size_t audit_name_bytes_max = 64;  // of a field
inline constexpr std::size_t audit_value_bytes_max = 512;
// Each byte may take six of JSON.
inline constexpr std::size_t audit_line_bytes_max = 128 * KiB;

// Redis.
inline constexpr std::size_t redis_reply_bytes_max = 16 * MiB;
inline constexpr std::size_t redis_array_items_max = 100'000;
inline constexpr auto redis_command_deadline = 5s;
inline constexpr auto redis_ping_interval = 3s;  // on a connection that only listens
inline constexpr unsigned redis_commands_in_flight_max = 1'024;  // of one connection
inline constexpr auto redis_reconnect_delay_base = 50ms;
inline constexpr auto redis_reconnect_delay_max = 1s;

// The sink.
inline constexpr std::size_t sink_group_max = 16;  // pages that share a transaction
// VACUUM writes the whole file anew, by way of memory: a second for so many bytes.
inline constexpr std::size_t vacuum_bytes_max = 128 * MiB;
inline constexpr unsigned sink_connections_max = 64;  // of one shard to a database
// Rows made anew from raw bytes in one transaction: so many versions, and so many raw bytes or one
// version that is larger; and of the versions that one step passes or marks.
inline constexpr std::size_t rebuild_versions_max = 100;
inline constexpr std::size_t rebuild_bytes_max = 8 * MiB;
inline constexpr std::size_t rebuild_walk_max = 1'000;
// What an export asks of a database at once, or one row that is larger.
inline constexpr std::size_t export_bytes_max = 2 * MiB;
inline constexpr std::size_t export_rows_max = 5'000;
inline constexpr unsigned members_recorded_at_once = 50;  // each is a dozen commands of Redis
// A segment of NDJSON ends with the transaction that fills it, so that it may be larger by one.
inline constexpr std::size_t segment_bytes_least = 64 * KiB;
inline constexpr std::size_t segment_bytes_max = 1024 * MiB;  // an erasure writes it anew at once
inline constexpr auto segment_age_least = 1s;
inline constexpr auto segment_age_max = 24h;
inline constexpr std::size_t segment_buffer_bytes = 256 * KiB;  // of one that is written or read
inline constexpr std::size_t segment_head_bytes_max = 512;      // of a line, up to its member
// How long a segment goes on that another process wants finished.
inline constexpr auto segment_watch_interval = 1s;

// A process.
inline constexpr unsigned shards_max = 64;
inline constexpr unsigned slots_max = 10'000;
inline constexpr unsigned payers_max = 16;

}  // namespace claimferry::limits
