"""The rest of mistakes.py: NetworkPolicies, and the configuration against the pods."""

from mistakes import ENROLL, MIGRATE, SCHEDULER, WORKER, causes


@causes("production", "NetworkPolicy: none denies all ingress to begin with")
def not_denied(place):
    place.drop("NetworkPolicy/deny-all")


@causes("kind", f"{WORKER}: may not ask DNS by UDP")
def no_dns(place):
    place.spec("NetworkPolicy/dns")["egress"][0]["ports"] = [{"port": 53, "protocol": "TCP"}]


@causes("kind", "NetworkPolicy/redis: selects no pod")
def policy_selector(place):
    place.spec("NetworkPolicy/redis")["podSelector"] = {"matchLabels": {"app": "redis"}}


@causes("kind", "NetworkPolicy/metrics: selects component enrol, which no pod here is")
def policy_component(place):
    values = place.spec("NetworkPolicy/metrics")["podSelector"]["matchExpressions"][0]["values"]
    values[values.index("enroll")] = "enrol"


@causes("kind", "NetworkPolicy/redis: port redis-tls is no port of StatefulSet/redis")
def policy_port(place):
    place.spec("NetworkPolicy/redis")["ingress"][0]["ports"][0]["port"] = "redis-tls"


@causes("kind", f"{SCHEDULER}: no NetworkPolicy lets it out to StatefulSet/redis for redis.url")
def shut_out(place):
    place.spec("NetworkPolicy/redis-clients")["podSelector"]["matchExpressions"][0]["values"].remove("scheduler")


@causes("kind", f"StatefulSet/postgres: no NetworkPolicy lets {MIGRATE} in for sink.url")
def not_let_in(place):
    place.spec("NetworkPolicy/postgres")["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0][
        "values"].remove("migrate")


@causes("production", f"{ENROLL}: no NetworkPolicy lets Prometheus in at port admin")
def no_scrape(place):
    place.spec("NetworkPolicy/metrics")["podSelector"]["matchExpressions"][0]["values"].remove("enroll")


@causes("production", f"{ENROLL}: no NetworkPolicy lets browsers in at port http")
def no_browsers(place):
    place.drop("NetworkPolicy/enroll")


@causes("production", f"{WORKER}: payer.aetna.token_url is apif1.aetna.com:443, "
        "and no NetworkPolicy lets it out there")
def payer_port(place):
    place.spec("NetworkPolicy/payer")["egress"][0]["ports"][0]["port"] = 80


@causes("kind", f"{WORKER}: redis.url names rediss, which is no Service of this overlay")
def dns_name(place):
    place.edit_config("redis://redis:6379", "redis://rediss:6379")


@causes("kind", f"{WORKER}: payer.aetna-sandbox.token_url is sandbox:443, and Service sandbox has no such port")
def service_port(place):
    place.edit_config('token_url = "https://sandbox:8443', 'token_url = "https://sandbox')


@causes("production", f"{WORKER}: terminationGracePeriodSeconds 40 is no more than the 48 s that it may drain")
def long_drain(place):
    place.edit_config('drain = "20s"', 'drain = "45s"')


@causes("production", f"{ENROLL}: terminationGracePeriodSeconds 30 is no more than the 35 s that it may drain")
def short_grace(place):
    del place.pod(ENROLL)["terminationGracePeriodSeconds"]


@causes("kind", f"{WORKER}: vault.key_file is /run/claimferry/vault/vault.key, which is not mounted")
def key_of_secret(place):
    place.edit_config("vault/vault.keys", "vault/vault.key")


@causes("production", f"{SCHEDULER}: sink.password_file is /run/claimferry/own/db.password, which is not mounted")
def lacking_key(place):
    place.outside[("Secret", "claimferry-scheduler")].remove("db.password")


@causes("production", f"{MIGRATE}: sink.url's sslrootcert is /run/claimferry/trust/db-ca.pem, which is not mounted")
def lacking_trust(place):
    place.outside[("ConfigMap", "claimferry-trust")].clear()


@causes("kind", f"{MIGRATE}: its arguments name /etc/claimferry/claimfery.toml, which is not mounted")
def config_path(place):
    place.container(MIGRATE)["args"][1] = "/etc/claimferry/claimfery.toml"


@causes("production", f"{SCHEDULER}: audit.path is /var/lib/claimferry/audits, which is not mounted")
def audit_path(place):
    place.edit_config("/var/lib/claimferry/audit", "/var/lib/claimferry/audits")


@causes("kind", f"{ENROLL}: enroll.listen is 0.0.0.0:8081, its port http is another")
def enroll_port(place):
    place.edit_config('listen = "0.0.0.0:8080"', 'listen = "0.0.0.0:8081"')


@causes("kind", f"{SCHEDULER}: speaks to Redis as claimferry-worker, not as claimferry-scheduler")
def redis_user(place):
    place.set_env(SCHEDULER, "CLAIMFERRY_REDIS__USERNAME", "claimferry-worker")


@causes("kind", f"{SCHEDULER}: must not speak to the database as owner")
def database_user(place):
    place.set_env(SCHEDULER, "CLAIMFERRY_SINK__URL", "postgresql://owner@postgres/claims?sslmode=disable")


@causes("production", "ConfigMap: 0 hold a claimferry.toml, not one")
def config_name(place):
    for document in place.everything:
        if document["kind"] == "ConfigMap" and "claimferry.toml" in document.get("data", {}):
            document["data"]["claimferry.tml"] = document["data"].pop("claimferry.toml")


@causes("production", "worker.slotz is no key; did you mean worker.slots?", by_program=True)
def config_key(place):
    place.edit_config("slots =", "slotz =")


@causes("sandbox", "enroll.organisation is missing", by_program=True)
def config_lacks(place):
    place.edit_config('organisation = "Example Health, Inc."', "")
