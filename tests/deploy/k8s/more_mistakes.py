"""The rest of mistakes.py: NetworkPolicies, and the configuration against the pods."""

from mistakes import ENROLL, FUNCTIONS, MIGRATE, SCHEDULER, SCHEMA, WORKER, causes

REDIS, SANDBOX = "StatefulSet/redis", "Deployment/sandbox"


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


@causes("production", f"{SCHEMA}: sink.url's sslrootcert is /run/claimferry/trust/db-ca.pem, which is not mounted")
def lacking_trust(place):
    place.outside[("ConfigMap", "claimferry-trust")].clear()


@causes("kind", f"{SCHEMA}: its arguments name /etc/claimferry/claimfery.toml, which is not mounted")
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


@causes("production", "ConfigMap: none holds a claimferry.toml")
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


def block(place, policy):
    return place.spec(f"NetworkPolicy/{policy}")["egress"][0]["to"][0]["ipBlock"]


@causes("production", f"{WORKER}: payer.aetna.token_url is apif1.aetna.com:443, and no NetworkPolicy lets it out there")
def payer_on_loopback(place):
    place.spec("NetworkPolicy/payer")["egress"][0]["to"] = [{"ipBlock": {"cidr": "127.0.0.1/32"}}]


@causes("production", f"{ENROLL}: payer.aetna.token_url is apif1.aetna.com:443, and no NetworkPolicy lets it out there")
def payer_in_private(place):
    place.spec("NetworkPolicy/payer")["egress"][0]["to"] = [{"ipBlock": {"cidr": "10.0.0.0/8"}}]


@causes("production", f"{SCHEDULER}: redis.url is redis.example.com:6380, and no NetworkPolicy lets it out there")
def redis_on_loopback(place):
    block(place, "redis-clients")["cidr"] = "127.0.0.1/32"


@causes("production", "NetworkPolicy/payer: 0.0.0.0/0 reaches the cloud's metadata service; except 169.254.0.0/16")
def metadata_service(place):
    block(place, "payer")["except"].remove("169.254.0.0/16")


@causes("production", "NetworkPolicy/payer: 0.0.0.0/0 opens the internet and 172.16.0.0/12 with it")
def private_networks(place):
    block(place, "payer")["except"].remove("172.16.0.0/12")


@causes("production", "NetworkPolicy/payer: ::/0 reaches the cloud's metadata service; except 169.254.0.0/16")
def metadata_service_of_ipv6(place):
    place.spec("NetworkPolicy/payer")["egress"][0]["to"].append({"ipBlock": {"cidr": "::/0", "except": ["fe80::/10"]}})


@causes("production", f"{WORKER}: no NetworkPolicy lets Prometheus in at port admin")
def misspelt_namespace(place):
    chosen = place.spec("NetworkPolicy/metrics")["ingress"][0]["from"][0]["namespaceSelector"]
    chosen["matchLabels"]["kubernetes.io/metadata.name"] = "monitorng"


@causes("production", "NetworkPolicy/metrics: ingress from namespace monitorng at admin, with these pods, is not in "
        "outside.txt")
def further_namespace(place):
    place.spec("NetworkPolicy/metrics")["ingress"][0]["from"].append(
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitorng"}}})


@causes("production", "NetworkPolicy/enroll: ingress from namespace * at http, with these pods, is not in outside.txt")
def every_namespace(place):
    place.spec("NetworkPolicy/enroll")["ingress"][0]["from"].append({"namespaceSelector": {}})


@causes("production", "outside.txt: namespace logging is met by no NetworkPolicy")
def namespace_of_nobody(place):
    place.outside[("Namespace", "logging")] = {"admin"}


@causes("kind", f"{WORKER}: may not ask DNS by TCP")
def misspelt_dns(place):
    peer = place.spec("NetworkPolicy/dns")["egress"][0]["to"][0]
    peer["podSelector"]["matchLabels"]["k8s-app"] = "kubedns"


@causes("production", "NetworkPolicy/all-in: ingress from anybody")
def all_ingress(place):
    place.add("NetworkPolicy", "all-in", {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]})


@causes("kind", "NetworkPolicy/all-out: egress to anybody")
def all_egress(place):
    place.add("NetworkPolicy", "all-out", {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]})


@causes("production", "NetworkPolicy/payer: egress at every port")
def every_port(place):
    del place.spec("NetworkPolicy/payer")["egress"][0]["ports"]


@causes("production", "NetworkPolicy/enroll: ingress from addresses 0.0.0.0/0; who comes here is a pod")
def ingress_by_address(place):
    place.spec("NetworkPolicy/enroll")["ingress"][0]["from"].append({"ipBlock": {"cidr": "0.0.0.0/0"}})


