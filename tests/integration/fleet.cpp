#include "tests/integration/fleet.hpp"

#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace claimferry::integration {
namespace {

constexpr const char* client_id = "integration-client";

}  // namespace

Fleet::Fleet(FleetOptions options) : options_(std::move(options)) {
  write_file(directory_.path() / "client_secret", "integration-secret\n");
  write_file(directory_.path() / "our_client_secret", options_.our_client_secret + "\n");
}

std::string Fleet::binary(const std::string& name) const {
  const char* folder = std::getenv("CLAIMFERRY_BIN");
  if (folder == nullptr) {
    throw std::runtime_error("CLAIMFERRY_BIN names no folder of binaries");
  }
  return std::string(folder) + '/' + name;
}

void Fleet::start(const std::string& name, std::vector<std::string> command) {
  processes_[name] =
      std::make_unique<Process>(name, std::move(command), directory_.path() / (name + ".log"));
}

std::string Fleet::wait_ready(const std::string& name, const std::filesystem::path& ready_file) {
  Process& child = process(name);
  const bool ready =
      eventually(20s, [&] { return std::filesystem::exists(ready_file) || !child.running(); });
  if (!ready || !child.running()) {
    throw std::runtime_error(name + " did not become ready:\n" + child.log_text());
  }
  return read_file(ready_file);
}

void Fleet::start_redis() {
  const auto socket = (directory_.path() / "redis.sock").string();
  start("redis",
        {"redis-server", "--port", "0", "--unixsocket", socket, "--dir", directory_.path().string(),
         "--save", "", "--appendonly", "yes", "--maxmemory-policy", options_.eviction_policy});
  const bool up = eventually(
      10s, [&] { return std::filesystem::exists(socket) && redis({"PING"}) == "PONG\n"; });
  if (!up) {
    throw std::runtime_error("redis did not start:\n" + process("redis").log_text());
  }
}

void Fleet::start_sandbox() {
  const auto ready = directory_.path() / "sandbox.ready";
  std::vector<std::string> command{binary("claimferry-sandbox"),
                                   "--listen",
                                   "127.0.0.1:0",
                                   "--control",
                                   "127.0.0.1:0",
                                   "--ready-file",
                                   ready.string(),
                                   "--client-id",
                                   client_id,
                                   "--client-secret-file",
                                   (directory_.path() / "client_secret").string()};
  if (options_.tls) {
    make_certificate();
    command.insert(command.end(), {"--tls-cert", (directory_.path() / "cert.pem").string(),
                                   "--tls-key", (directory_.path() / "key.pem").string()});
    options_.payer += "ca_file = \"" + (directory_.path() / "cert.pem").string() + "\"\n";
  }
  start("sandbox", std::move(command));
  const std::string addresses = wait_ready("sandbox", ready);
  listen_ = text_in(addresses, "listen");
  control_ = text_in(addresses, "control");
  write_config();
}

void Fleet::make_certificate() {
  const Output made =
      run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
           "-nodes", "-days", "1", "-subj", "/CN=sandbox", "-addext", "subjectAltName=IP:127.0.0.1",
           "-keyout", (directory_.path() / "key.pem").string(), "-out",
           (directory_.path() / "cert.pem").string()});
  if (made.status != 0) {
    throw std::runtime_error("openssl could not make a certificate");
  }
}

void Fleet::write_config() {
  const std::string root = directory_.path().string();
  run({binary("claimferry"), "keys", "init", root + "/keys"});
  write_file(directory_.path() / "claimferry.toml",
             "[redis]\nurl = \"unix://" + root + "/redis.sock\"\n[queue]\n" + options_.queue +
                 "[worker]\n" + options_.worker + "[sink]\nkind = \"sqlite\"\npath = \"" + root +
                 "/claims.db\"\n[vault]\nkey_file = \"" + root +
                 "/keys\"\n[telemetry]\nadmin_listen = \"127.0.0.1:0\"\n[payer.aetna-sandbox]\n" +
                 "auth_root = \"" + listen_ + "/fhirdemo\"\nresource_base = \"" + listen_ +
                 "/fhirdemo/v2/patientaccess\"\ntoken_url = \"" + listen_ +
                 "/fhirdemo/v1/fhirserver_auth/oauth2/token\"\nauthorize_url = \"" + listen_ +
                 "/fhirdemo/v1/fhirserver_auth/oauth2/authorize\"\nclient_id = \"" + client_id +
                 "\"\nclient_secret_file = \"" + root + "/our_client_secret\"\n" + options_.payer);
}

