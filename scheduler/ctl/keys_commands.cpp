#include <cstdio>
#include <iostream>

#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/keys_text.hpp"
#include "scheduler/ctl/progress.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

constexpr auto whose_rights =
    "touches sealed tokens, which the operator's and the scheduler's Redis users may not: "
    "redis.username must be the worker's";

void check_rights(Session& session, queue::DataKeyStore& keys) {
  const auto may = session.result_of(keys.check_rights());
  if (!may && may.failure().code == "redis_noperm") {
    throw CommandFailed{program::refused, std::string("this command ") + whose_rights +
                                              " (deploy/redis/README.md); " + may.failure().detail};
  }
  if (!may) {
    throw command_failed(may.failure());
  }
}

// The configuration, the key file and Redis: what both commands begin with.
class KeySession {
 public:
  KeySession(const Context& context, const std::string& what)
      : config_(
            load_config(context, {"redis.password_file", "vault.key_file", "sink.password_file"})),
        vault_(open_vault(config_)),
        session_(config_),
        data_keys_(session_.stores(config_).data_keys()),
        progress_(std::cerr, standard_error_is_terminal(), clock_, what) {
    check_rights(session_, data_keys_);
    about_ = session_.run(session_.queue().stats()).members;
  }

  void tell(std::uint64_t members) { progress_.tell(members, about_); }

  Session& session() noexcept { return session_; }
  queue::DataKeyStore& data_keys() noexcept { return data_keys_; }
  const vault::Vault& vault() const noexcept { return vault_; }

 private:
  const config::Config config_;
  const vault::Vault vault_;
  Session session_;
  queue::DataKeyStore& data_keys_;
  const SystemClock clock_;
  Progress progress_;
  std::uint64_t about_ = 0;  // members, as the queue counts them
};

void init_keys(const std::string& path) {
  auto id = vault::write_new_key_file(path);
  if (!id) {
    throw CommandFailed{program::refused, id.failure().detail};
  }
  std::printf("wrote %s, mode 0600, key %s\n", path.c_str(), id->c_str());
}

vault::KeyCensus census_of(KeySession& keys) {
  vault::KeyCensus census;
  std::string from = "0";
  do {
    Session& session = keys.session();
    auto page = session.run(keys.data_keys().scan(from));
    const auto held = session.run(keys.data_keys().read(std::move(page.members)));
    for (const queue::WrappedKey& key : held) {
      census.count(key.wrapped);
    }
    keys.tell(census.members());
    from = page.next;
  } while (from != "0");
  return census;
}

void show_keys(const Context& context) {
  KeySession keys(context, "keys status");
  const vault::KeyCensus census = census_of(keys);
  const std::shared_ptr<const vault::KeyRing> ring = keys.vault().keys();
  std::fputs(context.json ? (census_json(census, *ring) + "\n").c_str()
                          : census_table(census, *ring).c_str(),
             stdout);
}

queue::RotationReport rotate(KeySession& keys) {
  queue::KeyRotation rotation(
      keys.data_keys(), keys.vault(),
      [&keys](const queue::RotationReport& report) { keys.tell(report.members()); });
  const auto ended = keys.session().result_of(rotation.run());
  if (!ended) {
    const CommandFailed why = command_failed(ended.failure());
    throw CommandFailed{why.status, why.text + "; " + std::to_string(rotation.report().rewrapped) +
                                        " data keys were rewrapped, run it again for the rest"};
  }
  return rotation.report();
}

void rotate_keys(const Context& context) {
  KeySession keys(context, "keys rotate");
  const queue::RotationReport report = rotate(keys);
  const std::string active = keys.vault().keys()->active().id;
  std::fputs(context.json ? (rotation_json(report, active) + "\n").c_str()
                          : rotation_table(report, active).c_str(),
             stdout);
  if (!report.is_complete()) {
    throw CommandFailed{program::failed, ""};
  }
}

}  // namespace

void add_keys_commands(CLI::App& app, Context& context) {
  CLI::App* keys = app.add_subcommand("keys", "the keys that seal tokens")->require_subcommand(1);
  CLI::App* init = keys->add_subcommand("init", "make a key file; never overwrites one");
  auto path = std::make_shared<std::string>();
  init->add_option("file", *path, "where to write it")->required();
  init->callback([&context, path] { context.run = [path] { init_keys(*path); }; });

  CLI::App* status =
      keys->add_subcommand("status", "members by key: which is active, needed, or may go");
  status->footer(std::string("It ") + whose_rights + ".");
  status->callback([&context] { context.run = [&context] { show_keys(context); }; });

  CLI::App* rotate = keys->add_subcommand(
      "rotate", "bring every member's data key under the active key, while all goes on");
  rotate->footer(
      std::string("It ") + whose_rights +
      ".\nFirst every process needs both keys: add the new one to each vault.key_file, the old one "
      "kept; it is\nread anew within five seconds. Then mark the new one active with a leading *, "
      "and rotate. Broken off,\nit is simply run again.");
  rotate->callback([&context] { context.run = [&context] { rotate_keys(context); }; });
}

}  // namespace claimferry::ctl
