#include "common/program/program.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/async/sleeper.hpp"
#include "common/base/backoff.hpp"
#include "common/members/adapter/member_stores.hpp"
#include "common/queue/adapter/queue_scripts.hpp"
#include "common/redis/tls_stream.hpp"

namespace claimferry::program {
namespace {

constexpr Backoff reconnect{std::chrono::milliseconds(200), std::chrono::seconds(5),
                            std::chrono::milliseconds(100)};

}  // namespace

std::optional<Settings> split_settings(const std::vector<std::string>& words) {
  Settings settings;
  for (const std::string& word : words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return std::nullopt;
    }
    settings.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return settings;
}

bool print_problems(const std::string& name, const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), problem.str().c_str());
  }
  return !problems.empty();
}

config::Loaded load_and_check_files(const std::string& file, Settings settings) {
  auto loaded = config::load_from_process(file, std::move(settings));
  std::ranges::move(config::check_files(loaded.config), std::back_inserter(loaded.problems));
  return loaded;
}

namespace {

void judge(config::Loaded& loaded, const About& about) {
  std::erase_if(loaded.problems, [&](const config::Problem& problem) {
    return std::ranges::any_of(about.ignores, [&](const std::string& section) {
      return problem.key.starts_with(section);
    });
  });
  if (about.also_check) {
    std::ranges::move(about.also_check(loaded.config), std::back_inserter(loaded.problems));
  }
}

}  // namespace

void forbid_core_dumps() {
  constexpr rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

void end_when_told_to() {
  if (::getpid() != 1) {
    return;
  }
  struct sigaction action{};
  action.sa_handler = [](int signal) { ::_exit(128 + signal); };
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    sigaction(signal, &action, nullptr);
  }
}

Begun begin(int argc, char** argv, const About& about) {
  forbid_core_dumps();
  const std::string& name = about.name;
  CLI::App app(about.description, name);
  std::string config_file;
  std::string ready_file;
  std::vector<std::string> settings;
  bool check = false;
  app.add_option("--config", config_file,
                 "TOML file; else $CLAIMFERRY_CONFIG, else claimferry.toml");
  app.add_option("--set", settings, set_help)->allow_extra_args(false);
  app.add_option("--ready-file", ready_file, "written with the admin address once ready");
  app.add_flag("--check", check, "validate the configuration, report every mistake, and exit");
  app.set_version_flag("--version", name + " " CLAIMFERRY_VERSION);
  config::Loaded loaded;
  try {
    app.parse(argc, argv);
    auto split = split_settings(settings);
    if (!split) {
      throw CLI::ValidationError("--set", set_form);
    }
    loaded = load_and_check_files(config_file, std::move(*split));
    judge(loaded, about);
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, app.exit(error) == 0 ? succeeded : usage};
  }
  if (print_problems(name, loaded.problems)) {
    return {std::nullopt, usage};
  }
  if (check) {
    std::printf("%s: the configuration is sound\n", name.c_str());
    return {std::nullopt, succeeded};
  }
  return {Invocation{std::move(loaded.config), std::move(ready_file)}, succeeded};
}

namespace {

// The first line of a file, or nothing where none is named.
Result<Secret> secret_in(const std::string& file) {
  return file.empty() ? Secret() : config::read_secret_file(file);
}

Result<redis::Sentinels> sentinels_of(const config::RedisConfig& config) {
  redis::Sentinels sentinels;
  sentinels.master = config.sentinel_master;
  sentinels.username = config.sentinel_username;
  for (const std::string& one : config.sentinels) {
    auto address = redis::parse_tcp_address(one, redis::Sentinels::default_port);
    if (!address) {
      return std::move(address.failure());
    }
    sentinels.addresses.push_back(std::move(*address));
  }
  auto password = secret_in(config.sentinel_password_file);
  if (!password) {
    return std::move(password.failure());
  }
  sentinels.password = std::move(*password);
  return sentinels;
}

}  // namespace

