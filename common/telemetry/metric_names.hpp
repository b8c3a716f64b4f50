// Every metric's name, once. Names follow Prometheus' conventions: base units, unit and _total as
// suffix. Dashboards and alerts rely on them.
#pragma once

namespace claimferry::telemetry::metric {

inline constexpr auto build_info = "claimferry_build_info";
inline constexpr auto jobs = "claimferry_jobs_total";
inline constexpr auto job_duration = "claimferry_job_duration_seconds";
inline constexpr auto job_wait = "claimferry_job_wait_seconds";
inline constexpr auto payer_requests = "claimferry_payer_requests_total";
inline constexpr auto payer_request_duration = "claimferry_payer_request_duration_seconds";
inline constexpr auto requests_in_flight = "claimferry_requests_in_flight";
inline constexpr auto received_bytes = "claimferry_received_bytes_total";
inline constexpr auto rate_limited = "claimferry_rate_limited_total";
inline constexpr auto quota_granted = "claimferry_quota_granted_total";
inline constexpr auto quota_used = "claimferry_quota_used_total";
inline constexpr auto quota_wait = "claimferry_quota_wait_seconds";
inline constexpr auto quota_rate = "claimferry_quota_rate";
inline constexpr auto payer_quiets = "claimferry_payer_quiets_total";
inline constexpr auto payer_quiet_seconds = "claimferry_payer_quiet_seconds_total";
inline constexpr auto pages = "claimferry_pages_total";
inline constexpr auto resources = "claimferry_resources_total";
inline constexpr auto parse_rejects = "claimferry_parse_rejects_total";
inline constexpr auto token_refreshes = "claimferry_token_refreshes_total";
inline constexpr auto grants_stopped = "claimferry_grants_stopped";
inline constexpr auto consents_ending = "claimferry_consents_ending";
inline constexpr auto enrolments = "claimferry_enrolments_total";
inline constexpr auto enrolment_callbacks = "claimferry_enrolment_callbacks_total";
inline constexpr auto api_keys_missing = "claimferry_api_keys_missing_total";
inline constexpr auto handlers_threw = "claimferry_handlers_threw_total";
inline constexpr auto leases_lost = "claimferry_leases_lost_total";
inline constexpr auto fenced_writes = "claimferry_fenced_writes_total";
inline constexpr auto sweeps_held = "claimferry_sweeps_held_total";
inline constexpr auto breaker_open = "claimferry_breaker_open";
inline constexpr auto queue_jobs = "claimferry_queue_jobs";
inline constexpr auto members = "claimferry_members";
inline constexpr auto members_due = "claimferry_members_due";
inline constexpr auto members_replanned = "claimferry_members_replanned_total";
inline constexpr auto erasures = "claimferry_erasures_total";
inline constexpr auto erasures_overdue = "claimferry_erasures_overdue";
inline constexpr auto policy_actions = "claimferry_policy_actions_total";
inline constexpr auto scheduler_leading = "claimferry_scheduler_leading";
inline constexpr auto audit_records = "claimferry_audit_records_total";
inline constexpr auto audit_undrained = "claimferry_audit_undrained";
inline constexpr auto audit_lost = "claimferry_audit_lost_total";
inline constexpr auto member_freshness = "claimferry_member_freshness_seconds";
inline constexpr auto consent_remaining = "claimferry_consent_remaining_seconds";
inline constexpr auto queue_oldest_job = "claimferry_queue_oldest_job_seconds";
inline constexpr auto drain_eta = "claimferry_drain_eta_seconds";
inline constexpr auto workers = "claimferry_workers";
inline constexpr auto desired_workers = "claimferry_desired_workers";
inline constexpr auto paused = "claimferry_paused";
inline constexpr auto backfill_batches = "claimferry_backfill_batches";
inline constexpr auto backfill_batch_jobs = "claimferry_backfill_batch_jobs";
inline constexpr auto dead_letters = "claimferry_dead_letters_total";
inline constexpr auto claims = "claimferry_claims_total";
inline constexpr auto payer_clock_skew = "claimferry_payer_clock_skew_seconds";
inline constexpr auto sink_commit = "claimferry_sink_commit_seconds";
inline constexpr auto sink_failures = "claimferry_sink_failures_total";
inline constexpr auto sink_up = "claimferry_sink_up";
inline constexpr auto tokens_unpersisted = "claimferry_tokens_unpersisted_total";
inline constexpr auto data_keys_opened = "claimferry_data_keys_opened_total";
inline constexpr auto event_loop_lag = "claimferry_event_loop_lag_seconds";
inline constexpr auto file_reloads = "claimferry_config_reloads_total";
inline constexpr auto file_reload_failing = "claimferry_config_reload_failing";
inline constexpr auto redis_up = "claimferry_redis_up";
inline constexpr auto redis_latency = "claimferry_redis_latency_seconds";
inline constexpr auto redis_memory_used = "claimferry_redis_memory_used_bytes";
inline constexpr auto redis_memory_max = "claimferry_redis_memory_max_bytes";
inline constexpr auto redis_evicted_keys = "claimferry_redis_evicted_keys";
inline constexpr auto redis_noeviction = "claimferry_redis_noeviction";
inline constexpr auto redis_aof_enabled = "claimferry_redis_aof_enabled";
inline constexpr auto redis_persistence_ok = "claimferry_redis_persistence_ok";

// As Prometheus' own clients name them.
inline constexpr auto process_cpu = "process_cpu_seconds_total";
inline constexpr auto process_resident = "process_resident_memory_bytes";
inline constexpr auto process_virtual = "process_virtual_memory_bytes";
inline constexpr auto process_open_fds = "process_open_fds";
inline constexpr auto process_max_fds = "process_max_fds";
inline constexpr auto process_start = "process_start_time_seconds";

}  // namespace claimferry::telemetry::metric
