#include "tests/sandbox/server/server.hpp"

#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/sandbox/server/session.hpp"

namespace claimferry::sandbox {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using namespace std::chrono_literals;

constexpr auto awaiting = asio::as_tuple(asio::use_awaitable);
// Where foreign next links lead when the payer's own port is on 127.0.0.1: another host to every
// client, and still ours to watch.
constexpr const char* foreign_address = "127.0.0.2";

tcp::endpoint parse_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(text.substr(0, colon), ec);
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  const bool digits = !port.empty() && port.size() <= 5 &&
                      port.find_first_not_of("0123456789") == std::string::npos;
  if (ec || !digits || std::stoul(port) > 65535) {
    throw std::runtime_error(text + " is not ADDRESS:PORT, such as 127.0.0.1:0");
  }
  return {address, static_cast<asio::ip::port_type>(std::stoul(port))};
}

tcp::acceptor listen_at(asio::io_context& io, const tcp::endpoint& endpoint) {
  try {
    return {io, endpoint};
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("cannot listen at " + endpoint.address().to_string() + ":" +
                             std::to_string(endpoint.port()) + ": " + error.code().message());
  }
}

std::string url_of(const char* scheme, const tcp::acceptor& acceptor) {
  const tcp::endpoint endpoint = acceptor.local_endpoint();
  const std::string address = endpoint.address().to_string();
  return std::string(scheme) + "://" +
         (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" +
         std::to_string(endpoint.port());
}

std::optional<asio::ssl::context> load_tls(const ServerOptions& options) {
  if (options.tls_cert.empty() != options.tls_key.empty()) {
    throw std::runtime_error("TLS wants both a certificate and a key");
  }
  if (options.tls_cert.empty()) {
    return std::nullopt;
  }
  std::optional<asio::ssl::context> tls(std::in_place, asio::ssl::context::tls_server);
  boost::system::error_code cert_ec;
  boost::system::error_code key_ec;
  tls->use_certificate_chain_file(options.tls_cert, cert_ec);
  tls->use_private_key_file(options.tls_key, asio::ssl::context::pem, key_ec);
  if (cert_ec || key_ec) {
    throw std::runtime_error("cannot use " + (cert_ec ? options.tls_cert : options.tls_key) +
                             " for TLS: " + (cert_ec ? cert_ec : key_ec).message());
  }
  return tls;
}

// Without a foreign listener the links lead nowhere, which a client must not notice either.
std::optional<tcp::acceptor> listen_foreign(asio::io_context& io, const tcp::acceptor& payer) {
  const tcp::endpoint own = payer.local_endpoint();
  if (own.address() != asio::ip::address_v4::loopback()) {
    return std::nullopt;
  }
  try {
    return tcp::acceptor(io, {asio::ip::make_address(foreign_address), own.port()});
  } catch (const boost::system::system_error&) {
    return std::nullopt;
  }
}

void report(std::exception_ptr error) {
  if (error == nullptr) {
    return;
  }
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "claimferry-sandbox: a connection ended: %s\n", exception.what());
  }
}

}  // namespace

struct Server::State {
  State(const ServerOptions& options, ModelOptions model_options)
      : tls(load_tls(options)),
        payer(listen_at(io, parse_endpoint(options.listen))),
        control(listen_at(io, parse_endpoint(options.control))),
        foreign(listen_foreign(io, payer)),
        listen_url(url_of(tls ? "https" : "http", payer)),
        control_url(url_of("http", control)),
        model(located(std::move(model_options), options.public_url)) {}

  ModelOptions located(ModelOptions model_options, const std::string& public_url) const {
    model_options.site.origin = public_url.empty() ? listen_url : public_url;
    model_options.site.foreign_origin =
        foreign ? url_of(tls ? "https" : "http", *foreign) : "https://foreign.invalid";
    return model_options;
  }

  asio::io_context io{1};
  std::optional<asio::ssl::context> tls;
  tcp::acceptor payer;
  tcp::acceptor control;
  std::optional<tcp::acceptor> foreign;
  std::string listen_url;
  std::string control_url;
  Model model;

  asio::awaitable<void> accept_payer(tcp::acceptor& acceptor, bool is_foreign);
  asio::awaitable<void> accept_control();
};

namespace {

// Out of file descriptors, most likely: they come back as connections end.
asio::awaitable<void> recover(tcp::acceptor& acceptor) {
  asio::steady_timer timer(acceptor.get_executor(), 100ms);
  co_await timer.async_wait(awaiting);
}

}  // namespace

asio::awaitable<void> Server::State::accept_payer(tcp::acceptor& acceptor, bool is_foreign) {
  for (;;) {
    auto [ec, socket] = co_await acceptor.async_accept(awaiting);
    if (ec) {
      co_await recover(acceptor);
      continue;
    }
    if (model.faults().down) {
      reset_connection(socket);
      continue;
    }
    socket.set_option(tcp::no_delay(true), ec);
    asio::ssl::context* context = tls ? &*tls : nullptr;
    asio::co_spawn(io, serve_payer(std::move(socket), context, model, is_foreign), report);
  }
}

asio::awaitable<void> Server::State::accept_control() {
  for (;;) {
    auto [ec, socket] = co_await control.async_accept(awaiting);
    if (ec) {
      co_await recover(control);
      continue;
    }
    asio::co_spawn(io, serve_control(std::move(socket), model), report);
  }
}

Server::Server(const ServerOptions& options, ModelOptions model)
    : state_(std::make_unique<State>(options, std::move(model))) {
  State& state = *state_;
  asio::co_spawn(state.io, state.accept_payer(state.payer, false), report);
  if (state.foreign) {
    asio::co_spawn(state.io, state.accept_payer(*state.foreign, true), report);
  }
  asio::co_spawn(state.io, state.accept_control(), report);
}

Server::~Server() = default;

const std::string& Server::listen_url() const noexcept {
  return state_->listen_url;
}

const std::string& Server::control_url() const noexcept {
  return state_->control_url;
}

void Server::run(bool with_signals) {
  asio::signal_set signals(state_->io);
  if (with_signals) {
    signals.add(SIGTERM);
    signals.add(SIGINT);
    signals.async_wait([this](boost::system::error_code ec, int) {
      if (!ec) {
        stop();
      }
    });
  }
  state_->io.run();
}

void Server::stop() {
  state_->io.stop();
}

}  // namespace claimferry::sandbox
