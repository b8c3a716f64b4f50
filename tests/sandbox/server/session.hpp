// One connection, payer's or control's, over TCP or TLS. The only unit of the sandbox that
// includes Beast is the one that implements this.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "tests/sandbox/model/control.hpp"
#include "tests/sandbox/model/model.hpp"

namespace claimferry::sandbox {

using Socket = boost::asio::ip::tcp::socket;

// tls: nullptr for plain HTTP. foreign_host: the socket was accepted where only foreign next links
// lead.
boost::asio::awaitable<void> serve_payer(Socket socket, boost::asio::ssl::context* tls,
                                         Model& model, bool foreign_host);
boost::asio::awaitable<void> serve_control(Socket socket, Model& model);

// Without a word: RST.
void reset_connection(Socket& socket) noexcept;

}  // namespace claimferry::sandbox
