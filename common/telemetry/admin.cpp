#include "common/telemetry/admin.hpp"

#include "common/base/thread_name.hpp"

namespace claimferry::telemetry {
namespace {

http::Page plain(unsigned status, std::string text) {
  return {status, "text/plain; charset=utf-8", std::move(text)};
}

http::Page health(const std::string& why_not) {
  return why_not.empty() ? plain(200, "ok\n") : plain(503, why_not + "\n");
}

}  // namespace

Admin::Admin(const std::string& listen, Probes probes) : probes_(std::move(probes)) {
  http::ServerOptions options;
  options.on_throw = [this](const std::string& type) {
    if (probes_.observer != nullptr) {
      probes_.observer->on(HandlerThrew{"admin", type});
    }
  };
  server_ = std::make_unique<http::Server>(
      executor_of(io_), listen,
      [this](http::ServerRequest request) -> awaitable<http::Page> {
        return respond(std::move(request));
      },
      std::move(options));
  thread_ = std::thread([this] {
    name_this_thread("admin");
    io_.run();
  });
}

Admin::~Admin() {
  io_.stop();
  thread_.join();
}

awaitable<http::Page> Admin::respond(http::ServerRequest request) {
  if (request.method != "GET") {
    co_return plain(405, "only GET\n");
  }
  co_return answer(request.path);
}

http::Page Admin::answer(std::string_view path) const {
  if (path == "/metrics") {
    return {200, "text/plain; version=0.0.4; charset=utf-8", probes_.metrics()};
  }
  if (path == "/livez") {
    return health(probes_.why_not_live());
  }
  if (path == "/readyz") {
    return health(started_ ? probes_.why_not_ready() : "starting");
  }
  if (path == "/startupz") {
    return health(started_ ? "" : "starting");
  }
  return plain(404, "/metrics /livez /readyz /startupz\n");
}

}  // namespace claimferry::telemetry