@causes("kind", "StatefulSet/redis: lets StatefulSet/postgres in, where no setting names it")
def redis_for_all(place):
    place.spec("NetworkPolicy/redis")["ingress"][0]["from"] = [{"podSelector": {}}]


@causes("kind", f"{SCHEDULER}: is let out to {SANDBOX}, which no setting names")
def scheduler_to_payer(place):
    place.spec("NetworkPolicy/sandbox-clients")["podSelector"]["matchExpressions"][0]["values"].append("scheduler")


@causes("production", f"{SCHEDULER}: is let out to 0.0.0.0/0 at 443, which no setting names")
def scheduler_to_internet(place):
    place.spec("NetworkPolicy/payer")["podSelector"]["matchExpressions"][0]["values"].append("scheduler")


@causes("production", f"{SCHEDULER}: must not speak to the database as owner")
def owner_in_production(place):
    place.set_env(SCHEDULER, "CLAIMFERRY_SINK__URL", "postgresql://owner@db.example.com/claims?sslmode=verify-full"
                  "&sslrootcert=/run/claimferry/trust/db-ca.pem")


@causes("production", f"{SCHEDULER}: sink.url goes to db.example.com by sslmode=disable; "
        "verify-full and an sslrootcert")
def no_tls(place):
    place.set_env(SCHEDULER, "CLAIMFERRY_SINK__URL", "postgresql://scheduler@db.example.com/claims?sslmode=disable")


@causes("production", f"{WORKER}: redis.url leaves the cluster without TLS; rediss://")
def redis_without_tls(place):
    place.edit_config("rediss://", "redis://")


@causes("production", "claimferry.toml: payer.aetna.token_url is no https")
def payer_without_tls(place):
    place.edit_config('token_url = "https://', 'token_url = "http://')


@causes("kind", f"{REDIS}: maxmemory-policy allkeys-lru would throw jobs away; noeviction")
def evicting(place):
    place.change_arg(REDIS, "noeviction", "allkeys-lru")


@causes("kind", f"{REDIS}: writes no append-only file; a restart would lose the queue")
def forgetful(place):
    place.change_arg(REDIS, "yes", "no")


@causes("kind", f"{REDIS}: aclfile /etc/redis/users.acl is not mounted")
def acl_path(place):
    place.change_arg(REDIS, "/etc/redis/acl/users.acl", "/etc/redis/users.acl")


@causes("kind", f"{REDIS}: maxmemory 2gb is more than half of its memory limit")
def redis_over_limit(place):
    place.change_arg(REDIS, "200mb", "2gb")


@causes("sandbox", f"{REDIS}: maxmemory None is more than half of its memory limit")
def redis_without_limit(place):
    args = place.container(REDIS)["args"]
    at = args.index("--maxmemory")
    del args[at:at + 2]


@causes("kind", f"{REDIS}: dir /tmp is on no disk")
def redis_on_no_disk(place):
    place.change_arg(REDIS, "/data", "/tmp")


@causes("kind", f"{WORKER}: sink.url's database is claims, POSTGRES_DB is claim")
def other_database(place):
    place.set_env("StatefulSet/postgres", "POSTGRES_DB", "claim")


@causes("kind", "StatefulSet/postgres: readinessProbe asks for another database or user than claims and owner")
def probe_of_other_database(place):
    command = place.container("StatefulSet/postgres")["readinessProbe"]["exec"]["command"]
    command[command.index("claims")] = "claim"


@causes("kind", f"{SANDBOX}: --client-id is sandbox, where payer.aetna-sandbox and enroll want sandbox-client")
def client_id(place):
    place.change_arg(SANDBOX, "--client-id=sandbox-client", "--client-id=sandbox")


@causes("kind", f"{SANDBOX}: --redirect-uri is http://localhost:8080/callback, where payer.aetna-sandbox and enroll "
        "want http://localhost:8080/api/auth/smart/callback")
def redirect_uri(place):
    place.change_arg(SANDBOX, "--redirect-uri=http://localhost:8080/api/auth/smart/callback",
                     "--redirect-uri=http://localhost:8080/callback")


@causes("kind", f"{SANDBOX}: --public-url is https://sandbox, where payer.aetna-sandbox and enroll want "
        "https://sandbox:8443")
def public_url_of_sandbox(place):
    place.change_arg(SANDBOX, "--public-url=https://sandbox:8443", "--public-url=https://sandbox")


@causes("kind", f"{SANDBOX}: --client-secret-file is another Secret's than payer.aetna-sandbox.client_secret_file")
def other_client_secret(place):
    place.change_arg(SANDBOX, "--client-secret-file=/run/sandbox/payer/client.secret",
                     "--client-secret-file=/run/sandbox/tls/tls.key")


