#include "scheduler/ctl/session.hpp"

#include <algorithm>

#include "scheduler/ctl/library.hpp"
#include "scheduler/ctl/shell_words.hpp"

namespace claimferry::ctl {

namespace {

// Redis' words for what its user may not, of the command itself or within a script.
bool lacks_rights(std::string_view text) {
  for (const std::string_view sign :
       {"NOPERM", "can't run this command", "can't access at least one of the keys"}) {
    if (text.find(sign) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

CommandFailed without_rights(const std::string& text) {
  return {program::refused, text +
                                "; redis.username may not do this: deploy/redis/README.md says "
                                "which user may what"};
}

bool knows_no_function(const redis::Error& error) {
  return error.text.find("Function not found") != std::string::npos;
}

}  // namespace

CommandFailed command_failed(const Failure& failure) {
  if (lacks_rights(failure.detail)) {
    return without_rights(failure.detail);
  }
  const bool is_local = failure.kind == FailureKind::local;
  return {is_local ? program::unreachable : program::refused, failure.detail};
}

CommandFailed command_failed(const redis::Error& error) {
  if (knows_no_function(error)) {
    return {program::refused,
            "the operators' functions are not in Redis; a claimferry-scheduler that leads loads "
            "them: start one"};
  }
  return lacks_rights(error.text) ? without_rights(error.text)
                                  : CommandFailed{program::refused, in_shell_words(error.text)};
}

program::Settings settings_of(const Context& context) {
  auto settings = program::split_settings(context.settings);
  if (!settings) {
    throw CommandFailed{program::usage, std::string("--set: ") + program::set_form};
  }
  return std::move(*settings);
}

config::Config load_config(const Context& context, const OpenedFiles& opened) {
  auto loaded = config::load_from_process(context.config_file, settings_of(context));
  for (config::Problem& problem : config::check_files(loaded.config)) {
    if (std::ranges::find(opened, problem.key) != opened.end()) {
      loaded.problems.push_back(std::move(problem));
    }
  }
  if (program::print_problems("claimferry", loaded.problems)) {
    throw CommandFailed{program::usage, ""};
  }
  return std::move(loaded.config);
}

void need_tables(const config::Config& config) {
  if (config.sink.kind == "ndjson") {
    throw CommandFailed{program::refused,
                        "this command reads tables; sink.kind is ndjson, which has none: its lines "
                        "are the payer's resources, read them from the segments in " +
                            config.sink.path};
  }
}

vault::Vault open_vault(const config::Config& config) {
  auto keys = vault::KeyRing::load(config.vault.key_file);
  if (!keys) {
    throw CommandFailed{program::usage, keys.failure().detail};
  }
  return vault::Vault(std::move(*keys));
}

Session::Session(const config::Config& config, Demands demands) {
  auto endpoint = program::redis_endpoint(config.redis);
  if (!endpoint) {
    throw CommandFailed{program::usage, endpoint.failure().detail};
  }
  endpoint_ = *endpoint;
  client_ =
      std::make_unique<redis::TcpClient>(executor_of(local_.io()), std::move(*endpoint), random_);
  queue_ = std::make_unique<queue::RedisJobQueue>(*client_, random_);
  members_ = std::make_unique<queue::MemberDirectory>(*client_);
  // As the services do: what a command adds would not be safe in a Redis that throws keys away.
  const auto fit = result_of(queue_->check_server());
  const bool is_mendable =
      demands == Demands::any_keys && !fit.ok() && fit.failure().code == "redis_wrongtype";
  if (!fit && !is_mendable) {
    throw command_failed(fit.failure());
  }
}

redis::Reply Session::call(const ConsoleCall& call) {
  auto reply = run(client_->command(as_command(call)));
  if (const redis::Error* error = reply.error(); error != nullptr && knows_no_function(*error)) {
    if (ensure_library(local_, endpoint_)) {
      reply = run(client_->command(as_command(call)));
    }
  }
  if (const redis::Error* error = reply.error()) {
    throw command_failed(*error);
  }
  return reply;
}

members::MemberStores& Session::stores(const config::Config& config) {
  if (!stores_) {
    auto login = program::record_login(config.sink);
    if (!login) {
      throw CommandFailed{program::usage, login.failure().detail};
    }
    stores_ = std::make_unique<members::MemberStores>(executor_of(local_.io()), *client_, *login, 1,
                                                      clock_, random_);
    run(stores_->open());
  }
  return *stores_;
}

Session::~Session() {
  stores_.reset();
  client_.reset();  // its sockets go before the io_context
}

}  // namespace claimferry::ctl
