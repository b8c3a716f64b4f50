// RedisServers: several Redis processes for one test, as people run them: with TLS and the users of
// deploy/redis, behind sentinels, as a cluster. On free loopback ports in a private directory.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/process.hpp"

namespace claimferry::integration {

class RedisServers {
 public:
  // A CA, and certificates that it signed: "server" (127.0.0.1 and localhost), "client",
  // "elsewhere" (another host), "expired"; and "stranger", a CA of its own, which signed "renewed"
  // (of the server's hosts).
  void make_certificates();
  std::string certificate(const std::string& name) const { return file(name + ".pem"); }
  std::string key(const std::string& name) const { return file(name + ".key"); }
  // The users of deploy/redis/users.acl by the steps of its README, each with a password file
  // "worker.password", …, and "admin". Answers the ACL file.
  std::string make_users();

  // Starts and waits until it answers PING; answers its port. Throws with its log when it does not.
  std::uint16_t start(const std::string& name, const std::vector<std::string>& settings = {});
  // Likewise, on TLS alone, with that certificate; clients need one, too.
  std::uint16_t start_tls(const std::string& name, const std::string& certificate,
                          const std::vector<std::string>& settings = {});
  // Three that watch the master on that port; their password is `sentinel_password`. Returns when
  // each knows its replica and the other two.
  std::vector<std::uint16_t> start_sentinels(std::uint16_t master);
  // One, over TLS as its master.
  std::uint16_t start_tls_sentinel(std::uint16_t master);
  static constexpr auto sentinel_password = "sentinels-only";
  // "one" to "three", each a master; and "spare", a replica of the one that serves the queue.
  void start_cluster();
  // Likewise, on TLS alone, among the nodes, too. Wants the certificates.
  void start_tls_cluster();

  std::string ask(std::uint16_t port, const std::vector<std::string>& words);
  std::uint16_t port(const std::string& name) const { return ports_.at(name); }
  // Of a cluster: who serves the queue now; empty while nobody says so.
  std::string owner();
  // redis-cli to it, once there is one.
  std::vector<std::string> owners_cli();
  Process& process(const std::string& name) { return *processes_.at(name); }
  void kill(const std::string& name);
  bool runs(const std::string& name) const { return processes_.contains(name); }
  std::string file(const std::string& name) const { return (directory_.path() / name).string(); }
  std::string logs();

 private:
  std::vector<std::string> cli() const;  // redis-cli, as it comes to the cluster's nodes
  void join_cluster();
  void sign(const std::string& name, const std::string& alternative_names,
            const std::string& begins, const std::string& ends, const std::string& signer = "ca");
  std::uint16_t port_of(const std::string& name);
  void launch(const std::string& name, const std::vector<std::string>& command);
  void wait_for(const std::string& name, const std::vector<std::string>& cli);

  TemporaryDirectory directory_;
  std::map<std::string, std::uint16_t> ports_;
  std::map<std::string, std::unique_ptr<Process>> processes_;
  bool is_tls_cluster_ = false;
};

}  // namespace claimferry::integration
