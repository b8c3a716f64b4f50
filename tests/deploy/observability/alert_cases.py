"""Cases of each alert: series (promtool's notation, a value a minute) by which it fires, and by which it does not.

A case is (series, minute at which it is judged). The last samples of both are what decides, so that each threshold has
a case on either side of it.
"""

DAY = 24 * 60


def flat(value, minutes):
    return f"{value}x{minutes}"


def growing(step, minutes, begin=0):
    return f"{begin}+{step}x{minutes}"


def fresh(share, minutes):
    return {
        'claimferry_members{state="active"}': flat(1000, minutes),
        'claimferry_member_freshness_seconds_bucket{le="172800"}': flat(round(1000 * share), minutes),
    }


def syncs(dead, done, minutes):
    return {
        'claimferry_jobs_total{kind="sync",outcome="dead"}': growing(dead, minutes),
        'claimferry_jobs_total{kind="sync",outcome="done"}': growing(done, minutes),
    }


def refreshes(outcome, step, minutes, refreshed=0):
    return {
        f'claimferry_token_refreshes_total{{payer="p",outcome="{outcome}"}}': growing(step, minutes),
        'claimferry_token_refreshes_total{payer="p",outcome="refreshed"}': growing(refreshed, minutes),
    }


def gauge(series, value, minutes):
    return {series: flat(value, minutes)}


def loop(fast, slow, minutes):
    return {
        'claimferry_event_loop_lag_seconds_bucket{le="0.1",instance="w"}': growing(fast, minutes),
        'claimferry_event_loop_lag_seconds_bucket{le="5",instance="w"}': growing(fast + slow, minutes),
        'claimferry_event_loop_lag_seconds_bucket{le="+Inf",instance="w"}': growing(fast + slow, minutes),
    }


def redis(**changed):
    values = {
        "up": 1,
        "persistence_ok": 1,
        "aof_enabled": 1,
        "noeviction": 1,
        "evicted_keys": 0,
        "memory_used_bytes": 700,
        "memory_max_bytes": 1000,
    } | changed
    return {f"claimferry_redis_{name}": flat(value, 60) for name, value in values.items()}


REJECTS = "claimferry_parse_rejects_total"

