#include "tests/integration/redis_servers.hpp"

#include <csignal>
#include <cstdlib>
#include <regex>
#include <stdexcept>

#include "tests/integration/fleet.hpp"

namespace claimferry::integration {
namespace {

constexpr auto patience = 30s;

void must(const std::vector<std::string>& command) {
  const Output done = run(command);
  if (done.status != 0) {
    throw std::runtime_error(command.front() + " failed: " + done.text + done.errors);
  }
}

std::string tree_file(const std::string& path) {
  const char* source = std::getenv("CLAIMFERRY_SOURCE");
  return read_file(std::filesystem::path(source == nullptr ? "." : source) / path);
}

std::string trimmed(std::string text) {
  text.resize(text.find_last_not_of(" \r\n") + 1);
  return text;
}

std::vector<std::string> cluster_node() {
  return {"--cluster-enabled",        "yes", "--cluster-node-timeout", "1000", "--cluster-port",
          std::to_string(free_port())};
}

}  // namespace

void RedisServers::make_certificates() {
  write_file(file("index.txt"), "");
  write_file(file("ca.conf"), "[ca]\ndefault_ca = own\n[own]\ndatabase = " + file("index.txt") +
                                  "\nnew_certs_dir = " + directory_.path().string() +
                                  "\nrand_serial = yes\ndefault_md = sha256\nunique_subject = no\n"
                                  "policy = any\ncopy_extensions = copy\n[any]\n"
                                  "commonName = supplied\n");
  for (const char* name : {"ca", "stranger"}) {
    must({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
          "-nodes", "-days", "2", "-subj", std::string("/CN=") + name, "-keyout", key(name), "-out",
          certificate(name)});
  }
  const std::string here = "IP:127.0.0.1,DNS:localhost";
  const std::string long_ago = "20200101000000Z";
  const std::string far_off = "20980101000000Z";
  sign("server", here, long_ago, far_off);
  sign("client", "DNS:claimferry", long_ago, far_off);
  sign("elsewhere", "DNS:redis.elsewhere.example", long_ago, far_off);
  sign("expired", here, long_ago, "20200102000000Z");
  sign("renewed", here, long_ago, far_off, "stranger");
}

void RedisServers::sign(const std::string& name, const std::string& alternative_names,
                        const std::string& begins, const std::string& ends,
                        const std::string& signer) {
  must({"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
        "/CN=" + name, "-addext", "subjectAltName=" + alternative_names, "-keyout", key(name),
        "-out", file(name + ".csr")});
  must({"openssl", "ca", "-batch", "-notext", "-config", file("ca.conf"), "-cert",
        certificate(signer), "-keyfile", key(signer), "-startdate", begins, "-enddate", ends, "-in",
        file(name + ".csr"), "-out", certificate(name)});
}

std::string RedisServers::make_users() {
  const std::string page = tree_file("deploy/redis/README.md");
  const auto begin = page.find("```\n") + 4;
  const std::string acl = file("claimferry.acl");
  const std::string steps =
      std::regex_replace(page.substr(begin, page.find("```\n", begin) - begin),
                         std::regex("/etc/redis/claimferry.acl"), acl);
  write_file(file("users.acl"), tree_file("deploy/redis/users.acl"));
  must({"sh", "-e", "-c", "cd '" + directory_.path().string() + "'\n" + steps});
  write_file(acl, read_file(acl) + "user admin on >admin ~* &* +@all\n");
  return acl;
}

void RedisServers::launch(const std::string& name, const std::vector<std::string>& command) {
  Streams streams;
  streams.out = file(name + ".log");
  processes_[name] = std::make_unique<Process>(name, command, std::move(streams));
}

void RedisServers::wait_for(const std::string& name, const std::vector<std::string>& cli) {
  auto ping = cli;
  ping.emplace_back("PING");
  // Any answer of a server does: NOAUTH is one.
  const bool up = eventually(patience, [&] {
    const Output said = run(ping);
    return !process(name).running() || said.text == "PONG\n" ||
           said.text.find("NOAUTH") != std::string::npos;
  });
  if (!up || !process(name).running()) {
    throw std::runtime_error(name + " did not start:\n" + process(name).log_text());
  }
}

// The same over restarts.
std::uint16_t RedisServers::port_of(const std::string& name) {
  if (!ports_.contains(name)) {
    ports_[name] = free_port();
  }
  return ports_[name];
}

std::uint16_t RedisServers::start(const std::string& name,
                                  const std::vector<std::string>& settings) {
  const std::uint16_t port = port_of(name);
  const std::string folder = file(name + ".d");
  std::filesystem::create_directories(folder);
  std::vector<std::string> command{"redis-server",
                                   "--bind",
                                   "127.0.0.1",
                                   "--port",
                                   std::to_string(port),
                                   "--dir",
                                   folder,
                                   "--save",
                                   "",
                                   "--appendonly",
                                   "yes",
                                   "--maxmemory-policy",
                                   "noeviction",
                                   "--repl-diskless-sync-delay",
                                   "0"};
  command.insert(command.end(), settings.begin(), settings.end());
  launch(name, command);
  wait_for(name, {"redis-cli", "-p", std::to_string(port)});
  return port;
}

std::uint16_t RedisServers::start_tls(const std::string& name, const std::string& certificate_name,
                                      const std::vector<std::string>& settings) {
  const std::uint16_t port = port_of(name);
  const std::string folder = file(name + ".d");
  std::filesystem::create_directories(folder);
  std::vector<std::string> command{"redis-server",
                                   "--bind",
                                   "127.0.0.1",
                                   "--port",
                                   "0",
                                   "--tls-port",
                                   std::to_string(port),
                                   "--tls-cert-file",
                                   certificate(certificate_name),
                                   "--tls-key-file",
                                   key(certificate_name),
                                   "--tls-ca-cert-file",
                                   certificate("ca"),
                                   "--dir",
                                   folder,
                                   "--save",
                                   "",
                                   "--maxmemory-policy",
                                   "noeviction"};
  command.insert(command.end(), settings.begin(), settings.end());
  launch(name, command);
  wait_for(name, {"redis-cli", "-p", std::to_string(port), "--tls", "--insecure", "--cert",
                  certificate("client"), "--key", key("client")});
  return port;
}

std::vector<std::uint16_t> RedisServers::start_sentinels(std::uint16_t master) {
  const std::string password = sentinel_password;
  std::vector<std::uint16_t> all;
  for (const char* name : {"sentinel-1", "sentinel-2", "sentinel-3"}) {
    const std::uint16_t port = port_of(name);
    write_file(file(std::string(name) + ".conf"),
               "port " + std::to_string(port) + "\nbind 127.0.0.1\ndir " +
                   directory_.path().string() + "\nrequirepass " + password +
                   "\nsentinel sentinel-pass " + password +
                   "\nsentinel monitor claimferry 127.0.0.1 " + std::to_string(master) +
                   " 2\nsentinel down-after-milliseconds claimferry 1000\n"
                   "sentinel failover-timeout claimferry 5000\n");
    launch(name, {"redis-server", file(std::string(name) + ".conf"), "--sentinel"});
    wait_for(name, {"redis-cli", "-p", std::to_string(port)});
    all.push_back(port);
  }
  for (const std::uint16_t port : all) {
    const bool settled = eventually(patience, [&] {
      const std::string seen = run({"redis-cli", "--no-auth-warning", "-a", password, "-p",
                                    std::to_string(port), "INFO", "sentinel"})
                                   .text;
      return seen.find("slaves=1,sentinels=3") != std::string::npos;
    });
    if (!settled) {
      throw std::runtime_error("the sentinels do not know each other:\n" + logs());
    }
  }
  return all;
}

std::uint16_t RedisServers::start_tls_sentinel(std::uint16_t master) {
  const std::uint16_t port = port_of("sentinel");
  write_file(file("sentinel.conf"),
             "port 0\ntls-port " + std::to_string(port) + "\nbind 127.0.0.1\ntls-replication yes" +
                 "\ntls-cert-file " + certificate("server") + "\ntls-key-file " + key("server") +
                 "\ntls-ca-cert-file " + certificate("ca") + "\ndir " + directory_.path().string() +
                 "\nsentinel monitor claimferry 127.0.0.1 " + std::to_string(master) + " 1\n");
  launch("sentinel", {"redis-server", file("sentinel.conf"), "--sentinel"});
  wait_for("sentinel", {"redis-cli", "-p", std::to_string(port), "--tls", "--insecure", "--cert",
                        certificate("client"), "--key", key("client")});
  return port;
}

void RedisServers::start_cluster() {
  for (const char* name : {"one", "two", "three", "spare"}) {
    start(name, cluster_node());
  }
  join_cluster();
}

void RedisServers::start_tls_cluster() {
  is_tls_cluster_ = true;
  for (const char* name : {"one", "two", "three", "spare"}) {
    std::vector<std::string> settings = cluster_node();
    settings.insert(settings.end(), {"--tls-cluster", "yes", "--tls-replication", "yes"});
    start_tls(name, "server", settings);
  }
  join_cluster();
}

std::vector<std::string> RedisServers::cli() const {
  if (!is_tls_cluster_) {
    return {"redis-cli"};
  }
  return {"redis-cli",           "--tls", "--cacert",   certificate("ca"), "--cert",
          certificate("client"), "--key", key("client")};
}

void RedisServers::join_cluster() {
  auto create = cli();
  create.insert(create.end(), {"--cluster", "create"});
  for (const char* name : {"one", "two", "three"}) {
    create.push_back("127.0.0.1:" + std::to_string(port(name)));
  }
  create.emplace_back("--cluster-yes");
  must(create);
  const auto settled = [this] { return !owner().empty(); };
  if (!eventually(patience, settled)) {
    throw std::runtime_error("the cluster does not settle:\n" + logs());
  }
  const std::uint16_t master = port(owner());
  auto add = cli();
  add.insert(add.end(), {"--cluster", "add-node", "127.0.0.1:" + std::to_string(port("spare")),
                         "127.0.0.1:" + std::to_string(master), "--cluster-slave",
                         "--cluster-master-id", trimmed(ask(master, {"CLUSTER", "MYID"}))});
  must(add);
  const bool follows = eventually(patience, [&] {
    return ask(port("spare"), {"INFO", "replication"}).find("master_link_status:up") !=
           std::string::npos;
  });
  if (!follows) {
    throw std::runtime_error("the replica does not follow:\n" + logs());
  }
}

std::string RedisServers::ask(std::uint16_t port, const std::vector<std::string>& words) {
  auto command = cli();
  command.insert(command.end(), {"-p", std::to_string(port)});
  command.insert(command.end(), words.begin(), words.end());
  return run(command).text;
}

std::string RedisServers::owner() {
  for (const auto& [name, child] : processes_) {
    const std::string said = ask(port(name), {"EXISTS", "cf:{0}"});
    if (said == "0\n" || said == "1\n") {
      return name;
    }
  }
  return "";
}

std::vector<std::string> RedisServers::owners_cli() {
  std::string name;
  eventually(patience, [&] { return !(name = owner()).empty(); });
  auto command = cli();
  command.insert(command.end(), {"-p", std::to_string(port(name))});
  return command;
}

void RedisServers::kill(const std::string& name) {
  process(name).signal(SIGKILL);
  process(name).wait(patience);
  processes_.erase(name);
}

std::string RedisServers::logs() {
  std::string text;
  for (const auto& [name, child] : processes_) {
    text += "---- " + name + "\n" + child->log_text();
  }
  return text;
}

}  // namespace claimferry::integration
