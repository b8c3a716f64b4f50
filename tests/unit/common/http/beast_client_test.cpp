#include "common/http/beast_client.hpp"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <libdeflate.h>

#include "common/async/interruptible.hpp"
#include "common/base/limits.hpp"
#include "common/http/incoming_body.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/unit/common/http/scripted_server.hpp"

namespace claimferry::http {
namespace {

using namespace std::chrono_literals;
using contract::run;

class BeastClientTest : public testing::Test {
 protected:
  Result<Response> get(const std::string& url, std::size_t body_bytes_max = 1 * limits::MiB,
                       Duration deadline = 20s) {
    Request request{};
    request.url = url;
    request.body_bytes_max = body_bytes_max;
    request.deadline = deadline;
    request.authorization = Secret("Bearer secret-token");
    return run(io, client.send(std::move(request)));
  }
  std::string code_of(const std::string& url, std::size_t body_bytes_max = 1 * limits::MiB,
                      Duration deadline = 20s) {
    auto response = get(url, body_bytes_max, deadline);
    return response ? "HTTP " + std::to_string(response->status) : response.failure().code;
  }

  static Request request_to(std::string url) {
    Request request{};
    request.url = std::move(url);
    request.body_bytes_max = limits::MiB;
    request.deadline = 1h;
    return request;
  }
  static awaitable<void> code_into(BeastClient& through, std::string& code, std::string url) {
    auto response = co_await through.send(request_to(std::move(url)));
    code = response ? "HTTP" : response.failure().code;
  }
  void begin(BeastClient& through, std::string url, std::string& code) {
    begin(through, std::move(url), code, io);
  }
  static void begin(BeastClient& through, std::string url, std::string& code,
                    boost::asio::io_context& on) {
    auto sending = code_into(through, code, std::move(url));
    boost::asio::co_spawn(on, std::move(sending), [](std::exception_ptr) {});
  }
  template <class Done>
  void run_until(Done done) {
    io.restart();
    while (!done() && io.run_one() > 0) {
    }
    EXPECT_TRUE(done());
  }

  std::optional<Failure> look() {
    ++looks;
    return says;
  }
  unsigned looks = 0;
  std::optional<Failure> says;

