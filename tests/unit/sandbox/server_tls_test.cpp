// The server over TLS: what a client's goodbye means, and what waits its turn behind a slow answer.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include "tests/sandbox/server/control_client.hpp"
#include "tests/sandbox/server/server.hpp"
#include "tests/unit/sandbox/connection.hpp"

namespace claimferry::sandbox {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using namespace std::chrono_literals;

// A self-signed certificate and its key, as files.
class CertificateFiles {
 public:
  CertificateFiles()
      : stem_(testing::TempDir() + "claimferry-sandbox-tls-" + std::to_string(getpid())) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_pair(EVP_EC_gen("P-256"),
                                                                       EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key_pair.get());
    X509_sign(certificate.get(), key_pair.get(), EVP_sha256());
    std::FILE* file = std::fopen(cert().c_str(), "w");
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
    file = std::fopen(key().c_str(), "w");
    PEM_write_PrivateKey(file, key_pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
  }
  ~CertificateFiles() {
    std::filesystem::remove(cert());
    std::filesystem::remove(key());
  }
  std::string cert() const { return stem_ + ".crt"; }
  std::string key() const { return stem_ + ".key"; }

 private:
  std::string stem_;
};

ServerOptions tls_options(const CertificateFiles& files) {
  ServerOptions options;
  options.tls_cert = files.cert();
  options.tls_key = files.key();
  return options;
}

class TlsConnection {
 public:
  explicit TlsConnection(const std::string& url) {
    const auto port = static_cast<asio::ip::port_type>(std::stoul(url.substr(url.rfind(':') + 1)));
    stream_.next_layer().connect({asio::ip::make_address("127.0.0.1"), port});
    stream_.handshake(asio::ssl::stream_base::client);
  }

  void send(const std::string& target, unsigned times = 1) {
    std::string requests;
    for (unsigned at = 0; at < times; ++at) {
      requests += "GET " + target + " HTTP/1.1\r\nHost: payer\r\n\r\n";
    }
    asio::write(stream_, asio::buffer(requests));
  }

  // The status of the next answer; its body is read over.
  unsigned receive() {
    const std::size_t end = asio::read_until(stream_, asio::dynamic_buffer(unread_), "\r\n\r\n");
    const std::string head = unread_.substr(0, end);
    const std::size_t length = std::stoul(head.substr(head.find("Content-Length: ") + 16));
    if (unread_.size() < end + length) {
      asio::read(stream_, asio::dynamic_buffer(unread_),
                 asio::transfer_exactly(end + length - unread_.size()));
    }
    unread_.erase(0, end + length);
    return static_cast<unsigned>(std::stoul(head.substr(9, 3)));
  }

  // Says goodbye (close_notify) and keeps the TCP connection; true when the server ended it.
  bool say_goodbye() {
    bool ended = false;
    stream_.async_shutdown([&ended](boost::system::error_code) { ended = true; });
    io_.restart();
    io_.run_for(20s);
    return ended;
  }

 private:
  asio::io_context io_;
  asio::ssl::context context_{asio::ssl::context::tls_client};
  asio::ssl::stream<tcp::socket> stream_{io_, context_};
  std::string unread_;
};

class TlsServerOf : public ::testing::Test {
 protected:
  TlsServerOf() : thread_([this] { server_.run(false); }) {}
  ~TlsServerOf() override {
    server_.stop();
    thread_.join();
  }
  std::int64_t counted(const char* name) {
    return boost::json::parse(control_get(server_.control_url(), "/v1/violations"))
        .at(name)
        .as_int64();
  }

  void slow_by(unsigned milliseconds) {
    const std::string bound = std::to_string(milliseconds);
    const Reply reply = Connection(server_.control_url())
                            .ask("PATCH", "/v1/faults", "",
                                 R"({"latency_ms":{"min":)" + bound + R"(,"max":)" + bound + "}}");
    EXPECT_EQ(reply.status, 200U);
  }

  CertificateFiles files_;
  Server server_{tls_options(files_), ModelOptions()};
  std::thread thread_;
};

TEST_F(TlsServerOf, AnswersOverOneKeptConnectionHoweverSlowly) {
  TlsConnection connection(server_.listen_url());
  connection.send(std::string(discovery_path));
  EXPECT_EQ(connection.receive(), 200U);
  slow_by(20);
  for (int request = 0; request < 3; ++request) {
    connection.send(std::string(discovery_path));
    EXPECT_EQ(connection.receive(), 200U);
  }
}

TEST_F(TlsServerOf, APipelinedRequestWaitsItsTurnBehindASlowAnswer) {
  slow_by(20);
  TlsConnection connection(server_.listen_url());
  connection.send(std::string(discovery_path), 3);
  for (int request = 0; request < 3; ++request) {
    EXPECT_EQ(connection.receive(), 200U) << request;
  }
  EXPECT_EQ(counted("concurrency_max"), 1);
}

TEST_F(TlsServerOf, AGoodbyeIsNoPipelinedRequestAndEndsWhatIsInProgress) {
  slow_by(600'000);
  for (int client = 1; client <= 3; ++client) {
    TlsConnection connection(server_.listen_url());
    connection.send(std::string(discovery_path));
    // The request is seen before its client says goodbye.
    while (counted("requests") < client) {
    }
    EXPECT_TRUE(connection.say_goodbye()) << "the server still waits for the answer's time";
  }
  EXPECT_EQ(counted("concurrency_max"), 1);
}

}  // namespace
}  // namespace claimferry::sandbox
