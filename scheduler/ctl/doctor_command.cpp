#include <algorithm>
#include <cstdio>
#include <iterator>
#include <optional>
#include <stdexcept>

#include "common/http/beast_client.hpp"
#include "common/http/url.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/doctor/payer_visit.hpp"
#include "scheduler/ctl/doctor/setup_diagnosis.hpp"
#include "scheduler/ctl/doctor/setup_visit.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

http::ClientOptions client_options(const config::PayerConfig& payer) {
  http::ClientOptions options;
  for (const std::string& text : {payer.auth_root, payer.token_url, payer.resource_base}) {
    if (const auto url = http::Url::parse(text); url && !payer.ca_file.empty()) {
      options.ca_files[url->origin()] = payer.ca_file;
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

awaitable<Result<std::vector<Finding>>> as_result(awaitable<std::vector<Finding>> visit) {
  co_return co_await std::move(visit);
}

std::vector<Finding> examine(const config::Config& config, const config::PayerConfig& payer) {
  const SystemClock clock;
  SystemRandom random;
  LocalRun local;
  const http::ClientOptions options = client_options(payer);
  std::optional<http::BeastClient> http;
  try {
    http.emplace(executor_of(local.io()), clock, options);
  } catch (const std::runtime_error& error) {
    return {bad(payer.name.str() + ": trust anchors", error.what(),
                "name a PEM file of certificates in ca_file, or leave it out for the system's "
                "(the package ca-certificates)")};
  }
  PayerVisit visit(clock, random, *http, options.ca_files);
  auto findings = local.run(
      as_result(visit.examine(payer, config::read_client_secrets(payer.client_secret_file),
                              redirect_uri_of(config.enroll))));
  http->close();
  return std::move(*findings);
}

struct DoctorWords {
  std::string payer;  // empty: every link
  double grace_seconds = 30;
};

void append(std::vector<Finding>& findings, std::vector<Finding> more) {
  std::ranges::move(more, std::back_inserter(findings));
}

std::vector<Finding> examine_payers(const config::Config& config, const std::string& only) {
  std::vector<Finding> findings;
  bool is_known = only.empty();
  for (const config::PayerConfig& payer : config.payers) {
    if (only.empty() || payer.name.str() == only) {
      is_known = true;
      append(findings, examine(config, payer));
    }
  }
  if (!is_known) {
    throw CommandFailed{program::usage, "no payer " + only + " is configured"};
  }
  return findings;
}

// In the order in which one needs the other. What a broken configuration leads to is not looked
// for; a file that it names and that is not there is a mistake of its own.
std::vector<Finding> examine_all(const Context& context, const DoctorWords& words) {
  const auto loaded = config::load_from_process(context.config_file, settings_of(context));
  std::vector<config::Problem> problems = loaded.problems;
  if (!problems.empty()) {
    return of_configuration(problems);
  }
  std::ranges::move(config::check_files(loaded.config), std::back_inserter(problems));
  std::vector<Finding> findings = of_configuration(problems);
  SetupVisit setup(loaded.config);
  findings.push_back(setup.keys());
  append(findings, setup.redis());
  append(findings, setup.sink());
  append(findings, examine_payers(loaded.config, ""));
  append(findings, setup.disks());
  findings.push_back(
      of_grace(loaded.config.worker,
               std::chrono::round<Duration>(std::chrono::duration<double>(words.grace_seconds))));
  return findings;
}

void run_doctor(const Context& context, const DoctorWords& words) {
  const std::vector<Finding> findings = words.payer.empty()
                                            ? examine_all(context, words)
                                            : examine_payers(load_config(context, {}), words.payer);
  std::fputs((context.json ? findings_json(findings) : findings_table(findings)).c_str(), stdout);
  if (any_bad(findings)) {
    throw CommandFailed{program::failed, ""};
  }
}

}  // namespace

void add_doctor_command(CLI::App& app, Context& context) {
  CLI::App* doctor = app.add_subcommand(
      "doctor", "look at every link of the set-up, payers included; costs no member anything");
  auto words = std::make_shared<DoctorWords>();
  doctor->add_option("--payer", words->payer, "only that one's links");
  doctor
      ->add_option("--grace", words->grace_seconds,
                   "seconds that a worker is given to end: terminationGracePeriodSeconds")
      ->check(CLI::Range(0.0, 86'400.0));
  doctor->footer(
      "√ good, ‼ doubtful, × bad; the line below says what to do. Exit status 1 where one is bad.");
  doctor->callback(
      [&context, words] { context.run = [&context, words] { run_doctor(context, *words); }; });
}

}  // namespace claimferry::ctl
