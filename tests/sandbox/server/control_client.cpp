#include "tests/sandbox/server/control_client.hpp"

#include <stdexcept>
#include <string_view>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/url/parse.hpp>

namespace claimferry::sandbox {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

std::string exchange(const std::string& host, const std::string& port, const std::string& request) {
  asio::io_context io;
  tcp::resolver resolver(io);
  tcp::socket socket(io);
  asio::connect(socket, resolver.resolve(host, port));
  asio::write(socket, asio::buffer(request));
  std::string answer;
  boost::system::error_code ec;
  asio::read(socket, asio::dynamic_buffer(answer), ec);
  if (ec && ec != asio::error::eof) {
    throw boost::system::system_error(ec);
  }
  return answer;
}

// The server closes after its answer: an end before Content-Length is an answer cut short.
std::string body_of(std::string_view answer) {
  constexpr std::string_view length_name = "Content-Length: ";
  const std::size_t head_end = answer.find("\r\n\r\n");
  const std::size_t length_at = answer.find(length_name);
  if (!answer.starts_with("HTTP/1.1 200 ") || head_end == std::string_view::npos ||
      length_at > head_end) {
    throw std::runtime_error("it did not answer 200");
  }
  const std::string_view body = answer.substr(head_end + 4);
  if (std::stoull(std::string(answer.substr(length_at + length_name.size(), 20))) != body.size()) {
    throw std::runtime_error("its answer was cut short");
  }
  return std::string(body);
}

}  // namespace

std::string control_get(const std::string& base_url, const std::string& target) {
  const auto url = boost::urls::parse_uri(base_url);
  if (!url || url->scheme() != "http") {
    throw std::runtime_error(base_url + " is not http://HOST:PORT");
  }
  const std::string host(url->host_address());
  const std::string port(url->has_port() ? std::string(url->port()) : "80");
  try {
    return body_of(
        exchange(host, port,
                 "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"));
  } catch (const std::exception& error) {
    throw std::runtime_error("cannot read " + target + " from " + base_url + ": " + error.what());
  }
}

}  // namespace claimferry::sandbox
