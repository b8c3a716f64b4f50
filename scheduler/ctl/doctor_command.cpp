#include <cstdio>

#include "common/http/beast_client.hpp"
#include "common/http/url.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/doctor/payer_visit.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

http::ClientOptions client_options(const config::Config& config) {
  http::ClientOptions options;
  for (const config::PayerConfig& payer : config.payers) {
    for (const std::string& text : {payer.auth_root, payer.token_url, payer.resource_base}) {
      if (const auto url = http::Url::parse(text); url && !payer.ca_file.empty()) {
        options.ca_files[url->origin()] = payer.ca_file;
      }
    }
  }
  return options;
}

std::string redirect_uri_of(const config::EnrollConfig& enroll) {
  std::string url = enroll.public_url;
  while (url.ends_with('/')) {
    url.pop_back();
  }
  return url.empty() ? url : url + enroll.callback_path;
}

std::vector<Finding> examine(const config::Config& config, const config::PayerConfig& payer) {
  auto secrets = config::read_client_secrets(payer.client_secret_file);
  if (!secrets) {
    throw CommandFailed{program::usage, secrets.failure().detail};
  }
  const SystemClock clock;
  SystemRandom random;
  boost::asio::io_context io(1);
  http::BeastClient http(executor_of(io), clock, client_options(config));
  PayerVisit visit(clock, random, http);
  std::vector<Finding> findings;
  boost::asio::co_spawn(io,
                        visit.examine(payer, std::move(*secrets), redirect_uri_of(config.enroll)),
                        [&findings](std::exception_ptr error, std::vector<Finding> found) {
                          if (error) {
                            std::rethrow_exception(error);
                          }
                          findings = std::move(found);
                        });
  io.run();
  http.close();
  return findings;
}

void run_doctor(const Context& context, const std::string& only) {
  const config::Config config = load_config(context, {});
  std::vector<Finding> findings;
  bool is_known = false;
  for (const config::PayerConfig& payer : config.payers) {
    if (only.empty() || payer.name.str() == only) {
      is_known = true;
      std::ranges::move(examine(config, payer), std::back_inserter(findings));
    }
  }
  if (!is_known) {
    throw CommandFailed{program::usage, "no payer " + only + " is configured"};
  }
  std::fputs((context.json ? findings_json(findings) : findings_table(findings)).c_str(), stdout);
  if (any_bad(findings)) {
    throw CommandFailed{program::failed, ""};
  }
}

}  // namespace

void add_doctor_command(CLI::App& app, Context& context) {
  CLI::App* doctor = app.add_subcommand(
      "doctor",
      "ask each payer what a member's sign-in and pull will meet; costs no member anything");
  auto payer = std::make_shared<std::string>();
  doctor->add_option("--payer", *payer, "one of those that are configured; all without");
  doctor->callback(
      [&context, payer] { context.run = [&context, payer] { run_doctor(context, *payer); }; });
}

}  // namespace claimferry::ctl