void Fleet::start_scheduler() {
  const auto ready = directory_.path() / "scheduler.ready";
  std::filesystem::remove(ready);
  start("scheduler",
        {binary("claimferry-scheduler"), "--config",
         (directory_.path() / "claimferry.toml").string(), "--ready-file", ready.string()});
  wait_ready("scheduler", ready);
}

void Fleet::launch_worker(const std::string& name) {
  const auto ready = directory_.path() / (name + ".ready");
  std::filesystem::remove(ready);
  start(name, {binary("claimferry-worker"), "--config",
               (directory_.path() / "claimferry.toml").string(), "--ready-file", ready.string()});
}

void Fleet::start_worker(const std::string& name) {
  launch_worker(name);
  wait_ready(name, directory_.path() / (name + ".ready"));
}

Output Fleet::cli(std::vector<std::string> words, const std::string& input) {
  std::vector<std::string> command{binary("claimferry"), "--config",
                                   (directory_.path() / "claimferry.toml").string()};
  command.insert(command.end(), words.begin(), words.end());
  return run(command, input);
}

int Fleet::wait_for_end(const std::string& name) {
  const auto status = process(name).wait(30s);
  if (!status) {
    throw std::runtime_error(name + " did not end:\n" + process(name).log_text());
  }
  return *status;
}

int Fleet::stop(const std::string& name, int signal) {
  Process& child = process(name);
  child.signal(signal);
  const auto status = child.wait(40s);
  if (!status) {
    throw std::runtime_error(name + " did not end:\n" + child.log_text());
  }
  processes_.erase(name);
  return *status;
}

void Fleet::add_members(unsigned count, unsigned eobs) {
  const std::string members = control(
      "POST", "/v1/members",
      "{\"count\":" + std::to_string(count) + ",\"seed\":7,\"eobs\":" + std::to_string(eobs) + "}");
  const Output added =
      run({binary("claimferry"), "--config", (directory_.path() / "claimferry.toml").string(),
           "member", "add", "--payer", "aetna-sandbox", "--from", "-"},
          members);
  if (added.status != 0) {
    throw std::runtime_error("member add failed: " + added.text);
  }
}

std::string Fleet::redis(const std::vector<std::string>& command) {
  std::vector<std::string> words{"redis-cli", "-s", (directory_.path() / "redis.sock").string()};
  words.insert(words.end(), command.begin(), command.end());
  return run(words).text;
}

long Fleet::members_synced() {
  return std::strtol(redis({"ZCARD", "cf:{0}:lastok"}).c_str(), nullptr, 10);
}

bool Fleet::wait_until_synced(unsigned members, std::chrono::milliseconds at_most) {
  return eventually(at_most, [&] { return members_synced() >= static_cast<long>(members); });
}

std::string Fleet::control(const std::string& method, const std::string& path,
                           const std::string& body) {
  return http(method, control_ + path, body);
}

long Fleet::pages_served() {
  return number_in(control("GET", "/v1/violations"), "pages");
}

std::string Fleet::metrics(const std::string& name) {
  const std::string ready = read_file(directory_.path() / (name + ".ready"));
  return http("GET", text_in(ready, "admin") + "/metrics");
}

std::string Fleet::verdict() {
  const Output judged = run({binary("claimferry-sandbox"), "verify", "--sink",
                             "sqlite:" + (directory_.path() / "claims.db").string(), "--control",
                             control_, "--json"});
  return judged.status == 0 ? "" : judged.text;
}

std::string Fleet::logs() {
  std::string text;
  for (const auto& [name, child] : processes_) {
    text += "---- " + name + "\n" + child->log_text();
  }
  return text;
}

}  // namespace claimferry::integration
