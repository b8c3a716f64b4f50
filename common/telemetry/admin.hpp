// Admin: the port that Prometheus and Kubernetes ask: /metrics, /livez, /readyz, /startupz. It has
// a thread of its own, so that it answers also when an event loop hangs: that is what /livez tells.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>

#include "common/http/server.hpp"
#include "common/telemetry/event.hpp"

namespace claimferry::telemetry {

struct Probes {
  std::function<std::string()> metrics;
  // Empty: all is well; else the reason, one line. Called on the admin thread.
  std::function<std::string()> why_not_live;
  std::function<std::string()> why_not_ready;
  Observer* observer = nullptr;  // told of what they throw
};

class Admin {
 public:
  // Throws std::runtime_error when it cannot listen.
  Admin(const std::string& listen, Probes probes);
  ~Admin();

  std::string url() const { return server_->url(); }
  // From here on /startupz says yes.
  void set_started() noexcept { started_ = true; }

 private:
  awaitable<http::Page> respond(http::ServerRequest request);
  http::Page answer(std::string_view path) const;

  Probes probes_;
  std::atomic<bool> started_{false};  // written by main, read by the admin thread
  boost::asio::io_context io_;
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
};

}  // namespace claimferry::telemetry
