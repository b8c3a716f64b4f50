// Redis over TLS, each program as its own user: a whole sync, and what is said when it does not
// come to that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/fleet.hpp"
#include "tests/integration/redis_servers.hpp"

namespace claimferry::integration {
namespace {

using testing::HasSubstr;

constexpr unsigned members = 6;
constexpr unsigned eobs = 40;

std::string table_of(const std::string& url, const RedisServers& servers) {
  return "url = \"" + url + "\"\nca_file = \"" + servers.certificate("ca") + "\"\ncert_file = \"" +
         servers.certificate("client") + "\"\nkey_file = \"" + servers.key("client") + "\"\n";
}

std::string local(std::uint16_t port) {
  return "rediss://127.0.0.1:" + std::to_string(port) + "/0";
}

TEST(RedisOverTls, CarriesASyncAsTheUsersOfTheAclFileWithTheirPasswordFiles) {
  RedisServers servers;
  servers.make_certificates();
  const auto port = servers.start_tls("redis", "server", {"--aclfile", servers.make_users()});
  FleetOptions options;
  options.redis = table_of(local(port), servers);
  options.redis_users = servers.file("");
  options.redis_cli = [&servers, port]() -> std::vector<std::string> {
    return {"redis-cli",
            "--tls",
            "--cacert",
            servers.certificate("ca"),
            "--cert",
            servers.certificate("client"),
            "--key",
            servers.key("client"),
            "-p",
            std::to_string(port),
            "--user",
            "admin",
            "--pass",
            "admin",
            "--no-auth-warning"};
  };
  Fleet fleet(options);
  fleet.start_all_but_workers();
  fleet.start_worker("worker");
  fleet.start_enroll();
  fleet.add_members(members, eobs);
  ASSERT_TRUE(fleet.wait_until_synced(members, 60s)) << fleet.logs() << servers.logs();
  EXPECT_EQ(fleet.verdict(), "");
  // The operators' functions are there, for an operator and for an exporter.
  for (const auto& [user, call] :
       {std::pair{"operator", "FCALL"}, std::pair{"metrics", "FCALL_RO"}}) {
    auto words = options.redis_cli();
    words.resize(words.size() - 5);
    const std::string password = read_file(servers.file(std::string(user) + ".password"));
    words.insert(words.end(), {"--user", std::string("claimferry-") + user, "--pass",
                               password.substr(0, password.find('\n')), "--no-auth-warning", call,
                               "cf_status", "1", "cf:{0}"});
    EXPECT_TRUE(
        eventually(20s, [&] { return run(words).text.find("aetna-sandbox") != std::string::npos; }))
        << user << ": " << run(words).text;
  }
  for (const char* name : {"worker", "scheduler", "enroll"}) {
    EXPECT_EQ(fleet.stop(name, SIGTERM), 0) << name;
  }
}

TEST(RedisOverTls, IsFoundThroughASentinelOverTls) {
  RedisServers servers;
  servers.make_certificates();
  const auto master = servers.start_tls("redis", "server");
  const auto sentinel = servers.start_tls_sentinel(master);
  FleetOptions options;
  options.redis = table_of("rediss:///0", servers) + "sentinel_master = \"claimferry\"\n" +
                  "sentinels = [\"localhost:" + std::to_string(sentinel) + "\"]\n";
  Fleet fleet(options);
  fleet.start_sandbox();  // it writes the configuration
  const Output answer = fleet.cli({"member", "list"});
  EXPECT_EQ(answer.status, 0) << answer.errors << servers.logs();
  const Output distrusted =
      fleet.cli({"--set", "redis.ca_file=" + servers.certificate("stranger"), "member", "list"});
  EXPECT_EQ(distrusted.status, 3);
  EXPECT_THAT(distrusted.errors,
              AllOf(HasSubstr("the sentinel localhost:"), HasSubstr("is not trusted")));
}

class RedisOverTlsRefused : public testing::Test {
 protected:
  RedisOverTlsRefused() {
    servers_.make_certificates();
    good_ = servers_.start_tls("good", "server", {"--requirepass", "sesame"});
    write_file(servers_.file("sesame"), "sesame\n");
    write_file(servers_.file("wrong"), "not-the-password\n");
    FleetOptions options;
    options.redis =
        table_of(local(good_), servers_) + "password_file = \"" + servers_.file("sesame") + "\"\n";
    fleet_ = std::make_unique<Fleet>(options);
    fleet_->start_sandbox();  // it writes the configuration
  }
  // What a command says that cannot reach Redis so, with these settings over the file's.
  std::string said(std::vector<std::string> settings, int status = 3) {
    std::vector<std::string> words;
    for (std::string& setting : settings) {
      words.insert(words.end(), {"--set", std::move(setting)});
    }
    words.insert(words.end(), {"member", "list"});
    const Output answer = fleet_->cli(words);
    EXPECT_EQ(answer.status, status) << answer.text << answer.errors;
    EXPECT_THAT(answer.errors, testing::Not(HasSubstr("sesame\n")));
    EXPECT_THAT(answer.errors, testing::Not(HasSubstr("not-the-password")));
    return answer.errors;
  }

  RedisServers servers_;
  std::uint16_t good_ = 0;
  std::unique_ptr<Fleet> fleet_;
};

TEST_F(RedisOverTlsRefused, SaysWhatIsWrongAndWhatToDo) {
  said({}, 0);
  said({"redis.url=rediss://localhost:" + std::to_string(good_)}, 0);
  EXPECT_THAT(said({"redis.ca_file=" + servers_.certificate("stranger")}),
              AllOf(HasSubstr(local(good_).substr(0, local(good_).size() - 2)),
                    HasSubstr("its certificate is not trusted"), HasSubstr("redis.ca_file")));
  EXPECT_THAT(said({"redis.ca_file="}), HasSubstr("its certificate is not trusted"));
  EXPECT_THAT(said({"redis.password_file=" + servers_.file("wrong")}),
              AllOf(HasSubstr("(WRONGPASS)"), HasSubstr("redis.password_file")));
  EXPECT_THAT(said({"redis.cert_file=", "redis.key_file="}), HasSubstr("redis.cert_file"));

  const auto elsewhere = servers_.start_tls("elsewhere", "elsewhere");
  EXPECT_THAT(said({"redis.url=" + local(elsewhere)}),
              AllOf(HasSubstr("IP address mismatch"), HasSubstr("names other hosts")));
  EXPECT_THAT(said({"redis.url=rediss://localhost:" + std::to_string(elsewhere)}),
              HasSubstr("hostname mismatch"));
  const auto expired = servers_.start_tls("expired", "expired");
  EXPECT_THAT(said({"redis.url=" + local(expired)}), HasSubstr("certificate has expired"));
}

TEST_F(RedisOverTlsRefused, SaysThatThePortSpeaksNoTlsAndThatItDoes) {
  const auto plain = servers_.start("plain");
  EXPECT_THAT(said({"redis.url=" + local(plain)}), HasSubstr("does this port speak TLS"));
  EXPECT_THAT(said({"redis.url=redis://127.0.0.1:" + std::to_string(good_),
                    "redis.ca_file=", "redis.cert_file=", "redis.key_file="}),
              HasSubstr("does it want TLS (rediss://)"));
}

}  // namespace
}  // namespace claimferry::integration
