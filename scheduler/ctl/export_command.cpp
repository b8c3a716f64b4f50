// claimferry export: FHIR NDJSON and CSV out of the sink.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/claims/adapter/postgres_export.hpp"
#include "common/claims/adapter/sqlite_export.hpp"
#include "scheduler/ctl/commands.hpp"
#include "scheduler/ctl/local_run.hpp"
#include "scheduler/ctl/progress.hpp"
#include "scheduler/ctl/session.hpp"

namespace claimferry::ctl {
namespace {

namespace fs = std::filesystem;

struct Words {
  std::string out;
  std::vector<std::string> names;  // views, or types of resources
  bool force = false;
};

// A file that has its name once it is whole, and that only its owner reads.
class WholeFile {
 public:
  WholeFile(fs::path path, bool force) : path_(std::move(path)), partial_(path_) {
    if (!force && fs::exists(path_)) {
      throw CommandFailed{program::refused,
                          path_.string() + " is there already; write --force to replace it"};
    }
    partial_ += ".partial";
    const int file = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) {
      throw CommandFailed{program::refused, partial_.string() +
                                                " cannot be written; name a folder "
                                                "that is yours with --out"};
    }
    ::close(file);
    stream_.open(partial_, std::ios::binary);
  }
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;
  ~WholeFile() {
    std::error_code gone;
    fs::remove(partial_, gone);  // after finish() there is none
  }

  std::ostream& stream() noexcept { return stream_; }
  void finish() {
    stream_.close();
    const int file = ::open(partial_.c_str(), O_RDONLY | O_CLOEXEC);
    const bool is_durable = file >= 0 && ::fsync(file) == 0;
    if (file >= 0) {
      ::close(file);
    }
    std::error_code failed;
    fs::rename(partial_, path_, failed);
    if (!stream_ || !is_durable || failed) {
      throw CommandFailed{program::unreachable, path_.string() +
                                                    " cannot be written whole; free "
                                                    "some space, and begin again"};
    }
  }

 private:
  fs::path path_;
  fs::path partial_;
  std::ofstream stream_;
};

using Write = std::function<Result<std::uint64_t>(const std::string& name, std::ostream& out,
                                                  const claims::ExportTold& tell)>;
enum class Format { csv, fhir };

// Writes out of the sink that is configured, which it opens.
Write write_out_of(const config::SinkConfig& config, Format format, LocalRun& local) {
  if (config.kind == "sqlite") {
    auto sink = std::make_shared<claims::SqliteExport>(
        value_or_end(claims::SqliteExport::open(config.path)));
    return
        [sink, format](const std::string& name, std::ostream& out, const claims::ExportTold& tell) {
          return format == Format::csv ? sink->csv(name, out, tell) : sink->fhir(name, out, tell);
        };
  }
  auto login = program::postgres_login(config);
  if (!login) {
    throw CommandFailed{program::usage, login.failure().detail};
  }
  auto sink = std::make_shared<claims::PostgresExport>(executor_of(local.io()));
  value_or_end(local.run(sink->open(std::move(*login))));
  return [sink, format, &local](const std::string& name, std::ostream& out,
                                const claims::ExportTold& tell) {
    return local.run(format == Format::csv ? sink->csv(name, &out, tell)
                                           : sink->fhir(name, &out, tell));
  };
}

void write_all(const Context& context, const Words& words, const std::string& ending,
               Format format) {
  const config::Config config = load_config(context, {"sink.password_file"});
  need_tables(config);
  const SystemClock clock;
  LocalRun local;
  const Write write = write_out_of(config.sink, format, local);
  std::error_code failed;
  fs::create_directories(words.out, failed);
  std::string json;
  for (const std::string& name : words.names) {
    Progress progress(std::cerr, standard_error_is_terminal(), clock, "export " + name, "rows");
    WholeFile file(fs::path(words.out) / (name + ending), words.force);
    const std::uint64_t rows = value_or_end(
        write(name, file.stream(), [&progress](std::uint64_t done) { progress.tell(done, 0); }));
    file.finish();
    const auto printable = static_cast<unsigned long long>(rows);
    if (context.json) {
      json += (json.empty() ? "{\"" : ",\"") + name + "\":" + std::to_string(rows);
    } else {
      std::printf("%s/%s%s: %llu rows\n", words.out.c_str(), name.c_str(), ending.c_str(),
                  printable);
    }
  }
  if (context.json) {
    std::printf("%s}\n", json.c_str());
  }
}

std::vector<std::string> names_of_views() {
  std::vector<std::string> names;
  for (const claims::ExportView& view : claims::export_views()) {
    names.push_back(view.name);
  }
  return names;
}

CLI::App* add(CLI::App& app, const char* name, const char* about, std::shared_ptr<Words> words) {
  CLI::App* command = app.add_subcommand(name, about);
  command->add_option("--out", words->out, "the folder to write to")->required();
  command->add_flag("--force", words->force, "replace files that are there");
  return command;
}

}  // namespace

void add_export_command(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("export", "write what the sink holds for others")->require_subcommand(1);
  command->footer(
      "Files hold health data: they are written for their owner alone, and an erasure does not "
      "reach them.");
  auto csv = std::make_shared<Words>();
  csv->names = {"medical_claim", "pharmacy_claim", "eligibility"};
  add(*command, "csv", "views as CSV, VIEW.csv each", csv)
      ->add_option("--view", csv->names,
                   "which (default: medical_claim, pharmacy_claim, eligibility)")
      ->check(CLI::IsMember(names_of_views()));
  command->get_subcommand("csv")->callback([&context, csv] {
    context.run = [&context, csv] { write_all(context, *csv, ".csv", Format::csv); };
  });
  auto fhir = std::make_shared<Words>();
  fhir->names = {"ExplanationOfBenefit", "Coverage", "Patient"};
  add(*command, "fhir", "current resources as FHIR NDJSON, TYPE.ndjson each", fhir)
      ->add_option("--type", fhir->names, "which (default: all three)")
      ->check(CLI::IsMember({"ExplanationOfBenefit", "Coverage", "Patient"}));
  command->get_subcommand("fhir")->callback([&context, fhir] {
    context.run = [&context, fhir] { write_all(context, *fhir, ".ndjson", Format::fhir); };
  });
}

}  // namespace claimferry::ctl