CASES = {
    "ClaimferryMembersStaleFast": {
        "fires": [(fresh(0.84, 90), 70)],
        "does_not": [
            (fresh(0.9, 90), 70),
            ({'claimferry_members{state="active"}': flat(0, 90)}, 70),
            # It was bad for long and is good again.
            (
                {
                    'claimferry_members{state="active"}': flat(1000, 90),
                    'claimferry_member_freshness_seconds_bucket{le="172800"}': "500x60 1000x30",
                },
                75,
            ),
        ],
    },
    "ClaimferryMembersStaleSlow": {
        "fires": [(fresh(0.93, 400), 390)],
        "does_not": [(fresh(0.95, 400), 390)],
    },
    "ClaimferrySyncsFailFast": {
        "fires": [(syncs(20, 80, 90), 70)],
        "does_not": [(syncs(10, 90, 90), 70), (syncs(0, 0, 90), 70)],
    },
    "ClaimferrySyncsFailSlow": {
        "fires": [(syncs(7, 93, 400), 390)],
        "does_not": [(syncs(5, 95, 400), 390)],
    },
    "ClaimferryRefreshingStopped": {
        "fires": [(gauge('claimferry_grants_stopped{payer="p"}', 1, 10), 5)],
        "does_not": [(gauge('claimferry_grants_stopped{payer="p"}', 0, 10), 5)],
    },
    "ClaimferryReconsentSurge": {
        "fires": [(refreshes("invalid_grant", 1, 90, refreshed=9), 80)],
        "does_not": [
            (refreshes("invalid_grant", 1, 90, refreshed=99), 80),  # one in a hundred
            ({'claimferry_token_refreshes_total{payer="p",outcome="invalid_grant"}': "0x60 1x30"}, 80),  # one alone
        ],
    },
    "ClaimferryCredentialsRejected": {
        "fires": [(refreshes("refused", 1, 30), 25)],
        "does_not": [(refreshes("refused", 0, 30, refreshed=5), 25)],
    },
    "ClaimferryTokenNotPersisted": {
        "fires": [({'claimferry_tokens_unpersisted_total{payer="p"}': "0x10 1x20"}, 15)],
        "does_not": [({'claimferry_tokens_unpersisted_total{payer="p"}': flat(1, 60)}, 50)],  # long ago
    },
    "ClaimferryRefreshLost": {
        "fires": [({'claimferry_token_refreshes_total{payer="p",outcome="lost_consent"}': "0x10 1x80"}, 15)],
        "does_not": [(refreshes("uncertain", 1, 90, refreshed=1), 80)],
    },
    "ClaimferryKeyRotationStalled": {
        "fires": [({'claimferry_data_keys_opened_total{key="older"}': growing(1, 5 * DAY)}, 4 * DAY)],
        "does_not": [
            # A day of it, and then all were brought over.
            ({'claimferry_data_keys_opened_total{key="older"}': f"0+1x{DAY} {DAY}x{4 * DAY}"}, 4 * DAY),
        ],
    },
    "ClaimferryErasureOverdue": {
        "fires": [(gauge("claimferry_erasures_overdue", 1, 10), 5)],
        "does_not": [(gauge("claimferry_erasures_overdue", 0, 10), 5)],
    },
    "ClaimferryPayerDown": {
        "fires": [(gauge('claimferry_breaker_open{payer="p"}', 2, 30), 20)],
        "does_not": [({'claimferry_breaker_open{payer="p"}': "1x10 0x20"}, 20)],
    },
    "ClaimferryRateLimited": {
        "fires": [
            (
                {
                    'claimferry_payer_requests_total{payer="p",status="429"}': growing(10, 90),
                    'claimferry_payer_requests_total{payer="p",status="200"}': growing(100, 90),
                },
                70,
            )
        ],
        "does_not": [
            (
                {
                    'claimferry_payer_requests_total{payer="p",status="429"}': growing(1, 90),
                    'claimferry_payer_requests_total{payer="p",status="200"}': growing(100, 90),
                },
                70,
            )
        ],
    },
    "ClaimferryPayerClockSkew": {
        "fires": [(gauge('claimferry_payer_clock_skew_seconds{payer="p"}', -31, 30), 20)],
        "does_not": [(gauge('claimferry_payer_clock_skew_seconds{payer="p"}', 29, 30), 20)],
    },
    "ClaimferryBacklogNotDraining": {
        "fires": [(gauge("claimferry_drain_eta_seconds", 86401, 60), 40)],
        "does_not": [(gauge("claimferry_drain_eta_seconds", 86000, 60), 40)],
    },
    "ClaimferryOldestJobStuck": {
        "fires": [
            (gauge('claimferry_queue_oldest_job_seconds{lane="urgent"}', 901, 30), 20),
            (gauge('claimferry_queue_oldest_job_seconds{lane="routine"}', 21601, 30), 20),
            (gauge('claimferry_queue_oldest_job_seconds{lane="backfill"}', 604801, 30), 20),
        ],
        "does_not": [
            (gauge('claimferry_queue_oldest_job_seconds{lane="urgent"}', 899, 30), 20),
            (gauge('claimferry_queue_oldest_job_seconds{lane="routine"}', 21599, 30), 20),
            (gauge('claimferry_queue_oldest_job_seconds{lane="backfill"}', 604799, 30), 20),
        ],
    },
    "ClaimferryDeadLettersGrow": {
        "fires": [({'claimferry_dead_letters_total{reason="http_500"}': growing(1, 90)}, 70)],
        "does_not": [({'claimferry_dead_letters_total{reason="http_500"}': "0x60 3x30"}, 70)],
    },
    "ClaimferryNoLeader": {
        "fires": [
            (gauge("claimferry_scheduler_leading", 0, 20), 10),
            (gauge("up", 1, 20), 10),  # no scheduler is there at all
        ],
        "does_not": [
            (
                {
                    'claimferry_scheduler_leading{instance="a"}': flat(0, 20),
                    'claimferry_scheduler_leading{instance="b"}': flat(1, 20),
                },
                10,
            )
        ],
    },
    "ClaimferryNoWorkers": {
        "fires": [(gauge("claimferry_workers", 0, 20), 10), (gauge("up", 1, 20), 10)],
        "does_not": [(gauge("claimferry_workers", 1, 20), 10)],
    },
    "ClaimferryPausedTooLong": {
        "fires": [(gauge('claimferry_paused{scope="lane"}', 1, 300), 280)],
        "does_not": [
            (gauge('claimferry_paused{scope="lane"}', 1, 300), 200),
            (gauge('claimferry_paused{scope="member"}', 1, 300), 280),
        ],
    },
    "ClaimferryForeignPatient": {
        "fires": [({REJECTS + '{reason="foreign_patient"}': "0x10 1x20"}, 12)],
        "does_not": [({REJECTS + '{reason="no_id"}': "0x10 1x20"}, 12)],
    },
    "ClaimferryQuarantineReasonNew": {
        "fires": [({REJECTS + '{reason="wrong_shape"}': f"0x{DAY} 3x60"}, DAY + 30)],
        "does_not": [
            ({REJECTS + '{reason="wrong_shape"}': f"0x60 1x{DAY} 3x60"}, DAY + 90),  # it was there yesterday
            ({REJECTS + '{reason="operation_outcome"}': f"0x{DAY} 3x60"}, DAY + 30),
        ],
    },
    "ClaimferrySinkFailing": {
        "fires": [
            ({'claimferry_sink_up{instance="a"}': flat(1, 20), 'claimferry_sink_up{instance="b"}': flat(0, 20)}, 10),
            ({'claimferry_sink_failures_total{reason="disk_full"}': growing(30, 30)}, 20),
        ],
        "does_not": [
            (gauge("claimferry_sink_up", 1, 20), 10),
            ({'claimferry_sink_failures_total{reason="sink_busy"}': growing(30, 30)}, 20),
        ],
    },
    "ClaimferryAuditNotDurable": {
        "fires": [
            (gauge("claimferry_audit_undrained", 10001, 30), 20),
            ({"claimferry_audit_lost_total": "0x5 1x60"}, 30),
        ],
        "does_not": [(gauge("claimferry_audit_undrained", 9000, 30), 20)],
    },
    "ClaimferryRedisDown": {
        "fires": [(redis(up=0), 30)],
        "does_not": [(redis(), 30)],
    },
    "ClaimferryRedisNotPersisting": {
        "fires": [(redis(persistence_ok=0), 30), (redis(aof_enabled=0), 30)],
        "does_not": [(redis(), 30), (redis(up=0, persistence_ok=0, aof_enabled=0), 30)],  # away, not broken
    },
    "ClaimferryRedisMemory": {
        "fires": [(redis(memory_used_bytes=801), 30)],
        "does_not": [(redis(), 30), (redis(memory_used_bytes=801, memory_max_bytes=0), 30)],  # no limit
    },
    "ClaimferryRedisEvicts": {
        "fires": [(redis(noeviction=0), 30), (redis(evicted_keys=1), 30)],
        "does_not": [(redis(), 30), (redis(up=0, noeviction=0), 30)],
    },
    "ClaimferryReloadFailed": {
        "fires": [(gauge('claimferry_config_reload_failing{instance="w"}', 1, 20), 10)],
        "does_not": [({'claimferry_config_reload_failing{instance="w"}': "1x3 0x20"}, 10)],
    },
    "ClaimferryLoopLags": {
        "fires": [(loop(50, 10, 60), 40)],
        "does_not": [(loop(60, 0, 60), 40)],
    },
}