  boost::asio::io_context io;
  SystemClock clock;
  BeastClient client{executor_of(io), clock};
};

std::string chunked(const std::string& body) {
  constexpr const char* digits = "0123456789abcdef";
  std::string size;
  for (std::size_t rest = body.size(); rest > 0; rest /= 16) {
    size.insert(size.begin(), digits[rest % 16]);
  }
  return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size + "\r\n" + body +
         "\r\n0\r\n\r\n";
}

std::string gzipped(const std::string& text) {
  std::string out(text.size() + 100, '\0');
  auto* compressor = libdeflate_alloc_compressor(6);
  out.resize(
      libdeflate_gzip_compress(compressor, text.data(), text.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

TEST_F(BeastClientTest, AnswersAnyStatusAsAValueWithHeadersAndBytes) {
  ScriptedServer server(io, {answer("gone", "X-Odd: 7\r\n", "410 Gone")});
  auto response = get(server.url() + "/fhir/E?_page_token=%2B|x");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 410U);
  EXPECT_EQ(response->body.view(), "gone");
  EXPECT_EQ(response->headers.find("x-odd"), "7");
  EXPECT_EQ(response->wire_bytes, 4U);
  const std::string& request = server.requests().at(0);
  EXPECT_TRUE(request.starts_with("GET /fhir/E?_page_token=%2B|x HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("Authorization: Bearer secret-token\r\n"), std::string::npos);
}

TEST_F(BeastClientTest, PadsTheBodyForTheParser) {
  ScriptedServer server(io, {answer("abc")});
  auto response = get(server.url());
  ASSERT_TRUE(response);
  EXPECT_GE(response->body.capacity(), response->body.size() + Body::padding);
}

TEST_F(BeastClientTest, KeepsConnectionsAndSaysThatOneDied) {
  ScriptedServer server(io, {answer("1"), answer("2"), answer("3")});
  EXPECT_EQ(code_of(server.url()), "HTTP 200");
  EXPECT_EQ(code_of(server.url()), "HTTP 200");
  EXPECT_EQ(server.connections(), 1U);
  server.close_connections();
  auto stale = get(server.url());
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.failure().code, "connection_stale");
  EXPECT_EQ(stale.failure().kind, FailureKind::retryable);
  EXPECT_FALSE(never_sent(stale.failure()));
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(get(server.url())->body.view(), "3");
  EXPECT_EQ(server.connections(), 2U);
}

TEST_F(BeastClientTest, ADeadConnectionTakesTheOlderOnesWithIt) {
  ScriptedServer server(io, {answer("1"), answer("2"), answer("3"), answer("4")});
  ScriptedServer other(io, {answer("1"), answer("2")});
  EXPECT_EQ(code_of(other.url()), "HTTP 200");
  std::vector<awaitable<Result<Response>>> three;
  for (int count = 0; count < 3; ++count) {
    three.push_back(client.send(request_to(server.url())));
  }
  for (const auto& response : contract::run_together(io, std::move(three))) {
    ASSERT_TRUE(response);
  }
  EXPECT_EQ(server.connections(), 3U);
  server.close_connections();
  EXPECT_EQ(code_of(server.url()), "connection_stale");
  EXPECT_EQ(get(server.url())->body.view(), "4");
  EXPECT_EQ(server.connections(), 4U);
  EXPECT_EQ(code_of(other.url()), "HTTP 200");
  EXPECT_EQ(other.connections(), 1U);
}

TEST_F(BeastClientTest, AndLeavesOneThatAnsweredSince) {
  ScriptedServer server(io, {answer("1"), {"", false, true}, answer("3"), answer("4")});
  EXPECT_EQ(code_of(server.url()), "HTTP 200");
  std::string stale;
  begin(client, server.url(), stale);
  run_until([&] { return server.requests().size() == 2; });
  EXPECT_EQ(code_of(server.url()), "HTTP 200");
  EXPECT_EQ(server.connections(), 2U);
  server.close_connection(0);
  run_until([&] { return !stale.empty(); });
  EXPECT_EQ(stale, "connection_stale");
  EXPECT_EQ(get(server.url())->body.view(), "4");
  EXPECT_EQ(server.connections(), 2U);
}

TEST_F(BeastClientTest, ALastLookStopsWhatHasAnOpenConnectionAndKeepsIt) {
  ScriptedServer server(io, {answer("1"), answer("2")});
  Request looked = request_to(server.url());
  looked.last_look = [this] { return look(); };
  for (const bool is_idle_one : {false, true}) {
    says = Failure{FailureKind::rate_limited, "payer_blocked", "quiet", 30s};
    auto refused = run(io, client.send(looked));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().kind, FailureKind::rate_limited);
    EXPECT_EQ(refused.failure().code, "payer_blocked");
    EXPECT_EQ(refused.failure().retry_after, 30s);
    EXPECT_EQ(server.requests().size(), is_idle_one ? 1U : 0U);
    says.reset();
    EXPECT_TRUE(run(io, client.send(looked)));
  }
  EXPECT_EQ(looks, 4U);
  EXPECT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(BeastClientTest, ALastLookIsAskedOncePerWriteAndNotWithoutOne) {
  ScriptedServer server(io, {answer("1")});
  Request looked = request_to(server.url());
  looked.last_look = [this] { return look(); };
  EXPECT_TRUE(run(io, client.send(looked)));
  EXPECT_EQ(looks, 1U);
  looked.deadline = 0ms;
  EXPECT_EQ(run(io, client.send(looked)).failure().code, "connect_failed");
  EXPECT_EQ(looks, 1U);
  looked.deadline = 20s;
  looked.url = "http://no-such-host.invalid/";
  EXPECT_EQ(run(io, client.send(looked)).failure().code, "dns_failed");
  EXPECT_EQ(looks, 1U);
}

TEST_F(BeastClientTest, ALastLookAtADeadConnectionIsOneOfItsOwn) {
  ScriptedServer server(io, {answer("1"), answer("2")});
  Request looked = request_to(server.url());
  looked.last_look = [this] { return look(); };
  EXPECT_TRUE(run(io, client.send(looked)));
  server.close_connections();
  EXPECT_EQ(run(io, client.send(looked)).failure().code, "connection_stale");
  EXPECT_EQ(looks, 2U);
  EXPECT_TRUE(run(io, client.send(looked)));
  EXPECT_EQ(looks, 3U);
}

TEST_F(BeastClientTest, APostThatIsStoppedLeavesItsConnectionToAGet) {
  ScriptedServer server(io, {answer("1")});
  Request post = request_to(server.url());
  post.method = Method::post;
  post.form = Secret("grant_type=refresh_token");
  says = Failure{FailureKind::drained, "drained", ""};
  post.last_look = [this] { return look(); };
  EXPECT_EQ(run(io, client.send(std::move(post))).failure().code, "drained");
  EXPECT_TRUE(server.requests().empty());
  EXPECT_EQ(code_of(server.url()), "HTTP 200");
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(BeastClientTest, WaitsForItsTurnAtAnOriginAndNoLongerThanItsDeadline) {
  ClientOptions options;
  options.connections_per_origin_max = 1;
  BeastClient narrow(executor_of(io), clock, options);
  ScriptedServer server(io, {{"", false, true}, answer("22"), answer("333")});
  ScriptedServer other(io, {answer("1")});
  std::string first;
  begin(narrow, server.url(), first);
  run_until([&] { return server.requests().size() == 1; });
  std::string second;
  begin(narrow, server.url() + "/second", second);
  std::string third;
  begin(narrow, server.url() + "/third", third);
  Request late = request_to(server.url());
  late.deadline = 50ms;
  auto too_late = run(io, narrow.send(late));
  ASSERT_FALSE(too_late);
  EXPECT_EQ(too_late.failure().code, "connect_failed");
  EXPECT_TRUE(never_sent(too_late.failure()));
  EXPECT_TRUE(run(io, narrow.send(request_to(other.url()))));
  EXPECT_EQ(server.connections(), 1U);
  server.close_connections();
  run_until([&] { return !third.empty(); });
  EXPECT_EQ(first, "connection_lost");
  EXPECT_EQ(second, "HTTP");
  EXPECT_EQ(third, "HTTP");
  EXPECT_TRUE(server.requests().at(1).starts_with("GET /second "));
  EXPECT_TRUE(server.requests().at(2).starts_with("GET /third "));
  EXPECT_EQ(server.connections(), 2U);
}

TEST_F(BeastClientTest, WhoIsGivenUpWhileItWaitsHoldsNobodyUp) {
  ClientOptions options;
  options.connections_per_origin_max = 1;
  BeastClient narrow(executor_of(io), clock, options);
  ScriptedServer server(io, {{"", false, true}, answer("2")});
  std::string first;
  begin(narrow, server.url(), first);
  run_until([&] { return server.requests().size() == 1; });
  StopSource stop;
  auto waiting = narrow.send(request_to(server.url()));
  boost::asio::post(io, [&] { stop.request({FailureKind::drained, "drained", ""}); });
  auto given_up = run(io, interruptible(stop, std::move(waiting)));
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.failure().code, "drained");
  std::string next;
  begin(narrow, server.url(), next);
  server.close_connections();
  run_until([&] { return !next.empty(); });
  EXPECT_EQ(next, "HTTP");
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(BeastClientTest, DropsAnIdleConnectionWhereANewOneWouldBeTooMany) {
  ClientOptions options;
  options.connections_per_origin_max = 2;
  BeastClient narrow(executor_of(io), clock, options);
  ScriptedServer server(io, {answer("1"), answer("2"), answer("3"), answer("4")});
  std::vector<awaitable<Result<Response>>> two;
  two.push_back(narrow.send(request_to(server.url())));
  two.push_back(narrow.send(request_to(server.url())));
  for (const auto& response : contract::run_together(io, std::move(two))) {
    ASSERT_TRUE(response);
  }
  EXPECT_EQ(server.open_connections(), 2U);
  Request post = request_to(server.url());
  post.method = Method::post;
  EXPECT_TRUE(run(io, narrow.send(std::move(post))));
  EXPECT_EQ(server.connections(), 3U);
  run_until([&] { return server.open_connections() == 2; });
  EXPECT_TRUE(run(io, narrow.send(request_to(server.url()))));
  EXPECT_EQ(server.connections(), 3U);
}

TEST_F(BeastClientTest, MayGoBeforeWhatWaitsForItsTurnIsCutOff) {
  boost::asio::io_context short_lived;
  ScriptedServer server(short_lived, {{"", false, true}});
  std::string first;
  std::string second;
  ClientOptions options;
  options.connections_per_origin_max = 1;
  BeastClient narrow(executor_of(short_lived), clock, options);
  begin(narrow, server.url(), first, short_lived);
  begin(narrow, server.url(), second, short_lived);
  while (server.requests().empty()) {
    short_lived.run_one();
  }
  EXPECT_EQ(first + second, "");
}

TEST_F(BeastClientTest, SendsAPostOnceOnAConnectionOfItsOwn) {
  ScriptedServer server(io, {answer("1"), {"", true}});
  EXPECT_EQ(code_of(server.url()), "HTTP 200");
  Request request{};
  request.method = Method::post;
  request.url = server.url() + "/token";
  request.form = Secret("grant_type=refresh_token");
  request.body_bytes_max = 1000;
  request.deadline = 20s;
  auto response = run(io, client.send(std::move(request)));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.failure().code, "connection_lost");
  EXPECT_FALSE(never_sent(response.failure()));
  EXPECT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(server.connections(), 2U);
}

TEST_F(BeastClientTest, DoesNotFollowRedirects) {
  ScriptedServer server(io, {answer("", "Location: http://127.0.0.1:1/\r\n", "302 Found")});
  EXPECT_EQ(code_of(server.url()), "HTTP 302");
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(BeastClientTest, BoundsTheBodyHoweverItComes) {
  const std::string body(1000, 'x');
  ScriptedServer server(io, {answer(body),
                             answer(body + "y"),
                             {chunked(body)},
                             {chunked(body + "y")},
                             answer(gzipped(body), "Content-Encoding: gzip\r\n"),
                             answer(gzipped(body + "y"), "Content-Encoding: gzip\r\n")});
  EXPECT_EQ(code_of(server.url(), 1000), "HTTP 200");
  EXPECT_EQ(code_of(server.url(), 1000), "body_too_large");
  EXPECT_EQ(get(server.url(), 1000)->body.view(), body);
  EXPECT_EQ(code_of(server.url(), 1000), "body_too_large");
  EXPECT_EQ(get(server.url(), 1000)->body.view(), body);
  EXPECT_EQ(code_of(server.url(), 1000), "body_too_large");
}

TEST_F(BeastClientTest, ReadsLargeBodiesOfUnknownLength) {
  std::string body;
  for (int at = 0; at < 300'000; ++at) {
    body += std::to_string(at);
  }
  ScriptedServer server(
      io, {{chunked(body)}, {"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body, true}});
  EXPECT_EQ(get(server.url(), 64 * limits::MiB)->body.view(), body);
  EXPECT_EQ(get(server.url(), 64 * limits::MiB)->body.view(), body);
  EXPECT_EQ(client.budget().in_use(), 0U);
}

TEST_F(BeastClientTest, HoldsTheBudgetAsLongAsTheBody) {
  ScriptedServer server(io, {answer(std::string(5000, 'x'))});
  auto response = get(server.url());
  ASSERT_TRUE(response);
  EXPECT_GE(client.budget().in_use(), 5000U);
  response->body = Body();
  EXPECT_EQ(client.budget().in_use(), 0U);
}

TEST_F(BeastClientTest, HoldsNoOtherBodyUpWhileOneStalls) {
  const std::string large(600'000, 'x');
  const std::string whole = chunked(large);
  ScriptedServer server(io, {{whole.substr(0, whole.size() - 1'000)},
                             {whole},
                             answer(gzipped(large), "Content-Encoding: gzip\r\n")});
  std::string stalled;
  begin(client, server.url(), stalled);
  while (client.budget().in_use() < parse_factor * large.size()) {
    io.run_one();
  }
  EXPECT_EQ(code_of(server.url()), "HTTP 200");
  EXPECT_EQ(code_of(server.url()), "HTTP 200");
  EXPECT_EQ(stalled, "");
  server.close_connections();
  while (stalled.empty()) {
    io.run_one();
  }
  EXPECT_EQ(stalled, "connection_lost");
  EXPECT_EQ(client.budget().in_use(), 0U);
}

TEST_F(BeastClientTest, TakesAWaitForMemoryForOurOwnDoing) {
  ClientOptions options;
  options.body_bytes_in_flight_max = 1'000;
  BeastClient narrow(executor_of(io), clock, options);
  ScriptedServer server(
      io, {answer(std::string(200, 'x')), answer("second"), answer("", "", "503 Sorry"),
           answer("a token"), answer(gzipped("a token"), "Content-Encoding: gzip\r\n")});
  Request request{};
  request.url = server.url();
  request.body_bytes_max = limits::MiB;
  request.deadline = 20s;
  auto first = run(io, narrow.send(request));
  ASSERT_TRUE(first);
  EXPECT_EQ(narrow.budget().in_use(), parse_factor * 200);
  request.deadline = 50ms;
  auto second = run(io, narrow.send(request));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.failure().kind, FailureKind::local);
  EXPECT_EQ(second.failure().code, "body_budget");
  // An answer without a body needs none, and what may be a token's is never given up
  // for want of memory.
  request.deadline = 20s;
  auto empty = run(io, narrow.send(request));
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->status, 503U);
  request.body_bytes_max = limits::token_body_bytes_max;
  for (unsigned form = 0; form < 2; ++form) {
    auto token = run(io, narrow.send(request));
    ASSERT_TRUE(token);
    EXPECT_EQ(token->body.view(), "a token");
  }
}

TEST_F(BeastClientTest, NamesWhatWentWrong) {
  ScriptedServer server(io,
                        {{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", true},
                         {"", true},
                         {"what?\r\n\r\n", true},
                         {"HTTP/1.1 200 OK\r\nX: " + std::string(limits::header_bytes_max, 'x') +
                          "\r\nContent-Length: 0\r\n\r\n"},
                         answer("not gzip at all, not a bit", "Content-Encoding: gzip\r\n"),
                         answer("x", "Content-Encoding: br\r\n")});
  EXPECT_EQ(code_of(server.url()), "connection_lost");
  EXPECT_EQ(code_of(server.url()), "connection_lost");
  EXPECT_EQ(code_of(server.url()), "bad_response");
  EXPECT_EQ(code_of(server.url()), "header_too_large");
  EXPECT_EQ(code_of(server.url()), "bad_response");
  EXPECT_EQ(code_of(server.url()), "bad_response");
  EXPECT_EQ(code_of("ftp://127.0.0.1/"), "bad_url");
  EXPECT_EQ(code_of("http://user@127.0.0.1/"), "bad_url");
}

TEST_F(BeastClientTest, KnowsThatARequestNeverLeft) {
  std::string nobody;
  {
    ScriptedServer gone(io, {});
    nobody = gone.url();
  }
  auto refused = get(nobody);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.failure().code, "connect_failed");
  EXPECT_TRUE(never_sent(refused.failure()));
  auto unknown = get("http://no-such-host.invalid/");
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(never_sent(unknown.failure()));
}

TEST_F(BeastClientTest, SendsNothingPastItsDeadlineNotEvenOnAnOpenConnection) {
  ScriptedServer server(io, {answer("first"), answer("second"), answer("third")});
  ASSERT_TRUE(get(server.url()));
  auto late = get(server.url(), 1000, 0ms);
  ASSERT_FALSE(late);
  EXPECT_TRUE(never_sent(late.failure())) << late.failure().code;
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_TRUE(get(server.url()));
}

TEST_F(BeastClientTest, EndsAtItsDeadline) {
  ScriptedServer server(io, {{"", false, true}});
  auto response = get(server.url(), 1000, 300ms);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.failure().code, "timeout");
}

TEST_F(BeastClientTest, IsGivenUpAtOnceWhenItsJobStops) {
  ScriptedServer server(io, {{"", false, true}});
  StopSource stop;
  Request request{};
  request.url = server.url();
  request.body_bytes_max = 1000;
  request.deadline = std::chrono::hours(1);
  auto sending = client.send(std::move(request));
  boost::asio::steady_timer poll(io);
  const std::function<void()> stop_once_asked = [&] {
    poll.expires_after(1ms);
    poll.async_wait([&](boost::system::error_code) {
      if (server.requests().empty()) {
        stop_once_asked();
      } else {
        stop.request({FailureKind::drained, "drained", ""});
      }
    });
  };
  stop_once_asked();
  auto result = run(io, interruptible(stop, std::move(sending)));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.failure().code, "drained");
  EXPECT_EQ(client.budget().in_use(), 0U);
}

}  // namespace
}  // namespace claimferry::http
