// BeastClient: http::Client over TCP and TLS with keep-alive pools by origin. Single-threaded: one
// a shard. Each send() writes at most once: a GET whose idle connection turned out dead is the
// caller's to send again; a POST always begins on a fresh connection, so that a dead idle one never
// makes a refresh uncertain.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/async/permits.hpp"
#include "common/http/byte_budget.hpp"
#include "common/http/client.hpp"
#include "common/http/connection.hpp"

namespace claimferry::http {

struct ClientOptions {
  std::uint64_t body_bytes_in_flight_max = 256ULL << 20U;
  // In use and idle. Who needs one more waits for its turn, up to its deadline: connect_failed.
  unsigned connections_per_origin_max = 64;
  std::size_t idle_connections_max = 64;  // of all origins
  Duration idle_for_max = std::chrono::seconds(50);
  // Trust anchors by Url::origin(); others are trusted by the system's.
  std::map<std::string, std::string> ca_files;
};

class BeastClient final : public Client {
 public:
  // Throws std::runtime_error when trust anchors cannot be read.
  BeastClient(Executor executor, const Clock& clock, ClientOptions options = {});
  ~BeastClient() override;

  awaitable<Result<Response>> send(Request request) override;
  const ByteBudget& budget() const noexcept { return budget_; }
  // Lets go of every socket. Before the io_context goes; this itself goes after it, because what
  // was cut off in the middle still gives its permits back here.
  void close();

 private:
  struct Idle {
    std::string origin;
    SteadyTime since;
    std::unique_ptr<Connection> connection;
  };
  awaitable<Result<Response>> send_to(Request request, Url url);
  std::shared_ptr<Permits> turns_at(const std::string& origin);
  std::optional<Idle> take_idle(const std::string& origin);
  void keep(Idle idle);
  void drop_idle_beyond(std::size_t count, const std::string& origin);
  void drop_idle_not_after(const Idle& stale);
  TlsContext* tls_for(const Url& url);

  Executor executor_;
  const Clock& clock_;
  ClientOptions options_;
  ByteBudget budget_;
  std::map<std::string, std::unique_ptr<TlsContext>> tls_by_ca_file_;
  std::vector<Idle> idle_;  // longest idle first
  // The connections in use by origin; origins are those of the configuration. Shared with who holds
  // a turn or waits for one: it may be cut off after this is gone.
  std::map<std::string, std::shared_ptr<Permits>> turns_;
};

}  // namespace claimferry::http
