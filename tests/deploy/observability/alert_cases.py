"""Cases of each alert: series (promtool's notation, a value a minute) by which it fires, and by which it does not.

A case is (series, minute at which it is judged), and where more than one could fire (…, labels of the one that does).
The last samples of both are what decides, so that each threshold has a case on either side of it. The first of either
kind is the plainest: crossed_cases.py makes two namespaces of them, and schedulers that are cut off. Values that last
for days come each `minutes_a_value`.
"""

DAY = 24 * 60


def flat(value, minutes):
    return f"{value}x{minutes}"


def growing(step, minutes, begin=0):
    return f"{begin}+{step}x{minutes}"


def fresh(share, minutes):
    return {
        "claimferry_member_freshness_seconds_count": flat(1000, minutes),
        'claimferry_member_freshness_seconds_bucket{le="172800"}': flat(round(1000 * share), minutes),
        "claimferry_redis_up": flat(1, minutes),
    }


def synced_once(share, minutes):
    return {
        'claimferry_members{state="active"}': flat(1000, minutes),
        "claimferry_member_freshness_seconds_count": flat(round(1000 * share), minutes),
        "claimferry_redis_up": flat(1, minutes),
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


def queue(series, value, minutes):
    """As a scheduler tells it that reaches Redis."""
    return {series: flat(value, minutes), "claimferry_redis_up": flat(1, minutes)}


def runs(program, values, labels=""):
    return {f'claimferry_build_info{{program="{program}"{labels}}}': values}


def two_fleets(**programs):
    """Namespaces `a`, whose programs run so, and `b`, where all is well."""
    made = {}
    for program in ("worker", "scheduler", "enroll"):
        made |= runs(program, programs.get(program, flat(1, 90)), ',namespace="a"')
        made |= runs(program, flat(1, 90), ',namespace="b"')
    return made


IN_A = 'namespace="a"'


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
    series = {f"claimferry_redis_{name}": flat(value, 60) for name, value in values.items()}
    return series | runs("scheduler", flat(1, 60))


def evicted(values, up=None):
    return redis() | {"claimferry_redis_evicted_keys": values, "claimferry_redis_up": up or flat(1, 400)} | {
        "claimferry_redis_noeviction": flat(1, 400)
    }


def two_hours_a_day(days):
    return " ".join(f"{12 * day}+1x12 {12 * (day + 1)}x130" for day in range(days))  # each ten minutes


REJECTS = "claimferry_parse_rejects_total"
OLDER = 'claimferry_data_keys_opened_total{key="older"}'
UP_OF = 'up{component="worker",instance="w",job="%s"}'
SKEW = "claimferry_payer_clock_skew_seconds"

CASES = {
    "ClaimferryMembersStaleFast": {
        "fires": [(fresh(0.84, 90), 70)],
        "does_not": [
            (fresh(0.9, 90), 70),
            ({"claimferry_member_freshness_seconds_count": flat(0, 90), "claimferry_redis_up": flat(1, 90)}, 70),
            # Nine in ten joined today and wait for their first sync.
            (fresh(1, 90) | {'claimferry_members{state="active"}': flat(10000, 90)}, 70),
            # It was bad for long and is good again.
            (
                {
                    "claimferry_member_freshness_seconds_count": flat(1000, 90),
                    'claimferry_member_freshness_seconds_bucket{le="172800"}': "500x60 1000x30",
                    "claimferry_redis_up": flat(1, 90),
                },
                75,
            ),
        ],
    },
    "ClaimferryMembersStaleSlow": {
        "fires": [(fresh(0.93, 400), 390)],
        "does_not": [(fresh(0.95, 400), 390)],
    },
    "ClaimferryMembersNeverSynced": {
        "fires": [(synced_once(0.98, 3000), 2990)],
        "does_not": [(synced_once(0.995, 3000), 2990), (synced_once(0.5, 2800), 2790), (synced_once(1, 3000), 2990)],
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
        "fires": [(queue('claimferry_grants_stopped{payer="p"}', 1, 10), 5)],
        "does_not": [(queue('claimferry_grants_stopped{payer="p"}', 0, 10), 5)],
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
        "minutes_a_value": 10,
        "fires": [
            ({OLDER: growing(1, 6 * 144)}, 5 * DAY),
            ({OLDER: two_hours_a_day(6)}, 5 * DAY),
        ],
        "does_not": [
            # A day of it, and then all were brought over.
            ({OLDER: f"0+1x144 144x{5 * 144}"}, 4 * DAY),
            ({OLDER: f"0+1x144 144x{5 * 144}"}, 5 * DAY),
            ({OLDER: two_hours_a_day(6)}, 3 * DAY),
        ],
    },
    "ClaimferryErasureOverdue": {
        "fires": [(queue("claimferry_erasures_overdue", 1, 10), 5)],
        "does_not": [(queue("claimferry_erasures_overdue", 0, 10), 5)],
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
        "fires": [
            (gauge(SKEW + '{payer="p"}', -31, 30), 20),
            # A scheduler asks no payer.
            *(
                (
                    {
                        SKEW + '{payer="p",instance="worker"}': flat(ahead, 30),
                        SKEW + '{payer="p",instance="scheduler"}': flat(0, 30),
                    },
                    20,
                )
                for ahead in (-31, 31)
            ),
        ],
        "does_not": [
            (gauge(SKEW + '{payer="p"}', 29, 30), 20),
            (
                {
                    SKEW + '{payer="p",instance="a"}': flat(-29, 30),
                    SKEW + '{payer="p",instance="b"}': flat(29, 30),
                },
                20,
            ),
        ],
    },
    "ClaimferryBacklogNotDraining": {
        "fires": [(queue("claimferry_drain_eta_seconds", 86401, 60), 40)],
        "does_not": [(queue("claimferry_drain_eta_seconds", 86000, 60), 40)],
    },
    "ClaimferryOldestJobStuck": {
        "fires": [
            (queue('claimferry_queue_oldest_job_seconds{lane="urgent"}', 901, 30), 20),
            (queue('claimferry_queue_oldest_job_seconds{lane="routine"}', 21601, 30), 20),
            (queue('claimferry_queue_oldest_job_seconds{lane="backfill"}', 604801, 30), 20),
        ],
        "does_not": [
            (queue('claimferry_queue_oldest_job_seconds{lane="urgent"}', 899, 30), 20),
            (queue('claimferry_queue_oldest_job_seconds{lane="routine"}', 21599, 30), 20),
            (queue('claimferry_queue_oldest_job_seconds{lane="backfill"}', 604799, 30), 20),
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
            # It went, beside a fleet that is well.
            (
                two_fleets(scheduler="1x20 stale")
                | {
                    'claimferry_scheduler_leading{namespace="a"}': "1x20 stale",
                    'claimferry_scheduler_leading{namespace="b"}': flat(1, 90),
                },
                40,
                IN_A,
            ),
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
        "fires": [
            (queue("claimferry_workers", 0, 20), 10),
            (gauge("up", 1, 20), 10),
            # Nobody can say, beside a fleet that is well.
            (
                two_fleets(scheduler="1x20 stale")
                | {
                    'claimferry_workers{namespace="a"}': "3x20 stale",
                    'claimferry_redis_up{namespace="a"}': "1x20 stale",
                    'claimferry_workers{namespace="b"}': flat(1, 90),
                    'claimferry_redis_up{namespace="b"}': flat(1, 90),
                },
                40,
                IN_A,
            ),
        ],
        "does_not": [
            (queue("claimferry_workers", 1, 20), 10),
            # Redis is away: the scheduler says so, and knows no number.
            (
                runs("scheduler", flat(1, 20))
                | {"claimferry_redis_up": flat(0, 20), "claimferry_workers": "NaN " * 21},
                10,
            ),
        ],
    },
    "ClaimferryPausedTooLong": {
        "fires": [(queue('claimferry_paused{scope="lane"}', 1, 300), 280)],
        "does_not": [
            (queue('claimferry_paused{scope="member"}', 1, 300), 280),
            (queue('claimferry_paused{scope="lane"}', 1, 300), 200),
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
            (queue("claimferry_audit_undrained", 10001, 30), 20),
            ({"claimferry_audit_lost_total": "0x5 1x60"}, 30),
        ],
        "does_not": [(queue("claimferry_audit_undrained", 9000, 30), 20)],
    },
    "ClaimferryRedisDown": {
        "fires": [(redis(up=0), 30)],
        "does_not": [
            (redis(), 30),
            # Workers say 0 of what they do not look at; that the scheduler is gone is another alert.
            ({'claimferry_redis_up{instance="w"}': flat(0, 60)} | runs("worker", flat(1, 60), ',instance="w"'), 30),
        ],
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
        "fires": [
            (redis(noeviction=0), 30),
            (evicted("0x10 7x390"), 20),
            (evicted("100x10 3x5 4x385"), 20),  # Redis began anew, and does it again
        ],
        "does_not": [
            (redis(), 30),
            (redis(up=0, noeviction=0), 30),
            (evicted("0x10 7x390"), 130),  # mended two hours ago
            (evicted("100x10 0x390"), 20),  # Redis began anew
            # A scheduler that begins says 0 until it has asked; the keys were lost long ago.
            (evicted("_x10 0x2 100x388", up="_x10 0x2 1x388"), 20),
            (evicted("100x10 0x2 100x388", up="1x10 0x2 1x388"), 20),
        ],
    },
    "ClaimferryReloadFailed": {
        "fires": [
            (gauge('claimferry_config_reload_failing{instance="w"}', 1, 20), 10),
            (gauge('claimferry_config_reload_failing{instance="w",pod="worker-1"}', 1, 20), 10, 'pod="worker-1"'),
        ],
        "does_not": [({'claimferry_config_reload_failing{instance="w"}': "1x3 0x20"}, 10)],
    },
    "ClaimferryLoopLags": {
        "fires": [(loop(50, 10, 60), 40)],
        "does_not": [(loop(60, 0, 60), 40)],
    },
    "ClaimferryWorkersUnscraped": {
        "fires": [
            (runs("scheduler", flat(1, 90)), 40),
            (gauge("up", 0, 90), 40),  # nothing is
            (two_fleets(worker="1x20 stale"), 40, IN_A),
        ],
        "does_not": [(two_fleets(), 40), (runs("worker", "1x10 _x5 1x60"), 40)],
    },
    "ClaimferrySchedulersUnscraped": {
        "fires": [
            (runs("worker", flat(1, 90)), 40),
            (gauge("up", 0, 90), 40),
            (two_fleets(scheduler="1x20 stale"), 40, IN_A),
        ],
        "does_not": [(two_fleets(), 40), (runs("scheduler", "1x10 _x5 1x60"), 40)],
    },
    "ClaimferryEnrollUnscraped": {
        "fires": [
            (runs("enroll", "1x20 stale") | runs("worker", flat(1, 90)), 40),  # compose had one
            (two_fleets(enroll="1x20 stale"), 40, IN_A),
            (two_fleets(enroll="_x90"), 40, IN_A),  # it never came up
        ],
        "does_not": [
            (two_fleets(), 40),
            (runs("worker", flat(1, 90)), 40),  # compose has none
        ],
    },
    "ClaimferryTargetDown": {
        "fires": [
            ({UP_OF % "claimferry": flat(0, 60)}, 40),
            (
                {
                    UP_OF % 'claimferry/claimferry",namespace="claimferry",pod="worker-1': flat(0, 60),
                    UP_OF % 'claimferry/claimferry",namespace="claimferry",pod="worker-2': flat(1, 60),
                },
                40,
                'namespace="claimferry",pod="worker-1"',
            ),
        ],
        "does_not": [
            ({UP_OF % "claimferry": flat(1, 60)}, 40),
            ({UP_OF % "claimferry": "0x10 1x50"}, 40),
            ({UP_OF % "kube-system/another": flat(0, 60)}, 40),
        ],
    },
}
