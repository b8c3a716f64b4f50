// The client against a TLS server of its own: whom it trusts, and whom it refuses before a byte of
// a token leaves.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <openssl/conf.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/http/beast_client.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/http/scripted_server.hpp"

namespace claimferry::http {
namespace {

namespace ssl = boost::asio::ssl;

// A self-signed certificate for 127.0.0.1, valid for an hour from `starts_in` seconds on.
class Certificate {
 public:
  explicit Certificate(long starts_in = -60)
      : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
    X509* x = certificate_.get();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), starts_in);
    X509_gmtime_adj(X509_getm_notAfter(x), starts_in + 3600);
    X509_set_pubkey(x, key_.get());
    auto* name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("sandbox"), -1, -1, 0);
    X509_set_issuer_name(x, name);
    auto* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(x, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(x, key_.get(), EVP_sha256());
  }

  std::string pem() const {
    return text([this](BIO* bio) { PEM_write_bio_X509(bio, certificate_.get()); });
  }
  std::string key_pem() const {
    return text([this](BIO* bio) {
      PEM_write_bio_PrivateKey(bio, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }

 private:
  template <class Write>
  static std::string text(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    write(bio.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

class TlsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "claimferry-tls-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory); }

  void serve(const Certificate& certificate, int version_max = TLS1_3_VERSION) {
    const auto pem = certificate.pem();
    const auto key = certificate.key_pem();
    context.use_certificate(boost::asio::buffer(pem), ssl::context::pem);
    context.use_private_key(boost::asio::buffer(key), ssl::context::pem);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.native_handle(), version_max);
    SSL_CTX_set_security_level(context.native_handle(), 0);
    server.emplace(io, std::vector<Scripted>{answer("hello"), answer("again")}, &context);
  }

  std::string get(const std::string& url, const std::string& trusted_pem,
                  Duration deadline = std::chrono::seconds(20)) {
    const std::string ca_file = directory + "/ca.pem";
    std::ofstream(ca_file) << trusted_pem;
    ClientOptions options;
    options.ca_files[Url::parse(url)->origin()] = ca_file;
    BeastClient client(executor_of(io), clock, options);
    Request request{};
    request.url = url;
    request.body_bytes_max = 1000;
    request.deadline = deadline;
    auto response = contract::run(io, client.send(std::move(request)));
    return response ? std::string(response->body.view()) : response.failure().code;
  }

  boost::asio::io_context io;
  SystemClock clock;
  std::string directory;
  ssl::context context{ssl::context::tls_server};
  std::optional<ScriptedServer> server;
};

// While it lives, what OpenSSL makes anew takes any protocol, as a host's openssl.cnf may have it.
// By itself OpenSSL 3 refuses TLS 1.1, whatever its user asks for.
class LaxLibrary {
 public:
  explicit LaxLibrary(const std::string& file) {
    std::ofstream(file) << "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\n"
                           "system_default = lax\n[lax]\nMinProtocol = TLSv1\n"
                           "CipherString = DEFAULT@SECLEVEL=0\n";
    EXPECT_EQ(CONF_modules_load_file(file.c_str(), nullptr, 0), 1);
  }
  ~LaxLibrary() { CONF_modules_finish(); }
  LaxLibrary(const LaxLibrary&) = delete;
  LaxLibrary& operator=(const LaxLibrary&) = delete;
};

// By a client that asks for nothing; 0 where there is no agreement.
int version_agreed_on(ssl::context& server_context) {
  ssl::context client_context{ssl::context::tls_client};
  using Ssl = std::unique_ptr<SSL, decltype(&SSL_free)>;
  const Ssl client(SSL_new(client_context.native_handle()), SSL_free);
  const Ssl server(SSL_new(server_context.native_handle()), SSL_free);
  BIO* of_client = nullptr;
  BIO* of_server = nullptr;
  BIO_new_bio_pair(&of_client, 0, &of_server, 0);
  SSL_set_bio(client.get(), of_client, of_client);
  SSL_set_bio(server.get(), of_server, of_server);
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  for (int turns = 0; turns < 10; ++turns) {
    SSL_do_handshake(client.get());
    SSL_do_handshake(server.get());
  }
  const bool both = SSL_is_init_finished(client.get()) && SSL_is_init_finished(server.get());
  return both ? SSL_version(client.get()) : 0;
}

TEST_F(TlsTest, TrustsTheAnchorsOfThePayer) {
  const Certificate certificate;
  serve(certificate);
  EXPECT_EQ(get(server->url(), certificate.pem()), "hello");
}

TEST_F(TlsTest, ALastLookComesBehindTheHandshakeAndLeavesTheConnectionUsable) {
  const Certificate certificate;
  serve(certificate);
  const std::string ca_file = directory + "/ca.pem";
  std::ofstream(ca_file) << certificate.pem();
  ClientOptions options;
  options.ca_files[Url::parse(server->url())->origin()] = ca_file;
  BeastClient client(executor_of(io), clock, options);
  Request request{};
  request.url = server->url();
  request.body_bytes_max = 1000;
  request.deadline = std::chrono::seconds(20);
  unsigned looks = 0;
  Request stopped = request;
  stopped.last_look = [&]() -> std::optional<Failure> {
    ++looks;
    EXPECT_EQ(server->connections(), 1U);
    return Failure{FailureKind::rate_limited, "payer_blocked", ""};
  };
  for (unsigned tries = 1; tries <= 2; ++tries) {
    auto refused = contract::run(io, client.send(stopped));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().code, "payer_blocked");
    EXPECT_EQ(looks, tries);
  }
  EXPECT_TRUE(server->requests().empty());
  auto response = contract::run(io, client.send(request));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body.view(), "hello");
  EXPECT_EQ(server->connections(), 1U);
  server->close_connections();
  auto stale = contract::run(io, client.send(request));
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.failure().code, "connection_stale");
  EXPECT_EQ(contract::run(io, client.send(request))->body.view(), "again");
}

