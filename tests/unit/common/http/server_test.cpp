#include "common/http/server.hpp"

#include <gtest/gtest.h>

#include "common/http/beast_client.hpp"
#include "tests/contract/run_coroutine.hpp"

namespace claimferry::http {
namespace {

TEST(Server, AnswersByPathAndKeepsTheConnection) {
  boost::asio::io_context io;
  const SystemClock clock;
  Server server(io.get_executor(), "127.0.0.1:0", [](std::string_view path) {
    return path == "/metrics" ? Page{200, "text/plain", "up 1\n"}
                              : Page{404, "text/plain", "no such page\n"};
  });
  BeastClient client(io.get_executor(), clock);
  const auto get = [&](const std::string& target) {
    Request request{};
    request.url = server.url() + target;
    request.body_bytes_max = 1000;
    request.deadline = std::chrono::seconds(20);
    return contract::run(io, client.send(std::move(request)));
  };
  EXPECT_EQ(get("/metrics?x=1")->body.view(), "up 1\n");
  EXPECT_EQ(get("/other")->status, 404U);
}

TEST(Server, SaysWhyItCannotListen) {
  boost::asio::io_context io;
  const auto answer = [](std::string_view) { return Page{}; };
  Server first(io.get_executor(), "127.0.0.1:0", answer);
  const std::string taken = first.url().substr(std::string_view("http://").size());
  for (const std::string& where : {taken, std::string("localhost:0"), std::string("8080"),
                                   std::string("127.0.0.1"), std::string("127.0.0.1:70000")}) {
    try {
      Server second(io.get_executor(), where, answer);
      ADD_FAILURE() << where << " was accepted";
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string_view(error.what()).find("cannot listen on " + where),
                std::string_view::npos);
    }
  }
}

}  // namespace
}  // namespace claimferry::http
