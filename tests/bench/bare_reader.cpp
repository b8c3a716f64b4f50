// claimferry-bench-reader: the limit that the pipeline is measured against. The product's HTTP
// client alone: refreshes each member's token, reads Patient, Coverage and every page of
// ExplanationOfBenefit by next link, and throws all of it away. No Redis, no parsing, no sink.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <sys/resource.h>

#include "common/base/limits.hpp"
#include "common/config/files.hpp"
#include "common/config/loader.hpp"
#include "common/fhir/search.hpp"
#include "common/http/beast_client.hpp"
#include "common/oauth/token_answer.hpp"
#include "common/oauth/token_request.hpp"

namespace claimferry::bench {
namespace {

struct Member {
  std::string patient;
  Secret refresh_token;
};

std::vector<Member> read_members(std::istream& lines) {
  std::vector<Member> members;
  for (std::string line; std::getline(lines, line);) {
    const auto member = boost::json::parse(line);
    members.push_back({std::string(member.at("patient").as_string()),
                       Secret(std::string(member.at("refresh_token").as_string()))});
  }
  return members;
}

// Where a page says it goes on; found without parsing it.
std::string next_link(std::string_view page) {
  constexpr std::string_view mark = R"("relation":"next","url":")";
  const auto at = page.find(mark);
  if (at == std::string_view::npos) {
    return {};
  }
  const auto begin = at + mark.size();
  return std::string(page.substr(begin, page.find('"', begin) - begin));
}

class Reader {
 public:
  Reader(const config::PayerConfig& payer, Secret secret, std::vector<Member> members, unsigned cap)
      : payer_(payer), secret_(std::move(secret)), members_(std::move(members)), cap_(cap) {}

  void run() {
    for (unsigned at = 0; at < cap_; ++at) {
      boost::asio::co_spawn(io_, work(), [](std::exception_ptr error) {
        if (error) {
          std::rethrow_exception(error);
        }
      });
    }
    io_.run();
  }

  std::uint64_t pages = 0;
  std::uint64_t bytes = 0;

 private:
  static http::ClientOptions options_for(unsigned cap) {
    http::ClientOptions options;
    options.connections_per_origin_max = std::max(cap, 1U);
    return options;
  }

  awaitable<void> work() {
    while (next_ < members_.size()) {
      co_await read(members_[next_++]);
    }
  }

  awaitable<void> read(const Member& member) {
    const std::string authorization = co_await log_in(member);
    const fhir::SearchProfile search{payer_.resource_base};
    const queue::Window everything{};
    for (const auto resource :
         {queue::Resource::patient, queue::Resource::coverage, queue::Resource::eob}) {
      std::string url = fhir::first_page_url(search, resource, member.patient, everything);
      while (!url.empty()) {
        const http::Body page = co_await get(url, authorization);
        ++pages;
        bytes += page.size();
        url = next_link(page.view());
      }
    }
  }

  awaitable<std::string> log_in(const Member& member) {
    http::Request request{};
    request.method = http::Method::post;
    request.url = payer_.token_url;
    request.authorization = oauth::basic_authorization(payer_.client_id, secret_, false);
    request.form = oauth::refresh_form(member.refresh_token, "");
    const http::Body body = co_await send(std::move(request));
    const auto answer = oauth::parse_token_answer(body);
    if (!answer) {
      throw std::runtime_error(answer.failure().detail);
    }
    co_return "Bearer " + std::string(answer->access_token.reveal());
  }

  awaitable<http::Body> get(std::string url, std::string authorization) {
    http::Request request{};
    request.url = std::move(url);
    request.authorization = Secret(std::move(authorization));
    co_return co_await send(std::move(request));
  }

  awaitable<http::Body> send(http::Request request) {
    request.body_bytes_max = limits::body_bytes_max;
    request.deadline = std::chrono::seconds(60);
    http::Request again = request;
    auto response = co_await client_.send(std::move(request));
    if (!response && response.failure().code == "connection_stale") {
      response = co_await client_.send(std::move(again));
    }
    if (!response || response->status != 200) {
      throw std::runtime_error(response ? "HTTP " + std::to_string(response->status)
                                        : response.failure().detail);
    }
    co_return std::move(response->body);
  }

  const config::PayerConfig& payer_;
  Secret secret_;
  std::vector<Member> members_;
  const unsigned cap_;
  std::size_t next_ = 0;
  boost::asio::io_context io_{1};
  SystemClock clock_;
  http::BeastClient client_{executor_of(io_), clock_, options_for(cap_)};
};

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

int run(int argc, char** argv) {
  CLI::App app("Reads members' pages and throws them away; members as NDJSON on standard input.");
  std::string config_file;
  unsigned cap = 1;
  app.add_option("--config", config_file, "as the worker's")->required();
  app.add_option("--cap", cap, "members at once")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const config::Loaded loaded = config::load_from_process(config_file);
  if (!loaded.problems.empty()) {
    std::fprintf(stderr, "%s\n", loaded.problems.front().str().c_str());
    return 2;
  }
  const config::PayerConfig& payer = loaded.config.payers.at(0);
  auto secret = config::read_secret_file(payer.client_secret_file);
  Reader reader(payer, std::move(secret.value()), read_members(std::cin), cap);
  const SteadyTime begun = SystemClock().steady();
  reader.run();
  const std::chrono::duration<double> took = SystemClock().steady() - begun;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::printf(
      R"({"pages":%llu,"bytes":%llu,"seconds":%.3f,"cpu_seconds":%.3f,"peak_memory_kib":%ld})"
      "\n",
      static_cast<unsigned long long>(reader.pages), static_cast<unsigned long long>(reader.bytes),
      took.count(), seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss);
  return 0;
}

}  // namespace
}  // namespace claimferry::bench

int main(int argc, char** argv) {
  try {
    return claimferry::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "claimferry-bench-reader: %s\n", error.what());
    return 1;
  }
}
