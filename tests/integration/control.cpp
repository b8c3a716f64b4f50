#include "tests/integration/control.hpp"

#include <cstdlib>
#include <stdexcept>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace claimferry::integration {
namespace {

struct Target {
  std::string host;
  int port;
  std::string path;
};

// "http://127.0.0.1:4711/path"
Target parse(const std::string& url) {
  const auto host = url.find("://") + 3;
  const auto colon = url.find(':', host);
  const auto slash = url.find('/', host);
  return {url.substr(host, colon - host), std::atoi(url.c_str() + colon + 1),
          slash == std::string::npos ? "/" : url.substr(slash)};
}

struct Socket {
  int descriptor;

  explicit Socket(const Target& target)
      : descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(target.port));
    ::inet_pton(AF_INET, target.host.c_str(), &address.sin_addr);
    // A program that hangs must not hang its test.
    const timeval patience{30, 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (descriptor < 0 ||
        ::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      ::close(descriptor);
      throw std::runtime_error("cannot connect to " + target.host);
    }
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(descriptor); }
};

// By its Content-Length: some servers keep the connection whatever they are asked. Without one the
// answer ends with the connection.
bool is_whole(const std::string& answer) {
  const auto head = answer.find("\r\n\r\n");
  if (head == std::string::npos) {
    return false;
  }
  for (const std::string name : {"\r\nContent-Length:", "\r\ncontent-length:"}) {
    const auto at = answer.find(name);
    if (at < head) {
      return answer.size() >=
             head + 4 + std::strtoul(answer.c_str() + at + name.size(), nullptr, 10);
    }
  }
  return false;
}

std::string converse(int fd, const std::string& request) {
  std::size_t sent = 0;
  while (sent < request.size()) {
    const auto count = ::send(fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) {
      throw std::runtime_error("the control port closed");
    }
    sent += static_cast<std::size_t>(count);
  }
  std::string answer;
  char piece[65536];
  while (!is_whole(answer)) {
    const auto count = ::recv(fd, piece, sizeof piece, 0);
    if (count <= 0) {
      break;
    }
    answer.append(piece, static_cast<std::size_t>(count));
  }
  return answer;
}

std::size_t value_of(const std::string& json, const std::string& name) {
  const auto at = json.find('"' + name + "\":");
  if (at == std::string::npos) {
    throw std::runtime_error("no " + name + " in the answer");
  }
  return at + name.size() + 3;
}

}  // namespace

Answer ask(const std::string& method, const std::string& url, const std::string& body,
           const std::string& headers) {
  const Target target = parse(url);
  const Socket socket(target);
  const bool names_type = headers.find("Content-Type:") != std::string::npos;
  const std::string type = names_type ? "" : "Content-Type: application/json\r\n";
  // Nobody asked here sends an answer in chunks.
  const std::string answer = converse(
      socket.descriptor,
      method + ' ' + target.path + " HTTP/1.1\r\nConnection: close\r\nHost: " + target.host + ':' +
          std::to_string(target.port) + "\r\nContent-Length: " + std::to_string(body.size()) +
          "\r\n" + type + headers + "\r\n" + body);
  const auto head = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.") || head == std::string::npos) {
    throw std::runtime_error(method + ' ' + target.path + " answered " + answer.substr(0, 60));
  }
  return {std::atoi(answer.c_str() + answer.find(' ')), answer.substr(head + 4),
          answer.substr(0, head + 2)};
}

std::string header_in(const Answer& answer, const std::string& name) {
  const auto at = answer.head.find("\r\n" + name + ": ");
  if (at == std::string::npos) {
    return "";
  }
  const auto begin = at + name.size() + 4;
  return answer.head.substr(begin, answer.head.find("\r\n", begin) - begin);
}

std::string http(const std::string& method, const std::string& url, const std::string& body) {
  Answer answer = ask(method, url, body);
  if (answer.status < 200 || answer.status > 299) {
    throw std::runtime_error(method + ' ' + url + " answered " + std::to_string(answer.status) +
                             ": " + answer.body.substr(0, 200));
  }
  return std::move(answer.body);
}

long number_in(const std::string& json, const std::string& name) {
  return std::strtol(json.c_str() + value_of(json, name), nullptr, 10);
}

std::string text_in(const std::string& json, const std::string& name) {
  const auto begin = json.find('"', value_of(json, name)) + 1;
  return json.substr(begin, json.find('"', begin) - begin);
}

}  // namespace claimferry::integration