TEST_F(TlsTest, RefusesAnUnknownIssuer) {
  serve(Certificate());
  EXPECT_EQ(get(server->url(), Certificate().pem()), "tls_failed");
  EXPECT_TRUE(server->requests().empty());
}

TEST_F(TlsTest, RefusesACertificateOfAnotherHost) {
  const Certificate certificate;
  serve(certificate);
  EXPECT_EQ(get(server->url("localhost"), certificate.pem()), "tls_failed");
  EXPECT_TRUE(server->requests().empty());
}

TEST_F(TlsTest, RefusesAnExpiredCertificate) {
  const Certificate certificate(-7200);
  serve(certificate);
  EXPECT_EQ(get(server->url(), certificate.pem()), "tls_failed");
  EXPECT_TRUE(server->requests().empty());
}

TEST_F(TlsTest, RefusesOldProtocolsAlsoWhereTheLibraryDoesNot) {
  const LaxLibrary lax(directory + "/lax.cnf");
  const Certificate certificate;
  serve(certificate, TLS1_1_VERSION);
  EXPECT_EQ(version_agreed_on(context), TLS1_1_VERSION) << "or this test shows nothing";
  EXPECT_EQ(get(server->url(), certificate.pem()), "tls_failed");
  EXPECT_TRUE(server->requests().empty());
}

// A single-use token that never left is still good: the code must say so.
TEST_F(TlsTest, AHandshakeThatTakesTooLongIsNoTimeOutOfARequest) {
  ScriptedServer silent(io, {{"", false, true}});
  const std::string url = "https" + silent.url().substr(std::string("http").size());
  EXPECT_EQ(get(url, Certificate().pem(), std::chrono::milliseconds(300)), "tls_failed");
}

TEST_F(TlsTest, RefusesToStartWithUnreadableAnchors) {
  ClientOptions options;
  options.ca_files["https://payer.example:443"] = directory + "/none.pem";
  EXPECT_THROW(BeastClient(executor_of(io), clock, options), std::runtime_error);
}

}  // namespace
}  // namespace claimferry::http
