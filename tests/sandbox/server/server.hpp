// The model on sockets: one thread, one payer port (plain or TLS) and one control port. Reads
// requests, asks the model, and does to each answer what its transport says.
#pragma once

#include <memory>
#include <string>

#include "tests/sandbox/model/model.hpp"

namespace claimferry::sandbox {

struct ServerOptions {
  std::string listen = "127.0.0.1:0";  // port 0: a free one
  std::string control = "127.0.0.1:0";
  std::string tls_cert;  // PEM files; both or neither
  std::string tls_key;
  std::string public_url;  // as clients name the payer's origin; empty: as it listens
};

class Server {
 public:
  // Listens at once; throws std::runtime_error that says which address or file is at fault. The
  // model's site is the server's to set.
  Server(const ServerOptions& options, ModelOptions model);
  ~Server();

  const std::string& listen_url() const noexcept;
  const std::string& control_url() const noexcept;

  // Until stop(), which may be called from any thread; with signals, also until SIGTERM or SIGINT.
  void run(bool with_signals);
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace claimferry::sandbox
