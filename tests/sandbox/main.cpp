// claimferry-sandbox: the payer in a box, and the judge of what was fetched from it.
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>

#include "tests/sandbox/server/server.hpp"
#include "tests/sandbox/summary.hpp"
#include "tests/sandbox/verify.hpp"

namespace claimferry::sandbox {
namespace {

struct ServeOptions {
  ServerOptions server;
  ModelOptions model;
  std::string client_secret_file;
  std::string ready_file;
  std::size_t cache_mib = 256;
  std::string today;
};

std::chrono::sys_days parse_day(const std::string& text) {
  std::istringstream stream(text);
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  char first = 0;
  char second = 0;
  stream >> year >> first >> month >> second >> day;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!stream || !stream.eof() || first != '-' || second != '-' || !date.ok()) {
    throw std::runtime_error("--today wants YYYY-MM-DD, not " + text);
  }
  return date;
}

std::string read_secret(const std::string& path) {
  std::ifstream file(path);
  std::string secret;
  if (!std::getline(file, secret) || secret.empty()) {
    throw std::runtime_error(path + " holds no client secret in its first line");
  }
  return secret;
}

// Renamed into place, so that whoever waits for the file never reads half of it.
void write_ready_file(const std::string& path, const Server& server) {
  const std::string unfinished = path + ".unfinished";
  std::ofstream file(unfinished);
  file << R"({"listen":")" << server.listen_url() << R"(","control":")" << server.control_url()
       << "\"}\n";
  file.close();
  if (!file || std::rename(unfinished.c_str(), path.c_str()) != 0) {
    throw std::runtime_error("cannot write " + path + ": " + std::strerror(errno));
  }
}

int serve(ServeOptions options) {
  if (!options.client_secret_file.empty()) {
    options.model.client.secret = read_secret(options.client_secret_file);
  }
  options.model.cache_bytes_max = options.cache_mib << 20;
  if (!options.today.empty()) {
    options.model.today = parse_day(options.today);
  }
  Server server(options.server, options.model);
  if (options.ready_file.empty()) {
    std::printf("payer %s  control %s\n", server.listen_url().c_str(),
                server.control_url().c_str());
    std::fflush(stdout);
  } else {
    write_ready_file(options.ready_file, server);
  }
  server.run(true);
  return 0;
}

void describe_serving(CLI::App& app, ServeOptions& options) {
  app.add_option("--listen", options.server.listen,
                 "ADDRESS:PORT of the payer; port 0 is a free one")
      ->capture_default_str();
  app.add_option("--control", options.server.control, "ADDRESS:PORT of the control API")
      ->capture_default_str();
  app.add_option("--public-url", options.server.public_url,
                 "the payer's origin as clients name it, such as https://sandbox:8443; else where "
                 "it listens");
  app.add_option("--ready-file", options.ready_file, "written with both addresses once listening");
  app.add_option("--tls-cert", options.server.tls_cert, "PEM file: serve the payer over TLS");
  app.add_option("--tls-key", options.server.tls_key, "PEM file");
  app.add_option("--client-id", options.model.client.id)->capture_default_str();
  app.add_option("--client-secret-file", options.client_secret_file,
                 "its first line is the client secret");
  app.add_option("--redirect-uri", options.model.client.redirect_uris,
                 "registered of the client, repeatable; none: /api/auth/smart/callback at any port "
                 "of http://127.0.0.1 and http://localhost")
      ->allow_extra_args(false);
  app.add_option("--seed", options.model.seed, "of faults and tokens")->capture_default_str();
  app.add_option("--today", options.today,
                 "YYYY-MM-DD that claims are dated back from: with it, a seed makes the same "
                 "bytes on any day");
  app.add_option("--cache-mib", options.cache_mib, "for generated claims")->capture_default_str();
}

CLI::App* describe_summary(CLI::App& app, SummaryOptions& options) {
  CLI::App* summary = app.add_subcommand("summary", "what a run of the demo did");
  summary->add_option("--sink", options.sink)->required();
  summary->add_option("--control", options.control);
  summary->add_option("--requested", options.requested);
  summary->add_option("--synced", options.synced);
  summary->add_option("--kills", options.kills, "late refresh retries that they explain");
  summary->add_option("--seconds", options.seconds);
  summary->add_option("--reason", options.reason);
  summary->add_option("--address", options.addresses, "NAME=URL, repeatable");
  summary->add_flag("--json", options.json);
  return summary;
}

int run(int argc, char** argv) {
  CLI::App app("Aetna's Patient Access API in a box: tokens, claims, quirks and faults.");
  ServeOptions serving;
  describe_serving(app, serving);
  VerifyOptions verifying;
  CLI::App* judge = app.add_subcommand("verify", "judge a sink against the sandbox's ledger");
  judge->add_option("--sink", verifying.sink, "KIND:WHERE, such as sqlite:claims.db or ndjson:lake")
      ->required();
  judge->add_option("--control", verifying.control, "the sandbox's control port")->required();
  judge
      ->add_option("--kills", verifying.kills,
                   "clients killed between sending a refresh and storing its answer; more late "
                   "retries than these are held against us")
      ->capture_default_str();
  judge->add_flag("--json", verifying.json, "one line of JSON");
  SummaryOptions summarizing;
  CLI::App* summary = describe_summary(app, summarizing);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    if (summary->parsed()) {
      return summarize(summarizing);
    }
    return judge->parsed() ? verify(verifying) : serve(std::move(serving));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "claimferry-sandbox: %s\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace claimferry::sandbox

int main(int argc, char** argv) {
  return claimferry::sandbox::run(argc, argv);
}
