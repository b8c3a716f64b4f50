#include "tests/integration/fleet.hpp"

#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include <boost/json.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace claimferry::integration {
namespace {

constexpr const char* client_id = "integration-client";
// For programs under a sanitizer on a busy machine; nothing waits so long when all is well.
constexpr auto patience = 60s;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

std::uint16_t free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  const bool bound =
      ::bind(descriptor, plain, size) == 0 && ::getsockname(descriptor, plain, &size) == 0;
  ::close(descriptor);
  if (!bound) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

std::string binary(const std::string& name) {
  const char* folder = std::getenv("CLAIMFERRY_BIN");
  if (folder == nullptr) {
    throw std::runtime_error("CLAIMFERRY_BIN names no folder of binaries");
  }
  return std::string(folder) + '/' + name;
}

Fleet::Fleet(FleetOptions options) : options_(std::move(options)) {
  write_file(directory() / "client_secret", "integration-secret\n");
  write_file(directory() / "our_client_secret", options_.our_client_secret + "\n");
}

void Fleet::start(const std::string& name, std::vector<std::string> command) {
  Streams streams;
  streams.out = directory() / (name + ".log");
  processes_[name] = std::make_unique<Process>(name, std::move(command), std::move(streams));
}

std::filesystem::path Fleet::ready_file(const std::string& name) const {
  return directory() / (name + ".ready");
}

std::string Fleet::wait_until_ready(const std::string& name) {
  const auto file = ready_file(name);
  Process& child = process(name);
  const bool ready =
      eventually(patience, [&] { return std::filesystem::exists(file) || !child.running(); });
  if (!ready || !child.running()) {
    throw std::runtime_error(name + " did not become ready:\n" + child.log_text());
  }
  return read_file(file);
}

void Fleet::start_redis() {
  const auto socket = (directory() / "redis.sock").string();
  start("redis",
        {"redis-server", "--port", "0", "--unixsocket", socket, "--dir", directory().string(),
         "--save", "", "--appendonly", "yes", "--maxmemory-policy", options_.eviction_policy});
  const bool up = eventually(patience, [&] {
    return !process("redis").running() ||
           (std::filesystem::exists(socket) && redis({"PING"}) == "PONG\n");
  });
  if (!up || !process("redis").running()) {
    throw std::runtime_error("redis did not start:\n" + process("redis").log_text());
  }
}

void Fleet::start_sandbox() {
  std::vector<std::string> command{binary("claimferry-sandbox"),
                                   "--listen",
                                   "127.0.0.1:0",
                                   "--control",
                                   "127.0.0.1:0",
                                   "--ready-file",
                                   ready_file("sandbox").string(),
                                   "--client-id",
                                   client_id,
                                   "--client-secret-file",
                                   (directory() / "client_secret").string()};
  if (options_.tls) {
    make_certificate();
    command.insert(command.end(), {"--tls-cert", (directory() / "cert.pem").string(), "--tls-key",
                                   (directory() / "key.pem").string()});
    options_.payer += "ca_file = \"" + (directory() / "cert.pem").string() + "\"\n";
  }
  start("sandbox", std::move(command));
  const std::string addresses = wait_until_ready("sandbox");
  listen_ = text_in(addresses, "listen");
  control_ = text_in(addresses, "control");
  write_config();
}

void Fleet::make_certificate() {
  const Output made = run(
      {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
       "-days", "1", "-subj", "/CN=sandbox", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
       (directory() / "key.pem").string(), "-out", (directory() / "cert.pem").string()});
  if (made.status != 0) {
    throw std::runtime_error("openssl could not make a certificate: " + made.errors);
  }
}

void Fleet::write_config() {
  const std::string root = directory().string();
  run({binary("claimferry"), "keys", "init", root + "/keys"});
  write_file(directory() / "api_keys", std::string("tests:") + api_key + "\n");
  const std::string port = std::to_string(free_port());
  const std::string authorize =
      options_.discovers
          ? ""
          : "authorize_url = \"" + listen_ + "/fhirdemo/v1/fhirserver_auth/oauth2/authorize\"\n";
  const std::string sink_lines = options_.sink.empty()
                                     ? "kind = \"sqlite\"\npath = \"" + sink().string() + "\"\n"
                                     : options_.sink + "[audit]\npath = \"" + root + "/audit\"\n";
  const std::string redis_lines =
      options_.redis.empty() ? "url = \"unix://" + root + "/redis.sock\"\n" : options_.redis;
  write_file(config_file(),
             "[redis]\n" + redis_lines + "[queue]\n" + options_.queue + "[worker]\n" +
                 options_.worker + "[scheduler]\n" + options_.scheduler + "[sink]\n" + sink_lines +
                 "[vault]\nkey_file = \"" + root +
                 "/keys\"\n[telemetry]\nadmin_listen = \"127.0.0.1:0\"\nlog_level = \"" +
                 options_.log_level + "\"\n[payer.aetna-sandbox]\nauth_root = \"" + listen_ +
                 "/fhirdemo\"\nresource_base = \"" + listen_ +
                 "/fhirdemo/v2/patientaccess\"\ntoken_url = \"" + listen_ +
                 "/fhirdemo/v1/fhirserver_auth/oauth2/token\"\n" + authorize + "skin = \"" +
                 options_.skin + "\"\nclient_id = \"" + client_id + "\"\nclient_secret_file = \"" +
                 root + "/our_client_secret\"\n" + options_.payer +
                 "[enroll]\nlisten = \"127.0.0.1:" + port +
                 "\"\npublic_url = \"http://127.0.0.1:" + port + "\"\napi_key_file = \"" + root +
                 "/api_keys\"\norganisation = \"Integration & Sons\"\npolicy_version = \"7\"\n" +
                 "return_to_allow = [\"http://127.0.0.1:1/app/\"]\n" + options_.enroll);
}

void Fleet::launch(const std::string& name) {
  std::filesystem::remove(ready_file(name));
  std::string program = "claimferry-worker";
  for (const char* other : {"scheduler", "enroll"}) {
    if (name.starts_with(other)) {
      program = std::string("claimferry-") + other;
    }
  }
  std::vector<std::string> command{binary(program), "--config", config_file(), "--ready-file",
                                   ready_file(name).string()};
  for (std::string& word : as_user(program.substr(program.find('-') + 1))) {
    command.push_back(std::move(word));
  }
  start(name, std::move(command));
}

std::vector<std::string> Fleet::as_user(const std::string& role) const {
  if (options_.redis_users.empty()) {
    return {};
  }
  return {"--set", "redis.username=claimferry-" + role, "--set",
          "redis.password_file=" + options_.redis_users + "/" + role + ".password"};
}

void Fleet::start_scheduler(const std::string& name) {
  launch(name);
  wait_until_ready(name);
}

void Fleet::start_worker(const std::string& name) {
  launch(name);
  wait_until_ready(name);
}

// Browsers must know its port before it listens; another process may take it in between.
std::string Fleet::start_enroll() {
  constexpr unsigned tries_max = 5;
  for (unsigned tries = 1;; ++tries) {
    launch("enroll");
    try {
      return text_in(wait_until_ready("enroll"), "enroll");
    } catch (const std::runtime_error& error) {
      const bool was_taken =
          std::string_view(error.what()).find("cannot listen") != std::string::npos;
      if (!was_taken || tries == tries_max) {
        throw;
      }
      write_config();
    }
  }
}

void Fleet::start_all_but_workers() {
  if (options_.redis.empty()) {
    start_redis();
  }
  start_sandbox();
  start_scheduler();
}

Output Fleet::cli(std::vector<std::string> words, const std::string& input) {
  std::vector<std::string> command{binary("claimferry"), "--config", config_file()};
  for (std::string& word : as_user("worker")) {
    command.push_back(std::move(word));
  }
  command.insert(command.end(), words.begin(), words.end());
  return run(command, input);
}

int Fleet::wait_for_end(const std::string& name) {
  const auto status = process(name).wait(patience);
  if (!status) {
    throw std::runtime_error(name + " did not end:\n" + process(name).log_text());
  }
  return *status;
}

int Fleet::stop(const std::string& name, int signal) {
  process(name).signal(signal);
  const int status = wait_for_end(name);
  processes_.erase(name);
  return status;
}

void Fleet::pause_between_writes(const std::string& name) {
  Process& child = process(name);
  // Long enough for the other writers' transactions; the paused one's would never end.
  const std::vector<std::string> take_lock{"sqlite3", "-cmd", ".timeout 500", sink().string(),
                                           "BEGIN IMMEDIATE; ROLLBACK;"};
  const bool paused = eventually(patience, [&] {
    child.signal(SIGSTOP);
    const bool unlocked =
        eventually(patience, [&] { return child.stopped(); }) && run(take_lock).status == 0;
    if (!unlocked) {
      child.signal(SIGCONT);
    }
    return unlocked;
  });
  if (!paused) {
    throw std::runtime_error(name + " never stood between two writes");
  }
}

void Fleet::add_members(unsigned count, unsigned eobs, const std::vector<std::string>& options) {
  const std::string members = control(
      "POST", "/v1/members",
      "{\"count\":" + std::to_string(count) + ",\"seed\":7,\"eobs\":" + std::to_string(eobs) + "}");
  std::vector<std::string> words = options;
  words.insert(words.end(), {"member", "add", "--payer", "aetna-sandbox", "--from", "-"});
  const Output added = cli(std::move(words), members);
  if (added.status != 0) {
    throw std::runtime_error("member add failed: " + added.text + added.errors);
  }
}

std::string Fleet::redis(const std::vector<std::string>& command) {
  std::vector<std::string> words{"redis-cli", "-s", (directory() / "redis.sock").string()};
  if (options_.redis_cli) {
    words = options_.redis_cli();
  }
  words.insert(words.end(), command.begin(), command.end());
  return run(words).text;
}

std::vector<JobFields> Fleet::jobs(const std::string& state) {
  // One look at all of them: each its key, then its fields and values.
  const std::string root = "cf:{0}:job:";
  const auto lines = lines_of(redis({"EVAL",
                                     "local all = {} for _, key in ipairs(redis.call('KEYS', "
                                     "ARGV[1] .. '*')) do all[#all + 1] = key for _, text in "
                                     "ipairs(redis.call('HGETALL', key)) do all[#all + 1] = text "
                                     "end end return all",
                                     "0", root}));
  std::vector<JobFields> found;
  for (std::size_t at = 0; at < lines.size();) {
    if (lines[at].starts_with(root)) {
      found.emplace_back();
      ++at;
    } else {
      found.back()[lines.at(at)] = lines.at(at + 1);
      at += 2;
    }
  }
  std::erase_if(found, [&](const JobFields& job) { return job.at("state") != state; });
  return found;
}

bool Fleet::wait_for_jobs(const std::string& set, long count) {
  const std::string wanted = std::to_string(count) + "\n";
  return eventually(patience, [&] { return redis({"ZCARD", "cf:{0}:" + set}) == wanted; });
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

long Fleet::violation(const std::string& name) {
  return number_in(control("GET", "/v1/violations"), name);
}

Answer Fleet::admin(const std::string& name, const std::string& path) {
  return ask("GET", text_in(read_file(ready_file(name)), "admin") + path);
}

std::string Fleet::query(const std::string& sql) {
  const Output answer = run({"sqlite3", sink().string(), sql});
  if (answer.status != 0) {
    throw std::runtime_error("the sink cannot be asked: " + answer.errors);
  }
  return answer.text;
}

std::string Fleet::judgement(const std::string& sink_of_kind) {
  std::string where = sink_of_kind.empty() ? options_.judged : sink_of_kind;
  where = where.empty() ? "sqlite:" + sink().string() : where;
  const Output judged = run(
      {binary("claimferry-sandbox"), "verify", "--sink", where, "--control", control_, "--json"});
  boost::system::error_code ec;
  const auto said = boost::json::parse(judged.text, ec);
  const auto* const clean =
      !ec && said.is_object() ? said.as_object().if_contains("clean") : nullptr;
  // A judge that could not judge must never pass for a clean verdict.
  if (clean == nullptr || !clean->is_bool() || clean->get_bool() != (judged.status == 0)) {
    throw std::runtime_error("there is no verdict, status " + std::to_string(judged.status) + ": " +
                             judged.text + judged.errors);
  }
  return judged.text;
}

std::string Fleet::verdict(const std::string& sink_of_kind) {
  const std::string said = judgement(sink_of_kind);
  return boost::json::parse(said).at("clean").as_bool() ? "" : said;
}

std::string Fleet::logs() {
  std::string text;
  for (const auto& [name, child] : processes_) {
    text += "---- " + name + "\n" + child->log_text();
  }
  return text;
}

}  // namespace claimferry::integration