@causes("production", "worker.slotz is no key", by_program=True)
def setting_by_argument(place):
    place.container(WORKER)["args"] += ["--set", "worker.slotz=3"]


@causes("production", f"{SCHEMA}: claimferry refuses its arguments: --output", by_program=True)
def output_form(place):
    place.container(MIGRATE)["args"].insert(0, "--output=xml")


@causes("kind", f"{SANDBOX}: claimferry-sandbox refuses its arguments: Could not convert: --seed", by_program=True)
def seed(place):
    place.container(SANDBOX)["args"].append("--seed=one")


@causes("production", f"{MIGRATE}: needs ServiceAccount/claimferry, which 'apply -l claimferry-first=true' leaves out")
def account_later(place):
    del place.by_name["ServiceAccount/claimferry"]["metadata"]["labels"]["claimferry-first"]


@causes("production", f"{MIGRATE}: needs NetworkPolicy/postgres-clients, "
        "which 'apply -l claimferry-first=true' leaves out")
def policy_later(place):
    del place.by_name["NetworkPolicy/postgres-clients"]["metadata"]["labels"]["claimferry-first"]


@causes("kind", f"{MIGRATE}: needs ConfigMap/claimferry-migrate, which 'apply -l claimferry-first=true' leaves out")
def configuration_later(place):
    del place.by_name["ConfigMap/claimferry-migrate"]["metadata"]["labels"]["claimferry-first"]


@causes("production", f"{WORKER}: begins before the schema is there; 'apply -l claimferry-first=true' takes it along")
def worker_first(place):
    place.by_name[WORKER]["metadata"]["labels"]["claimferry-first"] = "true"


@causes("production", f"{MIGRATE}: mounts ConfigMap claimferry-config-6ct58987ht; "
        "a Job's template cannot follow its hash")
def hashed_name(place):
    place.by_name["ConfigMap/claimferry-migrate"]["metadata"]["name"] = "claimferry-config-6ct58987ht"
    place.volume(MIGRATE, "config")["configMap"]["name"] = "claimferry-config-6ct58987ht"


@causes("sandbox", "ConfigMap/claimferry-migrate: its claimferry.toml is another than that of "
        "ConfigMap/claimferry-config")
def configurations_apart(place):
    for name, document in place.by_name.items():
        if name.startswith("ConfigMap/claimferry-config-"):
            document["metadata"]["name"] = "claimferry-config"
    place.by_name["ConfigMap/claimferry-migrate"]["data"]["claimferry.toml"] += "\n"


@causes("production", f"{FUNCTIONS}: speaks to Redis as claimferry-operator, not as claimferry-scheduler")
def functions_by_operator(place):
    place.set_env(MIGRATE, "CLAIMFERRY_REDIS__USERNAME", "claimferry-operator", 1)


@causes("production", f"{FUNCTIONS}: redis.password_file is /run/claimferry/own/redis.password, which is not mounted")
def functions_without_password(place):
    place.volume(MIGRATE, "redis")["secret"]["items"] = [{"key": "redis.password", "path": "redis.pass"}]


@causes("production", f"{FUNCTIONS}: redis.ca_file is /run/claimferry/trust/redis-ca.pem, which is not mounted")
def functions_without_trust(place):
    mounts = place.container(MIGRATE, 1)["volumeMounts"]
    mounts.remove(next(mount for mount in mounts if mount["name"] == "trust"))


@causes("production", f"{FUNCTIONS}: redis.url is redis.example.com:6380, and no NetworkPolicy lets it out there")
def functions_shut_in(place):
    place.spec("NetworkPolicy/redis-clients")["podSelector"]["matchExpressions"][0]["values"].remove("migrate")


@causes("kind", f"StatefulSet/redis: no NetworkPolicy lets {MIGRATE} in for redis.url")
def functions_shut_out(place):
    place.spec("NetworkPolicy/redis")["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0][
        "values"].remove("migrate")


@causes("production", f"{MIGRATE}: needs NetworkPolicy/redis-clients, "
        "which 'apply -l claimferry-first=true' leaves out")
def redis_later(place):
    del place.by_name["NetworkPolicy/redis-clients"]["metadata"]["labels"]["claimferry-first"]


@causes("production", f"{WORKER}: is let out to 10.0.0.0/8 at 443, which no setting names")
def private_beside_payer(place):
    place.spec("NetworkPolicy/payer")["egress"][0]["to"].append({"ipBlock": {"cidr": "10.0.0.0/8"}})


@causes("production", "NetworkPolicy/payer: egress at a range of ports")
def range_of_ports(place):
    place.spec("NetworkPolicy/payer")["egress"][0]["ports"][0]["endPort"] = 65535
