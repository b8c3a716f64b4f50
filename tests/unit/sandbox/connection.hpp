// A client of plain sockets for the sandbox's server, so that what is compared is what was on the
// wire.
#pragma once

#include <string>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace claimferry::sandbox {

struct Reply {
  unsigned status = 0;
  std::string head;
  std::string body;
  boost::system::error_code ec;  // how the connection ended, when it ended first
};

// One connection to "http://127.0.0.1:PORT", from an address of the loopback network.
class Connection {
 public:
  explicit Connection(const std::string& url, const std::string& address = "127.0.0.1",
                      const std::string& from = "127.0.0.1") {
    const auto port =
        static_cast<boost::asio::ip::port_type>(std::stoul(url.substr(url.rfind(':') + 1)));
    socket_.open(boost::asio::ip::tcp::v4());
    socket_.bind({boost::asio::ip::make_address(from), 0});
    socket_.connect({boost::asio::ip::make_address(address), port});
  }

  void send(const std::string& request) {
    boost::asio::write(socket_, boost::asio::buffer(request));
  }

  Reply ask(const std::string& method, const std::string& target, const std::string& headers = "",
            const std::string& body = "") {
    Reply reply;
    const std::string request = method + " " + target + " HTTP/1.1\r\nHost: payer\r\n" + headers +
                                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                                body;
    boost::asio::write(socket_, boost::asio::buffer(request), reply.ec);
    return reply.ec ? reply : receive();
  }

  // The next answer, or as much of it as comes before the connection ends.
  Reply receive() {
    Reply reply;
    const std::size_t head = boost::asio::read_until(socket_, boost::asio::dynamic_buffer(unread_),
                                                     "\r\n\r\n", reply.ec);
    if (reply.ec) {
      return reply;
    }
    reply.head = unread_.substr(0, head);
    reply.status = static_cast<unsigned>(std::stoul(reply.head.substr(9, 3)));
    const std::size_t length =
        std::stoul(reply.head.substr(reply.head.find("Content-Length: ") + 16));
    unread_.erase(0, head);
    if (unread_.size() < length) {
      boost::asio::read(socket_, boost::asio::dynamic_buffer(unread_),
                        boost::asio::transfer_exactly(length - unread_.size()), reply.ec);
    }
    reply.body = unread_.substr(0, length);
    unread_.erase(0, reply.body.size());
    return reply;
  }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_{io_};
  std::string unread_;
};

}  // namespace claimferry::sandbox
