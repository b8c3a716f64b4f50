// TLS to PostgreSQL: verify-full goes on with the server that it was told to trust, and no other.
#include <memory>
#include <optional>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tests/contract/postgres_database.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::postgres {
namespace {

template <class Write>
std::string pem_of(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  write(bio.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

// Self-signed, for 127.0.0.1.
struct Certificate {
  std::string certificate;
  std::string key;

  Certificate() {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(EVP_EC_gen("P-256"),
                                                                   EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> x(X509_new(), X509_free);
    X509_set_version(x.get(), 2);
    X509_gmtime_adj(X509_getm_notBefore(x.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(x.get()), 3600);
    X509_set_pubkey(x.get(), pair.get());
    auto* name = X509_get_subject_name(x.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("database"), -1, -1, 0);
    X509_set_issuer_name(x.get(), name);
    auto* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(x.get(), names, -1);
    X509_EXTENSION_free(names);
    X509_sign(x.get(), pair.get(), EVP_sha256());
    certificate = pem_of([&x](BIO* bio) { PEM_write_bio_X509(bio, x.get()); });
    key = pem_of([&pair](BIO* bio) {
      PEM_write_bio_PrivateKey(bio, pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
};

class PostgresTls : public testing::Test {
 protected:
  void SetUp() override {
    CLAIMFERRY_NEEDS_POSTGRES();
    server_.emplace();
    const Certificate ours;
    const auto certificate = server_->add_file("server.pem", ours.certificate);
    const auto key = server_->add_file("server.key", ours.key);
    server_->add_file("other.pem", Certificate().certificate);
    server_->start(
        {"ssl=on", "ssl_cert_file=" + certificate.string(), "ssl_key_file=" + key.string()});
  }
  // How opening a connection ended that trusts the certificate in that file; and whether the
  // server knows it as encrypted.
  std::string open(const std::string& host, const std::string& trusted) {
    const auto address =
        Address::parse("host=" + host + " port=" + std::to_string(server_->port()) +
                       " user=postgres dbname=postgres sslmode=verify-full sslrootcert=" +
                       (server_->directory() / trusted).string());
    boost::asio::io_context io;
    Connection connection(executor_of(io));
    const Login login{address.value(), Secret()};
    const auto opened = contract::run(io, connection.open(login, std::chrono::seconds(30)));
    if (!opened) {
      return opened.failure().code;
    }
    std::vector<Call> ask{{"SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", {}}};
    auto answers = contract::run(io, connection.run(std::move(ask), std::chrono::seconds(30)));
    return answers && answers->at(0).flag(0, 0) ? "encrypted" : "plain";
  }

  std::optional<contract::PostgresServer> server_;
};

TEST_F(PostgresTls, TheTrustedServerIsSpokenToEncrypted) {
  EXPECT_EQ(open("127.0.0.1", "server.pem"), "encrypted");
}

TEST_F(PostgresTls, AServerOfAnotherAuthorityOrNameIsRefused) {
  EXPECT_EQ(open("127.0.0.1", "other.pem"), "postgres_unreachable");
  EXPECT_EQ(open("localhost", "server.pem"), "postgres_unreachable");
}

// SCRAM-SHA-256, which is what a server asks for by default.
TEST(PostgresPassword, IsGivenToTheServerAndNamedInNoFailure) {
  CLAIMFERRY_NEEDS_POSTGRES();
  contract::PostgresServer server;
  const auto rules =
      server.add_file("rules", "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
  server.start({"hba_file=" + rules.string()});
  contract::PostgresDatabase database(server);
  database.ask("CREATE ROLE worker LOGIN PASSWORD 'the right one'");
  const auto address = Address::parse("host=127.0.0.1 port=" + std::to_string(server.port()) +
                                      " user=worker dbname=postgres");
  boost::asio::io_context io;
  const auto open = [&](const std::string& password) {
    Connection connection(executor_of(io));
    const Login login{address.value(), Secret(password)};
    return contract::run(io, connection.open(login, std::chrono::seconds(30)));
  };
  EXPECT_TRUE(open("the right one").ok());
  for (const std::string wrong : {"a wrong one", ""}) {
    const auto refused = open(wrong);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.failure().code, "postgres_unreachable");
    EXPECT_EQ(refused.failure().detail.find("wrong one"), std::string::npos);
  }
}

}  // namespace
}  // namespace claimferry::postgres
