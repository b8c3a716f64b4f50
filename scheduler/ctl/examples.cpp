#include "scheduler/ctl/examples.hpp"

#include <algorithm>

namespace claimferry::ctl {
namespace {

constexpr CommandExamples all[] = {
    {"",
     "claimferry doctor\n"
     "claimferry member add M123 --payer aetna --patient 1234 --refresh-token-file -\n"
     "claimferry top\n"
     "claimferry why M123\n"},
    {"member add",
     "claimferry member add M123 --payer aetna --patient 1234 --refresh-token-file token\n"
     "claimferry member add --payer aetna --from members.ndjson\n"},
    {"member list",
     "claimferry member list\n"
     "claimferry member list --consent-ends-within 30d\n"},
    {"member show", "claimferry member show M123 -o json\n"},
    {"member pause", "claimferry member pause M123 --for 2h --by ada --reason 'asked by phone'\n"},
    {"member resume", "claimferry member resume M123\n"},
    {"status", "claimferry status -o json\n"},
    {"top",
     "claimferry top\n"
     "claimferry top --looks 1 -o json\n"},
    {"backfill add",
     "claimferry backfill add M123\n"
     "claimferry backfill add M123 --since 2023-01-01 --until 2023-12-31\n"},
    {"backfill many", "claimferry backfill many --from members.txt --since 2023-01-01 --by ada\n"},
    {"backfill list",
     "claimferry backfill list\n"
     "claimferry backfill list 0f3a9c1b2d4e5f6071829304\n"},
    {"backfill watch", "claimferry backfill watch 0f3a9c1b2d4e5f6071829304\n"},
    {"backfill cancel",
     "claimferry backfill cancel 0f3a9c1b2d4e5f6071829304 --dry-run\n"
     "claimferry backfill cancel member=M123 --by ada\n"},
    {"why", "claimferry why M123\n"},
    {"pause",
     "claimferry pause lane:backfill --for 2h --by ada --reason 'month end'\n"
     "claimferry pause payer:aetna --dry-run\n"},
    {"resume",
     "claimferry resume lane:backfill\n"
     "claimferry resume grants:aetna\n"},
    {"quota",
     "claimferry quota aetna\n"
     "claimferry quota aetna --rps 20 --for 2h --by ada\n"
     "claimferry quota aetna --end 1\n"},
    {"share", "claimferry share aetna --backfill 0.1 --for 2h\n"},
    {"dead count", "claimferry dead count\n"},
    {"dead list", "claimferry dead list --code http_500 --limit 20\n"},
    {"dead replay", "claimferry dead replay --code http_500 --dry-run\n"},
    {"dead drop",
     "claimferry dead drop --all 1 --dry-run\n"
     "claimferry dead drop --all 1 --confirm 12 --by ada\n"},
    {"erase",
     "claimferry erase M123 --dry-run\n"
     "claimferry erase M123 --confirm M123 --by ada --wait\n"},
    {"functions load", "claimferry functions load\n"},
    {"fsck",
     "claimferry fsck\n"
     "claimferry fsck --repair\n"},
    {"doctor",
     "claimferry doctor\n"
     "claimferry doctor --payer aetna\n"
     "claimferry doctor --grace 45\n"},
    {"keys init", "claimferry keys init /etc/claimferry/vault.keys\n"},
    {"keys status", "claimferry keys status\n"},
    {"keys rotate", "claimferry keys rotate\n"},
    {"reprocess", "claimferry reprocess\n"},
    {"export csv", "claimferry export csv --out claims --view medical_claim\n"},
    {"export fhir", "claimferry export fhir --out claims\n"},
    {"db migrate",
     "claimferry db migrate --dry-run\n"
     "claimferry db migrate --url postgresql://owner@db/claims --password-file owner.password\n"},
    {"db adopt", "claimferry db adopt\n"},
    {"audit show", "claimferry audit show --member M123 --since 2026-11-01\n"},
    {"audit verify", "claimferry audit verify\n"},
    {"config check", "claimferry --config claimferry.toml config check\n"},
    {"config show", "claimferry --set worker.slots=8 config show\n"},
    {"version", "claimferry version\n"},
};

std::string path_of(const CLI::App* app) {
  std::string path;
  for (; app->get_parent() != nullptr; app = app->get_parent()) {
    path = app->get_name() + (path.empty() ? "" : " ") + path;
  }
  return path;
}

}  // namespace

std::span<const CommandExamples> command_examples() {
  return all;
}

std::string ExamplesFirst::make_usage(const CLI::App* app, std::string name) const {
  std::string usage = CLI::Formatter::make_usage(app, std::move(name));
  const auto found = std::ranges::find(all, path_of(app), &CommandExamples::command);
  if (found == std::end(all)) {
    return usage;
  }
  std::string examples = "\nExamples:\n";
  for (std::string_view rest = found->lines; !rest.empty();) {
    const auto end = rest.find('\n');
    examples += "  " + std::string(rest.substr(0, end)) + "\n";
    rest.remove_prefix(end + 1);
  }
  return examples + "\n" + usage;
}

}  // namespace claimferry::ctl
