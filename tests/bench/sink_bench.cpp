// claimferry-bench-sinks: pages of claims into SQLite and PostgreSQL through the sinks' port, and
// the same rows into the same tables by bare means, in the same run; then peak memory at four times
// the pages. Prints JSON lines. Parsing is not in the figures.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "common/claims/adapter/postgres_sink.hpp"
#include "common/claims/adapter/sqlite_sink.hpp"
#include "tests/bench/bare_postgres.hpp"
#include "tests/bench/bare_sqlite.hpp"
#include "tests/bench/process_usage.hpp"
#include "tests/contract/postgres_database.hpp"
#include "tests/contract/run_coroutine.hpp"
#include "tests/integration/process.hpp"

namespace claimferry::bench {
namespace {

struct Options {
  SinkLoad load;
  unsigned turns = 3;
  std::string memory_of;  // a sink: no more than its load, and the peak of memory
};

struct Turn {
  double sink_seconds = 0;
  double bare_seconds = 0;
  double straight_seconds = 0;  // PostgreSQL's: COPY into the tables themselves
  std::uint64_t rows = 0;

  double ratio() const { return sink_seconds / bare_seconds; }
  double ratio_to_straight() const { return sink_seconds / straight_seconds; }
};

class Directory {
 public:
  Directory() {
    std::string form =
        (std::filesystem::temp_directory_path() / "claimferry-bench-XXXXXX").string();
    if (::mkdtemp(form.data()) == nullptr) {
      throw std::runtime_error("no private directory");
    }
    path_ = form;
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

void open_or_throw(boost::asio::io_context& io, claims::ClaimSink& sink) {
  const auto opened = contract::run(io, sink.open());
  if (!opened) {
    throw std::runtime_error(opened.failure().detail);
  }
}

// Group by group, one behind the other, so that what else happens on the machine meets both.
Turn turn_on_sqlite(const SinkLoad& load, bool beside) {
  const Directory directory;
  const auto path = directory.path() / "claims.db";
  boost::asio::io_context io;
  const SystemClock clock;
  claims::SqliteSink sink(path, clock);
  open_or_throw(io, sink);
  std::unique_ptr<BareSqlite> bare;
  if (beside) {
    bare = std::make_unique<BareSqlite>(path, directory.path() / "bare.db");
  }
  Turn turn;
  turn.sink_seconds = store(io, sink, load, [&bare](const std::vector<StoredPage>& pages) {
    if (bare != nullptr) {
      bare->store(pages);
    }
  });
  if (beside) {
    turn.bare_seconds = bare->seconds();
    turn.rows = bare->rows();
  }
  return turn;
}

Turn turn_on_postgres(const SinkLoad& load, unsigned connections, bool beside) {
  contract::PostgresServer server;
  server.start({"fsync=on", "shared_buffers=256MB", "max_wal_size=4GB"});
  std::vector<std::unique_ptr<contract::PostgresDatabase>> databases;
  for (int database = 0; database < 3; ++database) {
    databases.push_back(contract::PostgresDatabase::migrated(server));
  }
  const std::string ours = databases[0]->login().address.str();
  boost::asio::io_context io;
  const SystemClock clock;
  SystemRandom random;
  postgres::Pool::Options options;
  options.connections_max = connections;
  claims::PostgresSink sink(executor_of(io), databases[0]->login(), options, clock, random);
  open_or_throw(io, sink);
  BarePostgres merged(ours, databases[1]->login().address.str(), BarePostgres::Way::merged);
  BarePostgres straight(ours, databases[2]->login().address.str(), BarePostgres::Way::straight);
  Turn turn;
  turn.sink_seconds = store(io, sink, load, [&](const std::vector<StoredPage>& pages) {
    for (const StoredPage& page : pages) {
      if (beside) {
        merged.store(page);
        straight.store(page);
      }
    }
  });
  turn.bare_seconds = merged.seconds();
  turn.straight_seconds = straight.seconds();
  turn.rows = merged.rows();
  return turn;
}

// The turn whose ratio is the middle one.
template <class Take>
Turn median(unsigned turns, const Take& take) {
  std::vector<Turn> all;
  for (unsigned turn = 0; turn < turns; ++turn) {
    all.push_back(take());
  }
  std::ranges::sort(all, {}, &Turn::ratio);
  return all[all.size() / 2];
}

void print(const char* sink, unsigned connections, const SinkLoad& load, const Turn& turn) {
  const double eobs = static_cast<double>(load.members) * load.pages * load.eobs;
  const auto rows = static_cast<double>(turn.rows);
  std::printf(
      "{\"bench\":\"sink\",\"sink\":\"%s\",\"connections\":%u,\"rows\":%.0f,\"rows_per_eob\":%.1f,"
      "\"rows_per_second\":%.0f,\"eobs_per_second\":%.0f,\"bare_rows_per_second\":%.0f,"
      "\"bare_eobs_per_second\":%.0f,\"ratio\":%.2f",
      sink, connections, rows, rows / eobs, rows / turn.sink_seconds, eobs / turn.sink_seconds,
      rows / turn.bare_seconds, eobs / turn.bare_seconds, turn.ratio());
  if (turn.straight_seconds > 0) {
    std::printf(",\"straight_eobs_per_second\":%.0f,\"ratio_to_straight\":%.2f",
                eobs / turn.straight_seconds, turn.ratio_to_straight());
  }
  std::printf("}\n");
  std::fflush(stdout);
}

void run_for_memory(const Options& options) {
  if (options.memory_of == "sqlite") {
    turn_on_sqlite(options.load, false);
  } else {
    turn_on_postgres(options.load, 4, false);
  }
  std::printf("{\"bench\":\"sink_memory\",\"sink\":\"%s\",\"pages\":%u,\"peak_memory_kib\":%ld}\n",
              options.memory_of.c_str(), options.load.members * options.load.pages,
              usage_of(::getpid()).peak_memory_kib);
}

// In processes of their own: a peak does not go down again.
void print_memory(const std::string& self, const SinkLoad& load) {
  for (const std::string sink : {"sqlite", "postgres"}) {
    for (const unsigned pages : {load.pages, load.pages * 4}) {
      const auto output =
          integration::run({self, "--memory-of", sink, "--members", std::to_string(load.members),
                            "--pages", std::to_string(pages)});
      if (output.status != 0) {
        throw std::runtime_error(output.errors);
      }
      std::fputs(output.text.c_str(), stdout);
    }
  }
}

void run(const Options& options, const std::string& self) {
  if (!options.memory_of.empty()) {
    run_for_memory(options);
    return;
  }
  const SinkLoad& load = options.load;
  print("sqlite", 1, load, median(options.turns, [&] { return turn_on_sqlite(load, true); }));
  for (const unsigned connections : {1U, 4U}) {
    print("postgres", connections, load,
          median(options.turns, [&] { return turn_on_postgres(load, connections, true); }));
  }
  print_memory(self, load);
}

}  // namespace
}  // namespace claimferry::bench

int main(int argc, char** argv) {
  CLI::App app("The sinks beside bare inserts of the same rows.");
  claimferry::bench::Options options;
  app.add_option("--members", options.load.members)->capture_default_str();
  app.add_option("--pages", options.load.pages, "of each")->capture_default_str();
  app.add_option("--turns", options.turns)->capture_default_str();
  app.add_option("--memory-of", options.memory_of)->check(CLI::IsMember({"sqlite", "postgres"}));
  CLI11_PARSE(app, argc, argv);
  try {
    claimferry::bench::run(options, argv[0]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "claimferry-bench-sinks: %s\n", error.what());
    return 1;
  }
}