Result<redis::Endpoint> redis_endpoint(const config::RedisConfig& config) {
  const bool has_sentinels = !config.sentinels.empty();
  auto endpoint = has_sentinels ? redis::Endpoint::parse_hostless(config.url)
                                : redis::Endpoint::parse(config.url);
  if (!endpoint) {
    return endpoint;
  }
  endpoint->root = queue::root_key;
  endpoint->username = config.username;
  auto password = secret_in(config.password_file);
  if (!password) {
    return std::move(password.failure());
  }
  endpoint->password = std::move(*password);
  if (has_sentinels) {
    auto sentinels = sentinels_of(config);
    if (!sentinels) {
      return std::move(sentinels.failure());
    }
    endpoint->sentinels = std::move(*sentinels);
  }
  if (endpoint->is_tls) {
    try {
      endpoint->tls = std::make_shared<redis::TlsContext>(
          redis::TlsContext::Files{config.ca_file, config.cert_file, config.key_file});
    } catch (const std::runtime_error& error) {
      return Failure{FailureKind::permanent, "redis_tls", error.what()};
    }
  }
  return endpoint;
}

Result<postgres::Login> postgres_login(const config::SinkConfig& config) {
  auto address = postgres::Address::parse(config.url);
  if (!address) {
    return std::move(address.failure());
  }
  postgres::Login login{std::move(*address), LiveSecret()};
  if (!config.password_file.empty()) {
    auto password = config::read_secret_file(config.password_file);
    if (!password) {
      return std::move(password.failure());
    }
    login.password = LiveSecret(std::move(*password));
  }
  return login;
}

Result<std::optional<postgres::Login>> record_login(const config::SinkConfig& config) {
  if (config.kind != "postgres") {
    return std::optional<postgres::Login>();
  }
  auto login = postgres_login(config);
  if (!login) {
    return std::move(login.failure());
  }
  return std::optional(std::move(*login));
}

void write_ready_file(const std::string& path, const std::string& admin_url,
                      const std::vector<std::pair<std::string, std::string>>& others) {
  if (path.empty()) {
    return;
  }
  const std::string unfinished = path + ".unfinished";
  std::ofstream file(unfinished);
  file << R"({"admin":")" << admin_url << '"';
  for (const auto& [name, url] : others) {
    file << ",\"" << name << "\":\"" << url << '"';
  }
  file << "}\n";
  file.close();
  if (!file || std::rename(unfinished.c_str(), path.c_str()) != 0) {
    throw std::runtime_error("cannot write " + path + ": " + std::strerror(errno));
  }
}

namespace {

// ask: of what has no fault of its own, once a pause for as long as its failure is local.
awaitable<Result<void>> wait_until_fit(std::function<awaitable<Result<void>>()> ask,
                                       std::string_view what, telemetry::Observer& observer,
                                       Random& random) {
  TimerSleeper sleeper;
  for (unsigned failures = 1;; ++failures) {
    auto checked = co_await ask();
    if (checked || checked.failure().kind != FailureKind::local) {
      if (checked && failures > 1) {
        observer.on(telemetry::LocalTrouble{what, "", "", true});
      }
      co_return checked;
    }
    if (failures == 1) {
      const Failure& failure = checked.failure();
      observer.on(telemetry::LocalTrouble{what, failure.code, failure.detail, false});
    }
    const Duration pause = reconnect.delay(failures, random);
    co_await sleeper.sleep(pause);
  }
}

}  // namespace

awaitable<Result<void>> wait_for_redis(queue::JobQueue& queue, telemetry::Observer& observer,
                                       Random& random) {
  std::function<awaitable<Result<void>>()> ask = [&queue] { return queue.check_server(); };
  co_return co_await wait_until_fit(std::move(ask), "redis", observer, random);
}

awaitable<Result<void>> wait_for_members(members::MemberStores& stores,
                                         telemetry::Observer& observer, Random& random) {
  std::function<awaitable<Result<void>>()> ask = [&stores] { return stores.open(); };
  co_return co_await wait_until_fit(std::move(ask), "members", observer, random);
}

void on_termination(boost::asio::io_context& io, std::function<void()> callback) {
  auto signals = std::make_shared<boost::asio::signal_set>(io, SIGTERM, SIGINT);
  signals->async_wait([signals, callback = std::move(callback)](boost::system::error_code ec, int) {
    if (ec) {
      return;
    }
    callback();
    signals->async_wait([signals](boost::system::error_code again, int number) {
      if (!again) {
        std::_Exit(128 + number);
      }
    });
  });
}

void end_within(Duration at_most, int exit_status) {
  static std::atomic<int> status{succeeded};
  status = exit_status;
  std::signal(SIGALRM, [](int) { _exit(status.load()); });
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(at_most).count();
  alarm(static_cast<unsigned>(std::max<long>(1, seconds)));
}

}  // namespace claimferry::program
